"""``%%track …`` and ``#| track …`` at the head of a cell, found and blanked without any state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from nbmlops.capture.effects import PYTHON_CELL_MAGICS
from nbmlops.magics.arguments import UsageProblem, track_directive

if TYPE_CHECKING:
    from nbmlops.tracking.directive import Directive

_MAGIC = re.compile(r"^%%track(?:\s+(?P<words>.*))?$")
_COMMENT = re.compile(r"^#\|\s*track(?:\s+(?P<words>.*))?$")
_OTHER_MAGIC = re.compile(r"^%%(?P<name>\w+)")
_HELP = re.compile(r"^%%track\?\??\s*$")


class Head(NamedTuple):
    """The line that asks for tracking: where it stands, what it says, and whether its cell is Python."""

    line: int
    words: str
    is_comment: bool
    foreign_magic: str | None


def find_head(lines: list[str]) -> Head | None:
    """Return the tracking line among the chain of ``%%`` lines that a cell begins with, or None.

    Examples
    --------
    >>> find_head(["%%time\\n", "%%track rf --seed 7\\n", "x = 1\\n"]).words
    'rf --seed 7'
    >>> find_head(["x = 1\\n", "%%track\\n"]) is None
    True
    """
    found: Head | None = None
    foreign: str | None = None
    for index, raw in enumerate(lines):
        line = raw.strip()
        if not line and found is None:
            continue
        if _HELP.match(line):
            return None
        comment, magic = _COMMENT.match(line), _MAGIC.match(line)
        other = _OTHER_MAGIC.match(line)
        if (comment or magic) and found is None:
            words = ((comment or magic)["words"] or "").strip()  # type: ignore[index]
            found = Head(index, words, comment is not None, None)
        elif other is not None and magic is None:
            if other["name"] not in PYTHON_CELL_MAGICS:
                foreign = other["name"]
                break  # what follows is not Python
        else:
            break
    if found is None:
        return None
    return found._replace(foreign_magic=foreign)


def blank_head(lines: list[str]) -> list[str]:
    """Return a cell's lines with the tracking line emptied, so that line numbers stay; IPython's transformer.

    It is called more than once for a cell and holds no state. A line that cannot be read is left to the ``%%track``
    magic, which says what is wrong with it. The line is dropped, not emptied, where the next one begins with ``%%``:
    a cell magic must stand in the first line.
    """
    head = find_head(lines)
    if head is None or (head.foreign_magic is not None and head.is_comment):
        return lines
    try:
        track_directive(head.words)
    except UsageProblem:
        return [f"%%track {head.words}\n", *lines[head.line + 1 :]]
    following = lines[head.line + 1].lstrip() if head.line + 1 < len(lines) else ""
    if following.startswith("%%"):
        return [*lines[: head.line], *lines[head.line + 1 :]]
    return [*lines[: head.line], "\n", *lines[head.line + 1 :]]


def directive_of(raw_cell: str) -> tuple[Directive | None, str | None]:
    """Return what a cell asks for, and a word to the user where it asks in vain (its body is not Python)."""
    if "track" not in raw_cell:
        return None, None
    head = find_head(raw_cell.splitlines(keepends=True))
    if head is None:
        return None, None
    if head.foreign_magic is not None:
        return None, f"not tracked: %%{head.foreign_magic} is not Python of this notebook"
    try:
        return track_directive(head.words), None
    except UsageProblem:
        return None, None
