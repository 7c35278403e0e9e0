"""One file that holds a whole workspace: written while others work in it, and read again."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import AlreadyExists, InvalidInput, NotFound
from nbmlops.store.database import FILE
from nbmlops.store.ids import now
from nbmlops.store.online import FILE as ONLINE
from nbmlops.tracking.recorder import BLOBS

if TYPE_CHECKING:
    from nbmlops.artifacts import LocalStore
    from nbmlops.features.online.store import Online
    from nbmlops.store.database import Database

MANIFEST = "backup.json"


def check_target(target: Path, *, replace: bool) -> None:
    """Refuse a place where no backup may be written.

    Raises
    ------
    AlreadyExists
        The file is there; ``replace`` allows to write over it.
    NotFound
        There is no such folder.
    """
    if target.exists() and not replace:
        raise AlreadyExists(f"{target} is there already.", "Choose another name, or say --force.")
    if not target.parent.is_dir():
        raise NotFound(f"there is no folder {target.parent}.", "Make it first.")


def pack(
    target: Path, facts: dict[str, Any], database: Database, blobs: LocalStore, online: Online, settings: Path
) -> None:
    """Write one consistent copy of a workspace.

    Parameters
    ----------
    target : Path
        The file; what is there is replaced when the new one is whole.
    facts : dict
        What it holds, in numbers.
    database, blobs, online : Database, LocalStore, Online
        What is copied.
    settings : Path
        The workspace's settings, where it has a file of them.
    """
    with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".backup-") as folder:
        copy = Path(folder) / FILE
        database.backup_to(copy)
        whole = Path(folder) / "whole"
        with tarfile.open(whole, "w:gz", compresslevel=1) as tar:
            data = json.dumps({"format": 1, "made_at": now(), **facts}).encode()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
            tar.add(copy, FILE)
            if online.backup_to(other := Path(folder) / ONLINE):
                tar.add(other, ONLINE)
            if blobs.folder.exists():
                tar.add(blobs.folder, BLOBS, filter=lambda item: None if "writing-" in item.name else item)
            if settings.exists():
                tar.add(settings, settings.name)
        whole.replace(target)


def unpack(source: Path, folder: Path) -> None:
    """Read a backup into an empty folder.

    Raises
    ------
    InvalidInput
        The file is no backup.
    """
    hint = "Name a file that nbmlops backup wrote."
    try:
        with tarfile.open(source, "r:gz") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InvalidInput(f"{source} is not a backup of a workspace: {error}.", hint) from error
    if not (folder / MANIFEST).exists() or not (folder / FILE).exists():
        raise InvalidInput(f"{source} is not a backup of a workspace.", hint)
    (folder / MANIFEST).unlink()
