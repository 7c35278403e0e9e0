"""Names of steps, and the order that file names say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbmlops.pipelines.definition import free_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LEADING = re.compile(
    r"^(?:(?i:step|part|nb|notebook|stage|chapter|lesson)[-_ .]*)?(\d+(?:\.\d+)*)([a-z]?)(?=[-_ .]|$|[A-Z])"
)
_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def number_of(path: Path) -> tuple[int | str, ...] | None:
    """Return the number at the head of a notebook's name, None where it has none.

    Examples
    --------
    >>> from pathlib import Path
    >>> [number_of(Path(name)) for name in ("02_clean.ipynb", "1.10-jd-explore.ipynb", "step2b_x.ipynb", "train.ipynb")]
    [(2, ''), (1, 10, ''), (2, 'b'), None]
    """
    found = _LEADING.match(path.stem)
    return None if found is None else (*(int(part) for part in found[1].split(".")), found[2])


def natural(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Return what paths are sorted by: numbers in them count as numbers."""
    pieces = re.split(r"(\d+)", path.stem.lower())
    return [(0, int(one), "") if one.isdigit() else (1, 0, one) for one in pieces if one], str(path)


def step_names(notebooks: Sequence[Path]) -> list[str]:
    """Return a name for each notebook's step: that of its file without the number before it, each once.

    Examples
    --------
    >>> from pathlib import Path
    >>> step_names([Path("01_ingest.ipynb"), Path("2 train model.ipynb"), Path("03.ipynb"), Path("b/ingest.ipynb")])
    ['ingest', 'train_model', '03', 'b_ingest']
    """
    names: list[str] = []
    for path in notebooks:
        found = _LEADING.match(path.stem)
        bare = path.stem[found.end() :] if found else path.stem
        choices = (bare, path.stem, "_".join(path.with_suffix("").parts[-2:]), "step")
        cleaned = [name for one in choices if (name := _NAME.sub("_", one).strip("_-.")) and name not in names]
        if cleaned:
            names.append(cleaned[0])
            continue
        base = _NAME.sub("_", bare).strip("_-.") or "step"
        names.append(free_name(base, names))
    return names
