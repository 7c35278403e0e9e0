"""How blocks become leaves, leaves a column, and columns a root. The byte layout is fixed for ever.

Every digest is BLAKE3 over a tag that names the level and its version, then the parts. Integers are 8
bytes, little endian. Missing values have validity 0 and zero bytes as value (in floating-point numbers: one
NaN, and no validity); a block without a missing value has no validity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blake3 import blake3

from nbmlops.capture.fingerprint._record import PREFIX, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

    Array = np.ndarray[Any, Any]


def leaf_digest(rows: int, parts: Iterable[Any], valid: Array | None = None, tag: bytes = b"") -> bytes:
    """Return the digest of one block of contiguous arrays or bytes; ``valid`` is True where not missing."""
    leaf = LeafHasher()
    for part in parts:
        leaf.update(part)
    return leaf.digest(rows, valid, tag)


class LeafHasher:
    """Hashes a block's values as they come; what describes them follows, so that values stay aligned."""

    __slots__ = ("_hasher",)

    def __init__(self) -> None:
        self._hasher = blake3()

    def update(self, part: Any) -> None:
        """Add a contiguous array or bytes."""
        self._hasher.update(part if isinstance(part, bytes) else part.view("u1"))

    def digest(self, rows: int, valid: Array | None = None, tag: bytes = b"") -> bytes:
        """Return the digest, after validity (none when nothing is missing), number of rows and tag."""
        present = valid is None or bool(valid.all())
        if valid is not None and not present:
            self.update(valid)
        end = (b"\0" if present else b"\1") + rows.to_bytes(8, "little") + tag + len(tag).to_bytes(1, "little")
        return self._hasher.update(end + b"leaf1").digest()


def column_digest(word: str, rows: int, blocks: Sequence[bytes]) -> bytes:
    """Return the digest of a column without its name: type, number of rows, blocks."""
    text = word.encode("utf-8", "surrogatepass")
    return joined(b"column1", [text, rows.to_bytes(8, "little"), *blocks])


def joined(tag: bytes, parts: Iterable[bytes]) -> bytes:
    """Return the digest of parts, each after its length."""
    out = bytearray(len(tag).to_bytes(1, "little") + tag)
    for part in parts:
        out += len(part).to_bytes(8, "little")
        out += part
    return blake3(out).digest()


def as_text(digest: bytes) -> str:
    """Return a digest as text.

    Examples
    --------
    >>> as_text(bytes(2))
    'b3:0000'
    """
    return PREFIX + digest.hex()


class Column:
    """A column while the tree is built: name as canonical bytes and as text, type word, block digests."""

    __slots__ = ("blocks", "digest", "key", "name", "word")

    def __init__(self, key: bytes, name: str, word: str, rows: int, blocks: Sequence[bytes]) -> None:
        self.key = key
        self.name = name
        self.word = word
        self.blocks = blocks
        self.digest = joined(b"named1", [key, column_digest(word, rows, blocks)])

    def leaf(self) -> Leaf:
        """Return the column as the public record shows it."""
        return Leaf(self.name, self.word, tuple(block.hex() for block in self.blocks))


def root_digests(
    kind: str, shape: Sequence[int], columns: Sequence[Column], index: Sequence[Column], layout: bytes = b""
) -> tuple[str, str]:
    """Return the root, which no order of columns changes, and the order: columns as they stand, index."""
    tag = f"{kind}1".encode()
    sizes = b"".join(size.to_bytes(8, "little") for size in shape)
    content = sorted(column.digest for column in columns)
    levels = [column.digest for column in index]
    root = joined(tag, [sizes, b"".join(content), b"".join(levels)])
    ordered = b"".join(column.digest for column in columns)
    return as_text(root), as_text(joined(b"order1", [ordered, b"".join(levels), layout]))
