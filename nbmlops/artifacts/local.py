"""The store beside the registry: ``blobs/b3/ab/cdef…``, written to a temporary name, synced, then renamed."""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nbmlops.errors import Conflict, InvalidInput, NotFound, WorkspaceUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20
YOUNG = 600.0
"""Seconds in which a blob may be written and not yet referred to."""
_DIGEST = re.compile(r"b3:[0-9a-f]{64}")


class LocalStore:
    """Blobs in a folder of this machine.

    Parameters
    ----------
    folder : Path
        Made on the first write.

    Examples
    --------
    >>> import io, tempfile
    >>> store = LocalStore(Path(tempfile.mkdtemp()))
    >>> digest, size = store.write(io.BytesIO(b"flights"))
    >>> with store.open_reader(digest) as reader:
    ...     reader.read(), size
    (b'flights', 7)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._verified: dict[str, tuple[int, ...]] = {}

    def write(self, source: IO[bytes]) -> tuple[str, int]:
        """Keep what ``source`` holds; give digest and number of bytes.

        Raises
        ------
        WorkspaceUnusable
            The disk is full or the folder cannot be written; nothing is left behind.
        """
        from blake3 import blake3

        hasher, size = blake3(), 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix="writing-", delete=False) as temporary:
                name = Path(temporary.name)
                try:
                    while chunk := source.read(CHUNK):
                        hasher.update(chunk)
                        temporary.write(chunk)
                        size += len(chunk)
                    digest = f"b3:{hasher.hexdigest()}"
                    target = self._path(digest)
                    if target.exists() and target.stat().st_size == size:
                        name.unlink()
                        os.utime(target)  # gc leaves young blobs alone: somebody is about to refer to this one
                        return digest, size
                    temporary.flush()
                    os.fsync(temporary.fileno())
                    name.chmod(0o444)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    name.replace(target)
                    self._verified[digest] = _state(temporary.fileno())
                except BaseException:
                    name.unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise WorkspaceUnusable(
                f"nothing can be kept in {self.folder}: {error.strerror or error}.",
                "Free some space (nbmlops gc) or make the folder writable.",
            ) from error
        return digest, size

    def holds(self, digest: str) -> bool:
        """Tell whether bytes are kept under a digest; they are not read."""
        return self._path(digest).exists()

    def open_reader(self, digest: str, *, again: bool = True) -> IO[bytes]:
        """Open what a digest names; its bytes are verified before the first is given.

        Parameters
        ----------
        digest : str
            Names the blob.
        again : bool
            False where bytes that this object has verified or written need not be verified again, as long as nobody
            has touched their file since.

        Raises
        ------
        NotFound
            No such blob is kept here.
        Conflict
            The bytes are not those of the digest any more.
        """
        from blake3 import blake3

        path = self._path(digest)
        try:
            reader = path.open("rb")
        except FileNotFoundError:
            raise NotFound(
                f"the blob {digest[:13]}… is not in this workspace.", "Check it: nbmlops doctor --verify"
            ) from None
        state = _state(reader.fileno())
        if not again and self._verified.get(digest) == state:
            return reader
        hasher = blake3()
        if os.fstat(reader.fileno()).st_size:
            with mmap.mmap(reader.fileno(), 0, access=mmap.ACCESS_READ) as data:  # copies nothing
                hasher.update(data)
        if f"b3:{hasher.hexdigest()}" != digest:
            reader.close()
            raise Conflict(
                f"the blob {digest[:13]}… is damaged: its bytes have changed since they were written.",
                "Restore a copy: nbmlops restore FILE",
            )
        self._verified[digest] = state
        return reader

    def remove(self, digest: str) -> int:
        """Take a blob away; give its number of bytes, 0 when it was not there."""
        path = self._path(digest)
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return 0
        with contextlib.suppress(OSError):
            path.parent.rmdir()
        return size

    def digests(self) -> Iterator[tuple[str, int]]:
        """Yield every digest with its number of bytes."""
        for path in sorted((self.folder / "b3").glob("??/*")):
            yield f"b3:{path.parent.name}{path.name}", path.stat().st_size

    def age(self, digest: str) -> float:
        """Return how many seconds ago a blob was written, or asked to be written again."""
        return time.time() - self._path(digest).stat().st_mtime

    def leftovers(self) -> Iterator[Path]:
        """Yield temporary files of writers that died."""
        for path in self.folder.glob("writing-*"):
            if time.time() - path.stat().st_mtime > YOUNG:
                yield path

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise InvalidInput(f"{digest[:80]!r} is not a digest.", "A digest is 'b3:' and 64 hex digits.")
        return self.folder / "b3" / digest[3:5] / digest[5:]


def _state(descriptor: int) -> tuple[int, ...]:
    """Return what changes with a file's bytes, whoever writes them; the time of a change cannot be set by hand."""
    facts = os.fstat(descriptor)
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
