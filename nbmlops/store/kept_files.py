"""Kept files: each a list of chunks, the chunks side by side in packs, a pack one blob."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from nbmlops.errors import Conflict
from nbmlops.store.ids import now

Chunk: TypeAlias = "tuple[bytes, int, int]"
Digests: TypeAlias = "list[bytes]"
Joined: TypeAlias = "bytes"

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from nbmlops.store.database import Database

DIGEST_BYTES = 32
_AT_ONCE = 500
_PLACES = """
    SELECT c.digest, c.start, c.bytes, p.digest, p.codec, p.bytes
    FROM chunks AS c JOIN packs AS p ON p.id = c.pack WHERE c.digest IN
"""
# What was kept a moment ago stays: whoever asked for it is about to refer to it.
_LIVE = """
    SELECT fingerprint FROM dataset_files
    UNION SELECT fingerprint FROM inputs_read WHERE kept = 'kept' AND fingerprint IS NOT NULL
    UNION SELECT fingerprint FROM outputs_written WHERE kept = 'kept' AND fingerprint IS NOT NULL
    UNION SELECT fingerprint FROM kept_files WHERE created_at > :since
"""


@dataclass(frozen=True)
class Pack:
    """A blob of chunks: how it is compressed (empty for not at all), its size before that, what it holds."""

    digest: str
    codec: str
    bytes: int
    chunks: tuple[Chunk, ...] = ()
    """Digest, first byte and number of bytes of each chunk."""


@dataclass(frozen=True)
class FileRow:
    """What the registry knows of a kept file; ``chunks`` holds the digests of its chunks, one after the other."""

    fingerprint: str
    bytes: int
    bytes_added: int
    chunks: Joined = field(repr=False, default=b"")

    def chunk_list(self) -> Digests:
        """Return the digests of the chunks in their order."""
        return [self.chunks[at : at + DIGEST_BYTES] for at in range(0, len(self.chunks), DIGEST_BYTES)]


class KeptFileStore:
    """Reads and writes the tables of kept files."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def find(self, fingerprint: str) -> FileRow | None:
        """Return a kept file, or None."""
        rows = self.database.query(
            "SELECT fingerprint, bytes, bytes_added, chunks FROM kept_files WHERE fingerprint = ?", [fingerprint]
        )
        return FileRow(**rows[0]) if rows else None

    def known(self, digests: Collection[bytes]) -> set[bytes]:
        """Return those of some chunks that a pack of this workspace holds."""
        found: set[bytes] = set()
        for marks, some in _batches(digests):
            found.update(
                row[0] for row in self.database.rows(f"SELECT digest FROM chunks WHERE digest IN {marks}", some)
            )
        return found

    def places(self, digests: Collection[bytes]) -> dict[bytes, tuple[Pack, int, int]]:
        """Return, for each chunk, its pack, its first byte there and its number of bytes."""
        found = {}
        for marks, some in _batches(digests):
            for digest, start, size, pack, codec, whole in self.database.rows(_PLACES + marks, some):
                found[digest] = (Pack(pack, codec, whole), start, size)
        return found

    def add(self, row: FileRow, packs: list[Pack]) -> None:
        """Write a file whose packs are kept already, in one transaction.

        Raises
        ------
        Conflict
            A chunk that was there before has been collected meanwhile; keep the file again.
        """
        with self.database.transaction() as connection:
            for pack in packs:
                connection.execute(
                    "INSERT OR IGNORE INTO packs (digest, codec, bytes) VALUES (?, ?, ?)",
                    (pack.digest, pack.codec, pack.bytes),
                )
                [(number,)] = connection.execute("SELECT id FROM packs WHERE digest = ?", (pack.digest,)).fetchall()
                connection.executemany(
                    "INSERT OR IGNORE INTO chunks (digest, pack, start, bytes) VALUES (?, ?, ?, ?)",
                    [(digest, number, start, size) for digest, start, size in pack.chunks],
                )
            chunks = set(row.chunk_list())
            if len(self.known(chunks)) < len(chunks):
                raise Conflict("part of the file was collected while it was being kept.", "Try again.")
            connection.execute(
                "INSERT OR REPLACE INTO kept_files (fingerprint, bytes, bytes_added, chunks, created_at) "
                "VALUES (?, ?, ?, ?, ?)",
                (row.fingerprint, row.bytes, row.bytes_added, row.chunks, now()),
            )

    def has_pack(self, digest: str) -> bool:
        """Tell whether a pack is known here."""
        return bool(self.database.rows("SELECT 1 FROM packs WHERE digest = ?", [digest]))

    def pack_digests(self) -> set[str]:
        """Return the blobs that hold chunks."""
        return {digest for (digest,) in self.database.rows("SELECT digest FROM packs")}

    def packs_in_use(self, since: str) -> set[str]:
        """Return the blobs of files that something refers to, or that were kept after a time."""
        live: set[bytes] = set()
        for (chunks,) in self.database.rows(
            f"SELECT chunks FROM kept_files WHERE fingerprint IN ({_LIVE})", {"since": since}
        ):
            live.update(chunks[at : at + DIGEST_BYTES] for at in range(0, len(chunks), DIGEST_BYTES))
        return {pack.digest for pack, _, _ in self.places(live).values()}

    def forget_unused(self, since: str) -> None:
        """Take away the records of files that nothing refers to and of packs without a file; their blobs are gc's."""
        with self.database.transaction() as connection:
            used = self.packs_in_use(since)
            connection.execute(f"DELETE FROM kept_files WHERE fingerprint NOT IN ({_LIVE})", {"since": since})
            connection.executemany(
                "DELETE FROM packs WHERE digest = ?", [(digest,) for digest in self.pack_digests() - used]
            )

    def users_of(self, blob: str) -> list[str]:
        """Return the fingerprints of the files that need a blob."""
        here = {
            digest
            for (digest,) in self.database.rows(
                "SELECT c.digest FROM chunks AS c JOIN packs AS p ON p.id = c.pack WHERE p.digest = ?", [blob]
            )
        }
        if not here:
            return []
        rows = self.database.query("SELECT fingerprint, bytes, bytes_added, chunks FROM kept_files")
        return [row["fingerprint"] for row in rows if not here.isdisjoint(FileRow(**row).chunk_list())]


def _batches(values: Collection[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    waiting = list(values)
    for start in range(0, len(waiting), _AT_ONCE):
        some = waiting[start : start + _AT_ONCE]
        yield f"({','.join('?' * len(some))})", some
