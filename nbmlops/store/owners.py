"""Whose a blob is, in words: data set versions, files that runs read, what runs kept, models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.store.datasets import DatasetStore
from nbmlops.store.kept_files import KeptFileStore

if TYPE_CHECKING:
    from nbmlops.store.database import Database

_MOST = 500
_READ = """
    SELECT r.name, i.named FROM inputs_read AS i JOIN runs AS r ON r.id = i.run_id
    WHERE i.fingerprint IN ({}) ORDER BY r.id
"""
_WRITTEN = _READ.replace("inputs_read", "outputs_written")
_KEPT = "SELECT r.name, a.name FROM artifacts AS a JOIN runs AS r ON r.id = a.run_id WHERE a.digest = ? ORDER BY r.id"
_MODELS = "SELECT model, version FROM model_versions WHERE digest = ? AND deleted_at IS NULL ORDER BY id"
_NEEDED = """
    SELECT b.digest, v.dataset, v.version FROM dataset_blobs AS b JOIN dataset_versions AS v ON v.id = b.version_id
    WHERE v.deleted_at IS NULL
"""


def needed_blobs(database: Database) -> dict[str, str]:
    """Return every blob that data sets and kept files need, with one that needs it in words."""
    found = {digest: f"the data set {dataset}@{version}" for digest, dataset, version in database.rows(_NEEDED)}
    for digest in KeptFileStore(database).pack_digests() - set(found):
        owners = owners_of(database, digest)
        found[digest] = owners[0] if owners else "a kept file"
    return found


def owners_of(database: Database, blob: str) -> list[str]:
    """Return, in words, what belongs to a blob."""
    files = KeptFileStore(database).users_of(blob)[:_MOST]
    found = [f"the data set {spec}" for spec in DatasetStore(database).users_of(blob, files)]
    read = database.rows(_READ.format(",".join("?" * len(files))), files)
    found += [f"{path}, which the run {run} read" for run, path in read]
    written = database.rows(_WRITTEN.format(",".join("?" * len(files))), files)
    found += [f"{path}, which the run {run} wrote" for run, path in written]
    found += [f"{name} of the run {run}" for run, name in database.rows(_KEPT, [blob])]
    found += [f"the model {model}@{version}" for model, version in database.rows(_MODELS, [blob])]
    return found
