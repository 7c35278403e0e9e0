"""What of a workspace is damaged: every blob and the registry are read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.datasets import upkeep
from nbmlops.errors import NotFound, WorkspaceUnusable
from nbmlops.store.owners import needed_blobs, owners_of, promised_blobs

if TYPE_CHECKING:
    from nbmlops.artifacts import LocalStore
    from nbmlops.store.database import Database


def damage_in(database: Database, blobs: LocalStore) -> list[str]:
    """Return what is damaged, in words; nothing where all is well."""
    found = [f"registry: {line}" for line in database.check()]
    for digest, _ in blobs.digests():
        try:
            blobs.open_reader(digest).close()
        except (NotFound, WorkspaceUnusable, RuntimeError) as error:
            said = str(getattr(error, "message", error)).rstrip(".")
            found.append(f"{said}; {upkeep.named(owners_of(database, digest))}")
    there = {digest for digest, _ in blobs.digests()}
    for digest, name in promised_blobs(database):
        if digest not in there:
            found.append(f"{name} is gone: its blob {digest[:13]}… is missing")
    for digest, owner in needed_blobs(database).items():
        if digest not in there:
            found.append(f"{owner} is damaged: its blob {digest[:13]}… is missing")
    return found
