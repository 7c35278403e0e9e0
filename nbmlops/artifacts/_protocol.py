"""What an artifact store must do; others than the local one come as plug-ins (``nbmlops.artifact_stores``)."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class ArtifactStore(Protocol):
    """Immutable bytes under their BLAKE3 digest (``b3:`` and 64 hex digits)."""

    def write(self, source: IO[bytes]) -> tuple[str, int]:
        """Keep what ``source`` holds from its position on; give digest and size. The same bytes cost once."""

    def holds(self, digest: str) -> bool:
        """Tell whether bytes are kept under a digest; they are not read."""

    def open_reader(self, digest: str, *, again: bool = True) -> IO[bytes]:
        """Open what a digest names, verified. `NotFound`, or `Conflict`: damaged.

        Without ``again``, what was verified here before and is untouched since need not be verified again.
        """

    def remove(self, digest: str) -> int:
        """Take bytes away; give how many. A digest that is not there gives 0."""

    def digests(self) -> Iterator[tuple[str, int]]:
        """Yield every digest with its number of bytes."""
