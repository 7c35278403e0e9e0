"""What nothing refers to any more, removed: blobs, rebuilt environments, temporary files of dead writers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from nbmlops.artifacts.local import YOUNG
from nbmlops.datasets import upkeep
from nbmlops.store.ids import now
from nbmlops.store.owners import count_deleted, referred_blobs

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.artifacts import LocalStore
    from nbmlops.datasets import Datasets
    from nbmlops.environments import Environments
    from nbmlops.tracking.recorder import Recorder


def collect(
    recorder: Recorder,
    datasets: Datasets,
    environments: Environments,
    blobs: LocalStore,
    cache: Path,
    *,
    dry_run: bool,
    deleted: bool,
) -> dict[str, Any]:
    """Remove what nothing refers to; give what that was, in numbers.

    Parameters
    ----------
    recorder, datasets, environments, blobs
        Of the workspace.
    cache : Path
        Copies of files that are kept as blobs.
    dry_run : bool
        Only count.
    deleted : bool
        Also erase runs and versions of data sets that were deleted, for good.
    """
    database = recorder.database
    runs, versions = count_deleted(database) if deleted else (0, 0)
    if deleted and not dry_run:
        runs, versions = len(recorder.writer.purge_deleted(now())), datasets.purge_deleted()
    recorder.background.wait()
    removed = environments.remove_unused(dry_run=dry_run)
    if not dry_run:
        upkeep.forget_unused(database, YOUNG)
    used = referred_blobs(database) | upkeep.blobs_in_use(database, YOUNG)
    unused = [
        (digest, size)
        for digest, size in blobs.digests()
        if digest not in used and blobs.age(digest) > YOUNG  # a writer may be about to refer to a young one
    ]
    if not dry_run:
        for digest, _ in unused:
            blobs.remove(digest)
        shutil.rmtree(cache, ignore_errors=True)
        for leftover in blobs.leftovers():
            leftover.unlink(missing_ok=True)
    return {
        "blobs_removed": len(unused),
        "bytes_freed": sum(size for _, size in unused),
        "runs_erased": runs,
        "versions_erased": versions,
        "environments_removed": removed,
        "dry_run": dry_run,
    }
