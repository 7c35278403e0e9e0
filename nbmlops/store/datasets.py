"""Data sets: versions whose numbers are never used twice, each with its recipe and the blobs that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound, did_you_mean
from nbmlops.records import DatasetVersion
from nbmlops.store.ids import new_id, now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.store.database import Database

_LISTING = "nbmlops datasets list   or   %nbmlops datasets list"
_FIELDS = "dataset, version, kind, fingerprint, rows, columns, bytes, bytes_added, created_at, note, source, user"
_SELECT = f"SELECT {_FIELDS} FROM dataset_versions WHERE deleted_at IS NULL"
_INSERT = """
    INSERT INTO dataset_versions (id, dataset, version, kind, fingerprint, order_digest, rows, columns,
      bytes, bytes_added, note, source, recipe, user, created_at)
    VALUES (:id, :dataset, :version, :kind, :fingerprint, :order_digest, :rows, :columns, :bytes, :bytes_added,
      :note, :source, :recipe, :user, :created_at)
"""


class DatasetStore:
    """Reads and writes the tables of data sets."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add_version(
        self,
        dataset: str,
        values: dict[str, Any],
        blobs: Iterable[str] = (),
        files: Iterable[tuple[str, str, int]] = (),
    ) -> DatasetVersion:
        """Write a version whole, in one transaction; its number is one above the highest ever given.

        Parameters
        ----------
        dataset : str
            The name; made where it is new.
        values : dict
            The columns of the table but number, id and time.
        blobs : iterable of str
            What the version needs.
        files : iterable of tuple
            Path, fingerprint and size of each kept file that it is made of.
        """
        stamp, number = now(), new_id()
        with self.database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO datasets VALUES (?, ?, 0)", (dataset, stamp))
            [(version,)] = connection.execute(
                "UPDATE datasets SET last_version = last_version + 1 WHERE name = ? RETURNING last_version", (dataset,)
            ).fetchall()
            row = {**values, "id": number, "dataset": dataset, "version": version, "created_at": stamp}
            connection.execute(_INSERT, row)
            connection.executemany(
                "INSERT INTO dataset_blobs (version_id, digest) VALUES (?, ?)", [(number, digest) for digest in blobs]
            )
            connection.executemany(
                "INSERT INTO dataset_files (version_id, path, fingerprint, bytes) VALUES (?, ?, ?, ?)",
                [(number, *file) for file in files],
            )
        return self.get(dataset, version)

    def get(self, dataset: str, version: int) -> DatasetVersion:
        """Return one version; `NotFound` names the versions there are."""
        rows = self.database.query(f"{_SELECT} AND dataset = ? AND version = ?", [dataset, version])
        if not rows:
            there = ", ".join(item.spec for item in self.versions(dataset)[:12])
            raise NotFound(f"{dataset!r} has no version {version}.", f"Versions: {there}")
        return DatasetVersion(**rows[0])

    def versions(self, dataset: str) -> list[DatasetVersion]:
        """Return the versions of a data set, newest first.

        Raises
        ------
        NotFound
            No data set has the name.
        """
        rows = self.database.query(f"{_SELECT} AND dataset = ? ORDER BY version DESC", [dataset])
        if not rows:
            hint = did_you_mean(dataset, self.names(), _LISTING)
            raise NotFound(f"no data set named {dataset!r} in this workspace.", hint)
        return [DatasetVersion(**row) for row in rows]

    def newest(self) -> list[DatasetVersion]:
        """Return the newest version of each data set, by name."""
        rows = self.database.query(
            f"{_SELECT} AND version = (SELECT max(version) FROM dataset_versions AS o "
            "WHERE o.dataset = dataset_versions.dataset AND o.deleted_at IS NULL) ORDER BY dataset"
        )
        return [DatasetVersion(**row) for row in rows]

    def names(self) -> list[str]:
        """Return the names of the data sets that have a version."""
        return [
            name
            for (name,) in self.database.rows(
                "SELECT DISTINCT dataset FROM dataset_versions WHERE deleted_at IS NULL ORDER BY dataset"
            )
        ]

    def specs(self) -> list[str]:
        """Return every version's name, newest first."""
        rows = self.database.rows(
            "SELECT dataset || '@' || version FROM dataset_versions WHERE deleted_at IS NULL ORDER BY id DESC"
        )
        return [spec for (spec,) in rows]

    def recipes(self, dataset: str, limit: int) -> list[tuple[int, str, str, str, str]]:
        """Return version, kind, fingerprint, order digest and recipe of the newest versions, newest first."""
        return [
            (int(row[0]), str(row[1]), str(row[2]), str(row[3]), str(row[4]))
            for row in self.database.rows(
                "SELECT version, kind, fingerprint, order_digest, recipe FROM dataset_versions "
                "WHERE dataset = ? AND deleted_at IS NULL ORDER BY version DESC LIMIT ?",
                [dataset, limit],
            )
        ]

    def recipe(self, dataset: str, version: int) -> str:
        """Return the recipe of a version."""
        [(text,)] = self.database.rows(
            "SELECT recipe FROM dataset_versions WHERE dataset = ? AND version = ?", [dataset, version]
        )
        return str(text)

    def files(self, dataset: str, version: int) -> list[tuple[str, str, int]]:
        """Return path, fingerprint and size of the files that a version is made of."""
        return [
            (str(path), str(fingerprint), int(size))
            for path, fingerprint, size in self.database.rows(
                "SELECT f.path, f.fingerprint, f.bytes FROM dataset_files AS f JOIN dataset_versions AS v "
                "ON v.id = f.version_id WHERE v.dataset = ? AND v.version = ? ORDER BY f.path",
                [dataset, version],
            )
        ]

    def with_fingerprint(self, fingerprint: str) -> list[DatasetVersion]:
        """Return the versions with a content, newest first."""
        rows = self.database.query(f"{_SELECT} AND fingerprint = ? ORDER BY id DESC", [fingerprint])
        return [DatasetVersion(**row) for row in rows]

    def mark_deleted(self, dataset: str, version: int | None, *, deleted: bool) -> int:
        """Delete versions, or take that back; give how many that changed."""
        return self.database.write(
            f"UPDATE dataset_versions SET deleted_at = ? WHERE dataset = ? AND (? IS NULL OR version = ?) "
            f"AND deleted_at IS {'NULL' if deleted else 'NOT NULL'}",
            (now() if deleted else None, dataset, version, version),
        )

    def purge_deleted(self) -> int:
        """Take the records of deleted versions away for good; give how many those were."""
        return self.database.write("DELETE FROM dataset_versions WHERE deleted_at IS NOT NULL")

    def blobs(self) -> set[str]:
        """Return every blob that a version needs, deleted ones too: they can be taken back."""
        return {digest for (digest,) in self.database.rows("SELECT DISTINCT digest FROM dataset_blobs")}

    def users_of(self, blob: str, files: list[str]) -> list[str]:
        """Return the versions that need a blob, or one of some kept files."""
        marks = ",".join("?" * len(files))
        rows = self.database.rows(
            "SELECT DISTINCT v.dataset || '@' || v.version FROM dataset_versions AS v WHERE v.deleted_at IS NULL AND ("
            "v.id IN (SELECT version_id FROM dataset_blobs WHERE digest = ?) OR "
            f"v.id IN (SELECT version_id FROM dataset_files WHERE fingerprint IN ({marks}))) ORDER BY v.id",
            [blob, *files],
        )
        return [spec for (spec,) in rows]
