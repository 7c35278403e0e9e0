"""Files kept for good: cut where their content says, so that a changed file costs what changed.

A file is a list of chunks of about 64 kB (FastCDC: an insertion moves no later cut), each kept once in the workspace.
New chunks of one call stand side by side in packs of a few megabytes, compressed where that helps; a pack is one blob.
Reading and writing take constant memory, whatever the file's size.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nbmlops.errors import Conflict, InvalidInput, NotFound
from nbmlops.store.kept_files import FileRow, KeptFileStore, Pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.store.database import Database

CHUNK_BYTES = 1 << 16
PACK_BYTES = 8 << 20
_READ = 1 << 22
_WORTH = 0.95
"""A pack is kept compressed where it becomes smaller than this part of it."""


@dataclass(frozen=True)
class KeptFile:
    """A file that is kept: the BLAKE3 of all its bytes, how many they are, how many it added to the workspace."""

    fingerprint: str
    bytes: int
    bytes_added: int


def file_fingerprint(path: Path) -> tuple[str, int]:
    """Return the fingerprint of a file's bytes, and how many they are.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = path.write_bytes(b"a,b")
    >>> file_fingerprint(path)[1]
    3
    """
    from blake3 import blake3

    hasher, size, buffer = blake3(), 0, memoryview(bytearray(_READ))
    with _opened(path) as source:
        while count := source.readinto(buffer):  # type: ignore[attr-defined]
            hasher.update(buffer[:count])
            size += count
    return f"b3:{hasher.hexdigest()}", size


def find_file(database: Database, fingerprint: str) -> KeptFile | None:
    """Return what is kept under a fingerprint, or None."""
    row = KeptFileStore(database).find(fingerprint)
    return None if row is None else KeptFile(row.fingerprint, row.bytes, row.bytes_added)


def keep_file(
    database: Database,
    blobs: ArtifactStore,
    path: Path,
    *,
    max_bytes: int | None = None,
    told: Callable[[int], object] | None = None,
) -> KeptFile:
    """Keep a file's bytes; what is kept already is not kept again.

    Parameters
    ----------
    max_bytes : int, optional
        How much the file may add, before compression.
    told : callable, optional
        Called with the number of bytes of each part that has been read.

    Raises
    ------
    InvalidInput
        It adds more than ``max_bytes``; nothing was kept.
    Conflict
        It changed while it was read; nothing was kept.
    """
    for attempt in (1, 2, 3):
        try:
            return _Keeping(database, blobs, max_bytes, told).keep(path)
        except _Collected:
            if attempt == 3:
                raise
    raise AssertionError


def fetch_file(database: Database, blobs: ArtifactStore, fingerprint: str, target: Path) -> None:
    """Write the bytes of a kept file to ``target``, under a temporary name first; they are verified.

    Raises
    ------
    NotFound
        Nothing is kept under the fingerprint.
    Conflict
        What is kept is damaged.
    """
    from blake3 import blake3

    hasher = blake3()
    row = KeptFileStore(database).find(fingerprint)
    if row is None:
        raise NotFound(f"no file with the fingerprint {fingerprint[:13]}… is kept here.", "Check: nbmlops doctor")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".fetching-", delete=False) as temporary:
        name = Path(temporary.name)
        try:
            for part in _parts(database, blobs, row):
                hasher.update(part)
                temporary.write(part)
            temporary.flush()
            if f"b3:{hasher.hexdigest()}" != fingerprint:
                raise Conflict(
                    f"the kept file {fingerprint[:13]}… is damaged: its parts do not make its bytes.",
                    "Find what is damaged: nbmlops doctor --verify",
                )
            name.chmod(0o644)
            name.replace(target)
        except BaseException:
            name.unlink(missing_ok=True)
            raise


class _Collected(Conflict):
    """A chunk was there when the file was read, and gone when it was written down."""


class _Keeping:
    """One file on its way into the store."""

    def __init__(
        self,
        database: Database,
        blobs: ArtifactStore,
        max_bytes: int | None,
        told: Callable[[int], object] | None,
    ) -> None:
        self._store = KeptFileStore(database)
        self._blobs = blobs
        self._max_bytes = max_bytes
        self._told = told
        self._packs: list[Pack] = []
        self._waiting = bytearray()
        self._inside: list[tuple[bytes, int, int]] = []
        self._new: set[bytes] = set()
        self._raw = 0
        self._added = 0

    def keep(self, path: Path) -> KeptFile:
        from blake3 import blake3

        hasher, size, chunks = blake3(), 0, bytearray()
        try:
            with _opened(path) as source:
                before = _state(source)
                for digest, chunk in self._cut(source):
                    hasher.update(chunk)
                    size += len(chunk)
                    chunks += digest
                    if self._told is not None:
                        self._told(len(chunk))
                changed = _state(source) != before or before[0] != size
            fingerprint = f"b3:{hasher.hexdigest()}"
            if changed:
                raise Conflict(f"{path} changed while it was being read.", "Keep it again when its writer is done.")
            known = self._store.find(fingerprint)
            if known is not None:
                self._take_back()
                return KeptFile(fingerprint, known.bytes, 0)
            self._flush()
            try:
                self._store.add(FileRow(fingerprint, size, self._added, bytes(chunks)), self._packs)
            except Conflict as error:
                raise _Collected(error.message, error.hint) from error
        except BaseException:
            self._take_back()
            raise
        return KeptFile(fingerprint, size, self._added)

    def _cut(self, source: IO[bytes]) -> Iterator[tuple[bytes, memoryview]]:
        """Yield each chunk with its digest; those that are new go into packs."""
        from blake3 import blake3
        from pyfastcdc import FastCDC

        known: set[bytes] = set()
        for chunk in FastCDC(CHUNK_BYTES).cut_stream(source):
            digest = blake3(chunk.data).digest()
            if digest not in self._new and digest not in known:
                if self._store.known([digest]):
                    known.add(digest)
                else:
                    self._put(digest, chunk.data)
            yield digest, chunk.data

    def _put(self, digest: bytes, data: memoryview) -> None:
        self._raw += len(data)
        if self._max_bytes is not None and self._raw > self._max_bytes:
            raise InvalidInput(
                f"the file would add more than {self._max_bytes:,} bytes.", "Raise the limit, or keep less."
            )
        self._new.add(digest)
        self._inside.append((digest, len(self._waiting), len(data)))
        self._waiting += data
        if len(self._waiting) >= PACK_BYTES:
            self._flush()

    def _flush(self) -> None:
        if not self._inside:
            return
        raw = bytes(self._waiting)
        packed = _compressed(raw)
        codec, data = ("zstd", packed) if len(packed) < _WORTH * len(raw) else ("", raw)
        digest, size = self._blobs.write(io.BytesIO(data))
        self._packs.append(Pack(digest, codec, len(raw), tuple(self._inside)))
        self._added += size
        self._waiting.clear()
        self._inside.clear()

    def _take_back(self) -> None:
        """Remove what was written for a file that is not kept after all, unless another file has come to need it."""
        with contextlib.suppress(Exception):
            for pack in self._packs:
                if not self._store.has_pack(pack.digest):
                    self._blobs.remove(pack.digest)
        self._packs.clear()


def _parts(database: Database, blobs: ArtifactStore, row: FileRow) -> Iterator[memoryview]:
    """Yield the bytes of a file's chunks in their order; a pack is read once as long as chunks of it follow."""
    store = KeptFileStore(database)
    chunks = row.chunk_list()
    opened: dict[str, bytes] = {}
    for start in range(0, len(chunks), 1024):
        some = chunks[start : start + 1024]
        places = store.places(set(some))
        for digest in some:
            if digest not in places:
                raise Conflict(
                    f"the kept file {row.fingerprint[:13]}… is damaged: a part of it is not in the registry.",
                    "Restore a copy: nbmlops restore FILE",
                )
            pack, at, size = places[digest]
            if pack.digest not in opened:
                if len(opened) >= 4:
                    opened.pop(next(iter(opened)))
                with blobs.open_reader(pack.digest) as reader:
                    data = reader.read()
                opened[pack.digest] = _decompressed(data, pack.bytes) if pack.codec else data
            yield memoryview(opened[pack.digest])[at : at + size]


def _compressed(data: bytes) -> bytes:
    import pyarrow as pa

    packed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return packed


def _decompressed(data: bytes, size: int) -> bytes:
    import pyarrow as pa

    raw: bytes = pa.decompress(data, decompressed_size=size, codec="zstd", asbytes=True)
    return raw


def _opened(path: Path) -> IO[bytes]:
    try:
        if not path.is_file():
            raise NotFound(f"there is no file {path}.", "Check the path.")
        return path.open("rb", buffering=0)
    except OSError as error:
        if isinstance(error, NotFound):
            raise
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}.", "Check who may read it.") from error


def _state(source: IO[bytes]) -> tuple[int, int]:
    found = os.fstat(source.fileno())
    return found.st_size, found.st_mtime_ns
