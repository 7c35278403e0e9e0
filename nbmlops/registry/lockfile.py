"""``nbmlops.lock``: one line a fact, sorted, so that Git merges it: what every alias and data set stands for.

It also pins what the steps of the newest run of each pipeline came to, so that ``nbmlops ci`` has something to compare
with in a clone that has no registry.

>>> print(HEAD.splitlines()[0])
# nbmlops.lock: what the registry's names stand for. Written by: nbmlops lock
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.registry.pinned_steps import pinned_lines
from nbmlops.store.datasets import DatasetStore
from nbmlops.store.models import ModelStore

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.records import ModelVersion
    from nbmlops.store.database import Database

FILE = "nbmlops.lock"
HEAD = "# nbmlops.lock: what the registry's names stand for. Written by: nbmlops lock\n"


def lock_lines(database: Database) -> list[str]:
    """Return the lines that pin models with an alias (model, data, code, metrics), data sets, and steps."""
    lines = set()
    for version in ModelStore(database).all():
        for alias in version.aliases:
            lines |= _model_lines(database, version, f"{version.name}@{alias}")
    for dataset in DatasetStore(database).newest():
        lines.add(f"dataset {dataset.dataset} version {dataset.version} {dataset.fingerprint}")
    return sorted(lines | pinned_lines(database))


def _model_lines(database: Database, version: ModelVersion, name: str) -> set[str]:
    lines = {f"model {name} version {version.version} sha256:{version.sha256}"}
    for used in version.lineage.get("datasets") or []:
        if used.get("fingerprint"):
            lines.add(f"data {name} {used['name']} {used['fingerprint']}")
    lines |= {f"metric {name} {metric} {value!r}" for metric, value in version.metrics.items()}
    code = _code_digest(database, version.run)
    if code:
        lines.add(f"code {name} {code}")
    return lines


def _code_digest(database: Database, run: str | None) -> str:
    """Return the digest of the slice that a run was made by; empty where no code was captured."""
    from blake3 import blake3

    cells = database.rows("SELECT digest FROM slices WHERE run_id = ? ORDER BY position", [run])
    text = "\n".join(digest for (digest,) in cells)
    return f"b3:{blake3(text.encode()).hexdigest()}" if cells else ""


def write_lock(database: Database, file: Path) -> list[str]:
    """Write the lock file; give its lines."""
    lines = lock_lines(database)
    scratch = file.with_name(f".{file.name}.new")
    scratch.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    scratch.replace(file)
    return lines


def check_lock(database: Database, file: Path) -> tuple[list[str], list[str]]:
    """Return the lines that only the file has, and those that only the registry has.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        A merge has left its marks in it.
    """
    if not file.is_file():
        raise NotFound(f"there is no file {file}.", "Write it: nbmlops lock")
    text = file.read_text(encoding="utf-8").splitlines()
    if any(line.startswith(("<<<<<<<", "=======", ">>>>>>>")) for line in text):
        raise InvalidInput(f"{file} has the marks of a merge that was not finished.", "Write it anew: nbmlops lock")
    pinned = {line.strip() for line in text if line.strip() and not line.startswith("#")}
    there = set(lock_lines(database))
    return sorted(pinned - there), sorted(there - pinned)
