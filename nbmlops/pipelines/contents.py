"""What files and folders hold now, as fingerprints; each file is read once while its time and size stand."""

from __future__ import annotations

import glob
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

from nbmlops.datasets.files import file_fingerprint
from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.paths import has_pattern
from nbmlops.tracking.inputs import stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SKIPPED = frozenset({".nbmlops", ".git", ".ipynb_checkpoints", "__pycache__", "node_modules", ".venv", "venv"})
MAX_FILES = 50_000


class Contents:
    """Fingerprints of what is on disk.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_text("1")
    >>> contents = Contents()
    >>> contents.of(folder / "a.csv")[:3], contents.of(folder / "b.csv")
    ('b3:', None)
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int], str]] = {}
        self._lock = threading.Lock()

    def of(self, path: Path) -> str | None:
        """Return the fingerprint of a file, or of a folder with all that is in it; None where there is none."""
        if path.is_dir():
            return self.of_all(files_in(path), path)
        return self._of_file(str(path))

    def of_named(self, path: str, folder: Path) -> str | None:
        """Return the fingerprint of what a path of a pipeline names; a pattern stands for all that fits it."""
        if not has_pattern(path):
            return self.of(folder / os.path.expanduser(path))  # noqa: PTH111
        found = sorted(glob.iglob(path, root_dir=folder, recursive=True))  # noqa: PTH207 - a pattern may be absolute
        return self.of_all((str(folder / name) for name in found if (folder / name).is_file()), folder)

    def of_all(self, paths: Iterable[str], folder: Path) -> str | None:
        """Return one fingerprint for many files with their names; None where there are none."""
        hasher, count = blake3(), 0
        for path in paths:
            fingerprint = self._of_file(path)
            hasher.update(f"{os.path.relpath(path, folder)}\0{fingerprint}\0".encode("utf-8", "surrogateescape"))
            count += 1
        return f"b3:{hasher.hexdigest()}" if count else None

    def _of_file(self, path: str) -> str | None:
        stamp = stamp_of(path)
        if stamp is None:
            return None
        with self._lock:
            known = self._known.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            fingerprint = file_fingerprint(Path(path))[0]
        except (OSError, NbmlopsError):
            return None
        with self._lock:
            self._known[path] = (stamp, fingerprint)
        return fingerprint


def files_in(folder: Path) -> Iterator[str]:
    """Yield the files below a folder, sorted; hidden ones, caches and environments are left out."""
    count = 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                count += 1
                if count > MAX_FILES:
                    return
                yield os.path.join(here, name)  # noqa: PTH118


def stamps_in(folder: Path) -> dict[str, tuple[int, int]]:
    """Return time and size of each file below a folder: what differs afterwards was written meanwhile."""
    found = {}
    for path in files_in(folder):
        stamp = stamp_of(path)
        if stamp is not None:
            found[path] = stamp
    return found
