"""What a fingerprint is made of: the record, its leaves, and the constants that may never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

BLOCK_ROWS = 262_144
PREFIX = "b3:"

Kind = Literal["frame", "series", "array", "sparse", "tensor"]


class Unreadable(Exception):
    """Part of an object has no stable content; the message says which part and why."""


class Leaf(NamedTuple):
    """One column: its name, its type as a word, and the digest of each block of 262,144 rows."""

    name: str
    dtype: str
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class Fingerprint:
    """The digest of a data object and the tree below it.

    ``digest`` is None when a part has no stable content, and ``note`` then says which. ``order`` is a second
    digest: the order of the columns and the identity of the index. ``index`` holds the leaves of the index,
    if it is content.

    Examples
    --------
    >>> found = Fingerprint("b3:00", "array", 3, None, 24, "b3:01", ())
    >>> found.rows, found.note
    (3, '')
    """

    digest: str | None
    kind: Kind
    rows: int | None
    columns: int | None
    bytes: int
    order: str
    leaves: tuple[Leaf, ...]
    index: tuple[Leaf, ...] = ()
    note: str = ""
