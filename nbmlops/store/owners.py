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
_REFERRED = "SELECT digest FROM artifacts UNION SELECT digest FROM model_versions"
_PROMISED = """
    SELECT digest, 'the file ' || name FROM artifacts UNION
    SELECT digest, 'the model ' || model || '@' || version FROM model_versions WHERE deleted_at IS NULL
"""
_DELETED = """
    SELECT (SELECT count(*) FROM runs WHERE deleted_at IS NOT NULL),
      (SELECT count(*) FROM dataset_versions WHERE deleted_at IS NOT NULL)
"""


def referred_blobs(database: Database) -> set[str]:
    """Return every blob that runs and models refer to, deleted ones too: they can be taken back."""
    return {digest for (digest,) in database.rows(_REFERRED)}


def promised_blobs(database: Database) -> list[tuple[str, str]]:
    """Return every blob that a run or a model has to give, with which that is in words."""
    return [(digest, name) for digest, name in database.rows(_PROMISED)]


def count_deleted(database: Database) -> tuple[int, int]:
    """Return how many runs, and how many versions of data sets, are deleted and can still be taken back."""
    [(runs, versions)] = database.rows(_DELETED)
    return int(runs), int(versions)


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
