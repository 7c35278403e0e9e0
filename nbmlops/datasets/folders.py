"""Versions that are files: one file, or a folder as a list of files, each kept in chunks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nbmlops.datasets.files import fetch_file, file_fingerprint, keep_file
from nbmlops.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.records import DatasetVersion
    from nbmlops.store.database import Database
    from nbmlops.store.datasets import DatasetStore


class FileVersions:
    """Saves and fetches versions that are files.

    Parameters
    ----------
    cache : Path
        Where files are put that are asked for as a path.
    """

    def __init__(self, database: Database, blobs: ArtifactStore, store: DatasetStore, cache: Path) -> None:
        self._database = database
        self._blobs = blobs
        self._store = store
        self._cache = cache

    def save(
        self, path: Path, name: str, note: str, user: str | None, told: Callable[[int], object] | None
    ) -> DatasetVersion:
        """Save a file or a folder; links and what is no plain file are left out."""
        if not path.exists():
            raise NotFound(f"there is no file or folder {path}.", "Check the path.")
        is_folder = path.is_dir()
        inside = (
            sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
            if is_folder
            else [path]
        )
        if not inside:
            raise InvalidInput(f"the folder {path} holds no file.", "Name a folder with files.")
        kept = []
        for file in inside:
            found = keep_file(self._database, self._blobs, file, told=told)
            relative = file.relative_to(path).as_posix() if is_folder else file.name
            kept.append((relative, found))
        digest = (
            kept[0][1].fingerprint
            if not is_folder
            else _manifest_digest([(relative, found.fingerprint) for relative, found in kept])
        )
        kind = "folder" if is_folder else "file"
        newest = self._store.recipes(name, 1)
        if newest and newest[0][1:3] == (kind, digest):
            return replace(self._store.get(name, newest[0][0]), unchanged=True)
        values = {
            "kind": kind,
            "fingerprint": digest,
            "order_digest": "",
            "rows": None,
            "columns": None,
            "bytes": sum(found.bytes for _, found in kept),
            "bytes_added": sum(found.bytes_added for _, found in kept),
            "note": note,
            "source": str(path),
            "recipe": "{}",
            "user": user,
        }
        files = [(relative, found.fingerprint, found.bytes) for relative, found in kept]
        return self._store.add_version(name, values, files=files)

    def fetch(self, version: DatasetVersion) -> Path:
        """Return the path of a version's file or folder, in the workspace's cache; its content is checked."""
        files = self._store.files(version.dataset, version.version)
        home = self._cache / version.fingerprint[3:19]
        target = home / (files[0][0] if version.kind == "file" else version.dataset)
        self._fill(version, files, target)
        return target

    def write(self, version: DatasetVersion, target: Path) -> None:
        """Write a version's file or folder to ``target``."""
        files = self._store.files(version.dataset, version.version)
        if version.kind == "file" and target.is_dir():
            target = target / files[0][0]
        self._fill(version, files, target)

    def _fill(self, version: DatasetVersion, files: list[tuple[str, str, int]], target: Path) -> None:
        for relative, digest, size in files:
            place = target / relative if version.kind == "folder" else target
            if place.is_file() and place.stat().st_size == size and file_fingerprint(place)[0] == digest:
                continue
            fetch_file(self._database, self._blobs, digest, place)


def _manifest_digest(entries: list[tuple[str, str]]) -> str:
    """Return the digest of a folder: its files' names and contents.

    Examples
    --------
    >>> _manifest_digest([("a", "b3:00")])[:6]
    'b3:abd'
    """
    from blake3 import blake3

    text = "".join(f"{digest} {path}\n" for path, digest in entries)
    return f"b3:{blake3(text.encode()).hexdigest()}"
