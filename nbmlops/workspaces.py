"""A workspace: the one object that every door (magic, command, route, Python) calls."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.artifacts import LocalStore
from nbmlops.artifacts.local import YOUNG
from nbmlops.config import Capture, Settings, locate_workspace, save_settings
from nbmlops.errors import AlreadyExists, InvalidInput, NotFound, WorkspaceUnusable
from nbmlops.records import Artifact
from nbmlops.registry import Models
from nbmlops.store.database import FILE
from nbmlops.store.ids import now
from nbmlops.tracking.recorder import BLOBS, Recorder, user_name
from nbmlops.tracking.runs import Runs
from nbmlops.tracking.scope import TrackedBlock, track_block

if TYPE_CHECKING:
    import os
    from types import TracebackType

_MANIFEST = "backup.json"


class Workspace:
    """A workspace, opened. Make one with `nbmlops.workspace`.

    ``runs`` and ``models`` hold the operations on what their names say.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recorder = Recorder.at(path)
        self.database = self.recorder.database
        self.blobs = LocalStore(path / BLOBS)
        self.runs = Runs(self.recorder)
        self.models = Models(self.database, self.blobs, user_name())

    @classmethod
    def open(
        cls, path: str | os.PathLike[str] | None = None, *, create: bool = False, start: Path | None = None
    ) -> Workspace:
        """Open the workspace that is meant: the argument, ``NBMLOPS_HOME``, or the nearest one upward.

        Raises
        ------
        NotFound
            There is none and ``create`` is false.
        WorkspaceUnusable
            It cannot be opened; the message says why.
        """
        return cls(locate_workspace(path, create=create, start=start))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<workspace {self.path}>"

    def close(self) -> None:
        """Wait for what is still to be written, and close the registry."""
        self.recorder.close()

    def is_current(self) -> bool:
        """Tell whether the file that is open here is still the workspace's; after a restore it is another one."""
        try:
            self.database.check_place()
        except WorkspaceUnusable:
            return False
        return True

    def track(
        self,
        name: str | None = None,
        *,
        experiment: str | None = None,
        tags: dict[str, str] | None = None,
        note: str = "",
        seed: int | None = None,
        params: dict[str, Any] | None = None,
        parent: str | None = None,
        depth: int = 0,
    ) -> TrackedBlock:
        """Record a run while a ``with`` block lasts; see `nbmlops.track`."""
        return track_block(
            self.recorder,
            name,
            experiment=experiment,
            tags=tags or {},
            note=note,
            seed=seed,
            params=params or {},
            parent=parent,
            depth=depth + 1,
        )

    def limit_capture(self, **limits: str) -> Capture:
        """Keep for the whole workspace what may be captured, such as ``data="fingerprint"``; give what holds now."""
        settings = self.recorder.settings
        capture = Capture.parse({**vars(settings.capture), **limits})
        self.recorder.settings = Settings(capture, settings.keep_bytes)
        save_settings(self.path, self.recorder.settings)
        return capture

    def data_version(self) -> int:
        """Return a number that changes with every commit of another process."""
        return self.database.data_version()

    def summary(self) -> dict[str, Any]:
        """Return what the workspace holds, in numbers."""
        [(runs, experiments)] = self.database.rows(
            "SELECT count(*), count(DISTINCT experiment) FROM runs WHERE deleted_at IS NULL"
        )
        models = len(self.models._store.names())  # noqa: SLF001
        blobs = [size for _, size in self.blobs.digests()]
        return {
            "workspace": str(self.path),
            "runs": runs,
            "experiments": experiments,
            "models": models,
            "blobs": len(blobs),
            "bytes": sum(blobs) + self.database.path.stat().st_size,
            "capture": vars(self.recorder.settings.capture),
            "notice": self.database.notice,
        }

    def artifact(self, digest: str) -> tuple[Artifact, bytes]:
        """Return a kept file by its digest, with the record that names it.

        Raises
        ------
        NotFound
            No run and no model version refers to the digest.
        """
        rows = self.database.query(
            "SELECT name, digest, bytes, media_type, kind FROM artifacts WHERE digest = ? LIMIT 1", [digest]
        )
        if not rows:
            raise NotFound(
                f"nothing in this workspace has the digest {digest[:20]!r}.",
                "Look at a run's artifacts: nbmlops runs show RUN",
            )
        with self.blobs.open_reader(digest) as reader:
            return Artifact(**rows[0]), reader.read()

    def gc(self, *, dry_run: bool = False, deleted: bool = False) -> dict[str, Any]:
        """Remove what nothing refers to: blobs, temporary files of dead writers.

        Parameters
        ----------
        dry_run : bool
            Only count.
        deleted : bool
            Also erase runs that were deleted, for good.
        """
        erased: list[str] = []
        if deleted and not dry_run:
            erased = self.recorder.writer.purge_deleted(now())
        self.recorder.background.wait()
        used = {
            digest
            for (digest,) in self.database.rows("SELECT digest FROM artifacts UNION SELECT digest FROM model_versions")
        }
        unused = [
            (digest, size)
            for digest, size in self.blobs.digests()
            if digest not in used and self.blobs.age(digest) > YOUNG  # a writer may be about to refer to a young one
        ]
        if not dry_run:
            for digest, _ in unused:
                self.blobs.remove(digest)
            for leftover in self.blobs.leftovers():
                leftover.unlink(missing_ok=True)
        return {
            "blobs_removed": len(unused),
            "bytes_freed": sum(size for _, size in unused),
            "runs_erased": len(erased),
            "dry_run": dry_run,
        }

    def verify(self) -> list[str]:
        """Read every blob and the registry once; give what is damaged, in words."""
        found = [f"registry: {line}" for line in self.database.check()]
        for digest, _ in self.blobs.digests():
            try:
                self.blobs.open_reader(digest).close()
            except (NotFound, WorkspaceUnusable, RuntimeError) as error:
                found.append(str(getattr(error, "message", error)))
        there = {digest for digest, _ in self.blobs.digests()}
        for digest, name in self.database.rows(
            "SELECT digest, 'the file ' || name FROM artifacts UNION "
            "SELECT digest, 'the model ' || model || '@' || version FROM model_versions WHERE deleted_at IS NULL"
        ):
            if digest not in there:
                found.append(f"{name} is gone: its blob {digest[:13]}… is missing")
        return found

    def backup(self, file: str | os.PathLike[str], *, replace: bool = False) -> dict[str, Any]:
        """Write one consistent copy of the workspace, also while others work in it.

        Raises
        ------
        AlreadyExists
            The file is there; ``replace`` allows to write over it.
        """
        target = Path(file)
        if target.exists() and not replace:
            raise AlreadyExists(f"{target} is there already.", "Choose another name, or say --force.")
        if not target.parent.is_dir():
            raise NotFound(f"there is no folder {target.parent}.", "Make it first.")
        self.recorder.background.wait()
        with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".backup-") as folder:
            copy = Path(folder) / FILE
            self.database.backup_to(copy)
            whole = Path(folder) / "whole"
            with tarfile.open(whole, "w:gz", compresslevel=1) as tar:
                facts = {
                    "format": 1,
                    "made_at": now(),
                    **{k: v for k, v in self.summary().items() if k != "workspace"},
                }
                data = json.dumps(facts).encode()
                entry = tarfile.TarInfo(_MANIFEST)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
                tar.add(copy, FILE)
                if self.blobs.folder.exists():
                    tar.add(
                        self.blobs.folder,
                        BLOBS,
                        filter=lambda item: None if "writing-" in item.name else item,
                    )
                settings = self.path / "config.toml"
                if settings.exists():
                    tar.add(settings, settings.name)
            whole.replace(target)
        return {
            "file": str(target),
            "bytes": target.stat().st_size,
            "runs": facts["runs"],
            "models": facts["models"],
        }


def restore(
    file: str | os.PathLike[str], path: str | os.PathLike[str] | None = None, *, replace: bool = False
) -> dict[str, Any]:
    """Read a backup into a workspace; give what it holds.

    Parameters
    ----------
    file : str or path
        What ``backup`` wrote.
    path : str or path, optional
        The workspace to fill; found like any other, made where there is none.
    replace : bool
        Take the place of a workspace that has runs; it is moved aside, not deleted.

    Raises
    ------
    InvalidInput
        The file is no backup.
    AlreadyExists
        The workspace has runs, and ``replace`` is false.
    """
    source = Path(file)
    if not source.is_file():
        raise NotFound(f"there is no file {source}.", "Name a file that nbmlops backup wrote.")
    folder = locate_workspace(path, create=True)
    if (folder / FILE).exists() and not replace:
        with _tolerant(folder) as there:
            if there is None or there.summary()["runs"]:
                raise AlreadyExists(
                    f"the workspace {folder} holds runs.",
                    "Restore elsewhere (--workspace FOLDER), or say --force.",
                )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".restore-") as scratch:
        fresh = Path(scratch) / folder.name
        fresh.mkdir()
        try:
            with tarfile.open(source, "r:gz") as tar:
                tar.extractall(fresh, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise InvalidInput(
                f"{source} is not a backup of a workspace: {error}.", "Name a file that nbmlops backup wrote."
            ) from error
        if not (fresh / _MANIFEST).exists() or not (fresh / FILE).exists():
            raise InvalidInput(f"{source} is not a backup of a workspace.", "Name a file that nbmlops backup wrote.")
        (fresh / _MANIFEST).unlink()
        with Workspace(fresh) as restored:
            summary = restored.summary()
        (fresh / ".gitignore").write_text("*\n", encoding="utf-8")
        aside = folder.with_name(f"{folder.name}-before-{now()[:19].replace(':', '')}")
        if any(item.name != ".gitignore" for item in folder.iterdir()):
            folder.rename(aside)
            summary["moved_aside"] = str(aside)
        else:
            (folder / ".gitignore").unlink(missing_ok=True)
            folder.rmdir()
        fresh.rename(folder)
    return {**summary, "workspace": str(folder)}


class _tolerant:  # noqa: N801 - reads as the statement it is used in
    """Opens a workspace for a look, and gives None where it cannot be opened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: Workspace | None = None

    def __enter__(self) -> Workspace | None:
        try:
            self._opened = Workspace(self._folder)
        except WorkspaceUnusable:
            self._opened = None
        return self._opened

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            self._opened.close()
