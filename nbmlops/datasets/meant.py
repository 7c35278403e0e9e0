"""A frame by what people call it: itself, a file that holds it, or a version of a data set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.tabular import read_table

if TYPE_CHECKING:
    from collections.abc import Callable


def frame_meant(value: Any, load: Callable[[str], Any]) -> Any:
    """Return the frame that is meant.

    Parameters
    ----------
    value : frame, str or path
        A file has an ending, a version of a data set (``flights``, ``flights@3``) has none.
    load : callable
        Loads a version of a data set by its name.

    Raises
    ------
    NotFound
        There is no such file or version.

    Examples
    --------
    >>> frame_meant("flights@3", lambda name: {"name": [name]})
    {'name': ['flights@3']}
    """
    if not isinstance(value, str | os.PathLike):
        return value
    word = os.fspath(value)
    if isinstance(value, os.PathLike) or (Path(word).suffix and "@" not in word):
        return read_table(Path(word).expanduser())
    return load(word)
