"""What one notebook reads and writes: files, tables of data bases, and names of the workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

How = Literal["read", "write", "update"]
Kind = Literal["file", "dataset", "model", "view", "notebook"]

ALL_TABLES = "*"


@dataclass(frozen=True)
class Use:
    """One use of a file or a name.

    Attributes
    ----------
    how : {"read", "write", "update"}
        ``update`` where what was there before stays in part: appended to, or changed in place.
    path : str
        As in ``pipeline.yaml``: from its folder, with ``{name}`` for parameters and ``*`` for what is not known.
    kind : str
        ``file``, or what of the workspace is named.
    table : str
        The table of a data base, ``*`` where it is not known which; empty for other files.
    """

    how: How
    path: str
    kind: Kind = "file"
    table: str = ""


@dataclass
class Found:
    """Everything that is known of one notebook. ``open`` are sentences about what could not be followed."""

    uses: list[Use] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
