"""When two paths of a pipeline may mean the same file: equal, one in the other's folder, or patterns that meet."""

from __future__ import annotations

import glob
import os
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_TOKEN = re.compile(r"\[!?\]?[^\]]*\]|.", re.DOTALL)
_MAGIC = re.compile(r"[*?\[]")


def parts_of(path: str, folder: Path) -> tuple[str, ...]:
    """Return the parts of a path from the pipeline's folder; what lies outside begins with ``..``.

    Examples
    --------
    >>> from pathlib import Path
    >>> parts_of("./data//raw/", Path("/p")), parts_of("/p/data/x.csv", Path("/p")), parts_of("../x.csv", Path("/p"))
    (('data', 'raw'), ('data', 'x.csv'), ('..', 'x.csv'))
    """
    whole = os.path.normpath(os.path.join(os.path.abspath(folder), os.path.expanduser(path)))  # noqa: PTH100, PTH111, PTH118
    try:
        relative = os.path.relpath(whole, os.path.abspath(folder))  # noqa: PTH100
    except ValueError:  # another drive
        relative = whole
    return tuple(part for part in relative.replace(os.sep, "/").split("/") if part not in ("", "."))


def meet(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two paths, as parts, may mean the same file, or one a file in the other's folder.

    Examples
    --------
    >>> meet(("data", "*.csv"), ("data", "june.csv")), meet(("data",), ("data", "june.csv"))
    (True, True)
    >>> meet(("data", "*.csv"), ("data", "june.parquet")), meet(("**", "*.csv"), ("a", "b", "m-*"))
    (False, True)
    """
    return _meet(one, other, "**", _parts_meet, inside=True)


def has_pattern(path: str) -> bool:
    """Tell whether a path has wildcards."""
    return _MAGIC.search(path) is not None


def is_there(path: str, folder: Path) -> bool:
    """Tell whether a path, or a file that a pattern stands for, exists."""
    if (folder / os.path.expanduser(path)).exists():  # noqa: PTH111
        return True
    if not has_pattern(path):
        return False
    # not Path.glob: a pattern may lead out of the folder, or be absolute
    return next(glob.iglob(path, root_dir=folder, recursive=True), None) is not None  # noqa: PTH207


def _parts_meet(one: str, other: str) -> bool:
    if not has_pattern(one):
        return one == other if not has_pattern(other) else fnmatchcase(one, other)
    if not has_pattern(other):
        return fnmatchcase(other, one)
    return _meet(_TOKEN.findall(one), _TOKEN.findall(other), "*", _signs_meet)


def _signs_meet(one: str, other: str) -> bool:
    if "?" in (one, other) or one == other:
        return True
    if len(one) > 1 and len(other) > 1:
        return True  # two sets of signs: whether they share one is not worth the work
    return fnmatchcase(other, one) if len(one) > 1 else len(other) > 1 and fnmatchcase(one, other)


def _meet(
    one: Sequence[str], other: Sequence[str], star: str, same: Callable[[str, str], bool], *, inside: bool = False
) -> bool:
    """Tell whether two patterns have a text in common: walk through both at once, each star taking any number."""
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        i, j = waiting.pop()
        left, right = i < len(one), j < len(other)
        if not (left or right) or (inside and not (left and right)):
            return True
        steps = []
        if left and one[i] == star:
            steps += [(i + 1, j), *([(i, j + 1)] if right else [])]
        if right and other[j] == star:
            steps += [(i, j + 1), *([(i + 1, j)] if left else [])]
        if left and right and same(one[i], other[j]):
            steps.append((i + 1, j + 1))
        waiting += [step for step in steps if step not in seen]
        seen.update(steps)
    return False
