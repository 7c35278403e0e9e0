"""The scratch folder of a replay: copies of what the run read, in the places where its code looks for them."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.datasets.files import fetch_file, file_fingerprint, find_file
from nbmlops.errors import NbmlopsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbmlops.artifacts import LocalStore
    from nbmlops.records import Input
    from nbmlops.store.database import Database

_FICLONE = 0x40049409


@dataclass
class Restored:
    """What became of a run's inputs: the copies by original path, what differs now, what could not be had."""

    copies: dict[str, str] = field(default_factory=dict)
    changed: list[Input] = field(default_factory=list)
    gone: list[tuple[Input, str]] = field(default_factory=list)


class Scratch:
    """A folder that is made for one replay and removed after it.

    ``folder`` is the working folder of the replay; below ``root`` stands the tree of original paths.
    """

    def __init__(self, original_folder: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="nbmlops-replay-")).resolve()
        self.root = self.path / "root"
        self.registry = self.path / "registry"
        for name in ("tmp", "cache", "ipython", "registry"):
            (self.path / name).mkdir()
        self.folder = self.place(original_folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def place(self, path: str | os.PathLike[str]) -> Path:
        """Return where a path of the original machine stands in here."""
        _, tail = os.path.splitdrive(os.path.abspath(path))  # noqa: PTH100 - resolves no links
        return self.root / tail.lstrip("/\\")

    def restore(
        self, database: Database, blobs: LocalStore, inputs: Sequence[Input], *, current: bool = False
    ) -> Restored:
        """Copy inputs in: the file itself while it has the content that was read, else the kept copy.

        Parameters
        ----------
        current : bool
            Take files of data as they are now, whatever was read.
        """
        found = Restored()
        for one in inputs:
            if one.kind not in ("file", "module"):
                continue
            target = self.place(one.path)
            source = Path(one.path)
            same = is_same(source, one)
            if not same and (source.exists() or one.fingerprint is not None):
                found.changed.append(one)
            use_current = current and one.kind == "file"
            try:
                if source.is_file() and (same or use_current):
                    copy_file(source, target)
                elif one.fingerprint is not None and find_file(database, one.fingerprint) is not None:
                    fetch_file(database, blobs, one.fingerprint, target)
                    target.chmod(0o644)
                else:
                    raise NbmlopsError(_why_not_kept(one, source))
            except (OSError, NbmlopsError) as error:
                found.gone.append((one, str(getattr(error, "message", error))))
                continue
            found.copies[os.path.normpath(one.path)] = str(target)
        return found


def is_same(source: Path, one: Input) -> bool:
    """Tell whether a file still holds what the run read."""
    try:
        status = source.stat()
        if one.fingerprint is None or (one.bytes is not None and status.st_size != one.bytes):
            return False
        return file_fingerprint(source)[0] == one.fingerprint
    except (OSError, NbmlopsError):
        return False


def _why_not_kept(one: Input, source: Path) -> str:
    now = "has changed since" if source.exists() else "is gone"
    why = f": {one.kept}" if one.kept not in ("", "kept") else ""
    return f"{one.named} {now}, and no copy was kept{why}"


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, as a clone where the file system can; never as a link: writing through one reaches the original."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as reader, target.open("wb") as writer:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            fcntl.ioctl(writer.fileno(), _FICLONE, reader.fileno())
            return
        shutil.copyfileobj(reader, writer, 1 << 20)


def module_folders(scratch: Scratch, inputs: Iterable[Input], path: Iterable[str]) -> list[str]:
    """Return the places in the scratch folder of those entries of ``sys.path`` below which the run's modules stand."""
    modules = [Path(one.path) for one in inputs if one.kind == "module"]
    found = [str(scratch.folder)]
    found += [str(scratch.place(entry)) for entry in path if any(Path(entry) in module.parents for module in modules)]
    return list(dict.fromkeys(found))
