"""Feature views with their versions, what their sources held, and the training sets that were made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound, did_you_mean
from nbmlops.store.ids import new_id, now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbmlops.store.database import Database

TRAINING_SET = "training set "
"""How ``datasets_used.source`` names the training set that a run's data came from, before its id."""

_LISTING = "nbmlops features list   or   %feature list"
_FIELDS = (
    "v.id, v.view AS name, v.version, v.digest, v.definition, v.preview, v.user, v.created_at, "
    "w.tags, w.owner, w.description"
)
_SELECT = (
    f"SELECT {_FIELDS} FROM feature_view_versions AS v JOIN feature_views AS w ON w.name = v.view "
    "WHERE v.deleted_at IS NULL"
)
_USERS = """
    SELECT DISTINCT 1 AS kind, r.id AS id, 'run ' || r.name AS user FROM training_set_views AS t
      JOIN datasets_used AS d ON d.source = 'training set ' || t.training_set_id
      JOIN runs AS r ON r.id = d.run_id AND r.deleted_at IS NULL
    WHERE t.view = :view AND t.version = :version
    UNION ALL
    SELECT DISTINCT 2, m.id, 'model ' || m.model || '@' || m.version FROM training_set_views AS t
      JOIN datasets_used AS d ON d.source = 'training set ' || t.training_set_id
      JOIN runs AS r ON r.id = d.run_id
      JOIN model_versions AS m ON m.run_id IN (r.id, r.parent_id) AND m.deleted_at IS NULL
    WHERE t.view = :view AND t.version = :version
    ORDER BY kind, id
"""
_OF_RUN = """
    SELECT DISTINCT t.view || '@' || t.version, t.training_set_id FROM datasets_used AS d
      JOIN training_set_views AS t ON d.source = 'training set ' || t.training_set_id
      JOIN runs AS r ON r.id = d.run_id
    WHERE r.id = :run OR r.parent_id = :run OR r.id = (SELECT parent_id FROM runs WHERE id = :run)
    ORDER BY 1, 2
"""

Row = dict[str, Any]


class FeatureStore:
    """Reads and writes the tables of feature views and training sets. What it returns is as the tables hold it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add_version(
        self, name: str, digest: str, definition: str, preview: str, user: str | None
    ) -> tuple[int, str | None]:
        """Write a version; its number is one above the highest ever given. A digest that the newest has adds none.

        Returns
        -------
        tuple
            The number, and the id of the version; None where it was there already.
        """
        stamp, number = now(), new_id()
        with self.database.transaction() as connection:
            newest = connection.execute(
                "SELECT version, digest FROM feature_view_versions WHERE view = ? AND deleted_at IS NULL "
                "ORDER BY version DESC LIMIT 1",
                (name,),
            ).fetchone()
            if newest is not None and newest[1] == digest:
                connection.execute(
                    "UPDATE feature_view_versions SET preview = ? WHERE view = ? AND version = ?",
                    (preview, name, newest[0]),
                )
                return int(newest[0]), None
            connection.execute("INSERT OR IGNORE INTO feature_views (name, created_at) VALUES (?, ?)", (name, stamp))
            [(version,)] = connection.execute(
                "UPDATE feature_views SET last_version = last_version + 1 WHERE name = ? RETURNING last_version",
                (name,),
            ).fetchall()
            connection.execute(
                "INSERT INTO feature_view_versions (id, view, version, digest, definition, preview, user, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (number, name, version, digest, definition, preview, user, stamp),
            )
        return int(version), number

    def describe(self, name: str, tags: dict[str, str], owner: str, description: str) -> None:
        """Set what is said about a view; what is empty stays as it was."""
        self.database.write(
            "UPDATE feature_views SET tags = CASE ? WHEN '{}' THEN tags ELSE ? END, "
            "owner = CASE ? WHEN '' THEN owner ELSE ? END, "
            "description = CASE ? WHEN '' THEN description ELSE ? END WHERE name = ?",
            (json.dumps(tags), json.dumps(tags), owner, owner, description, description, name),
        )

    def pin(self, name: str, version: int, sources: Iterable[tuple[str, str]]) -> None:
        """Note which data set versions the frames of a view's cell were, from now on."""
        stamp = now()
        self.database.write_many(
            "INSERT OR REPLACE INTO feature_source_pins (version_id, source, pinned_at, address) "
            "SELECT id, ?, ?, ? FROM feature_view_versions WHERE view = ? AND version = ?",
            [(source, stamp, address, name, version) for source, address in sources],
        )

    def pins(self, version_id: str) -> dict[str, str]:
        """Return the data set version that each frame of a view's version stands for now."""
        rows = self.database.rows(
            "SELECT source, address FROM feature_source_pins WHERE version_id = ? ORDER BY pinned_at", [version_id]
        )
        return {str(source): str(address) for source, address in rows}

    def get(self, name: str, version: int | None) -> Row:
        """Return one version, the newest for None; `NotFound` names what there is.

        Raises
        ------
        NotFound
            No view has the name, or it has no such version.
        """
        rows = self.versions(name)
        if version is None:
            return rows[0]
        for row in rows:
            if row["version"] == version:
                return row
        there = ", ".join(f"{name}@{row['version']}" for row in rows[:12])
        raise NotFound(f"the feature view {name!r} has no version {version}.", f"Versions: {there}")

    def versions(self, name: str) -> list[Row]:
        """Return the versions of a view, newest first."""
        rows = self.database.query(f"{_SELECT} AND v.view = ? ORDER BY v.version DESC", [name])
        if not rows:
            hint = did_you_mean(name, self.names(), _LISTING)
            raise NotFound(f"no feature view named {name!r} in this workspace.", hint)
        return rows

    def newest(self) -> list[Row]:
        """Return the newest version of each view, by name."""
        return self.database.query(
            f"{_SELECT} AND v.version = (SELECT max(version) FROM feature_view_versions AS o "
            "WHERE o.view = v.view AND o.deleted_at IS NULL) ORDER BY v.view"
        )

    def names(self) -> list[str]:
        """Return the names of the views that have a version."""
        rows = self.database.rows(
            "SELECT DISTINCT view FROM feature_view_versions WHERE deleted_at IS NULL ORDER BY view"
        )
        return [name for (name,) in rows]

    def users(self, name: str, version: int) -> list[str]:
        """Return the runs and models that a version's features went into, as ``run rf`` and ``model delay@1``."""
        return [user for _, _, user in self.database.rows(_USERS, {"view": name, "version": version})]

    def mark_deleted(self, name: str, version: int | None, *, deleted: bool) -> int:
        """Delete versions, or take that back; give how many that changed."""
        return self.database.write(
            "UPDATE feature_view_versions SET deleted_at = ? WHERE view = ? AND (? IS NULL OR version = ?) "
            f"AND deleted_at IS {'NULL' if deleted else 'NOT NULL'}",
            (now() if deleted else None, name, version, version),
        )

    def keep_training_set(self, id: str, facts: str, views: Sequence[tuple[str, int]]) -> None:
        """Write a training set; the same again changes nothing."""
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO training_sets (id, facts, created_at) VALUES (?, ?, ?)", (id, facts, now())
            )
            connection.executemany(
                "INSERT OR IGNORE INTO training_set_views (training_set_id, view, version) VALUES (?, ?, ?)",
                [(id, view, version) for view, version in views],
            )

    def training_set(self, id: str) -> Row:
        """Return a training set by its id or the beginning of it.

        Raises
        ------
        NotFound
            There is none, or several begin so.
        """
        rows = self.database.query(
            "SELECT id, facts, created_at FROM training_sets WHERE substr(id, 1, length(?)) = ? LIMIT 2", [id, id]
        )
        if len(rows) != 1 or not id:
            why = "several training sets begin" if rows and id else "no training set begins"
            raise NotFound(f"{why} with {id!r}.", "Its id stands in frame.attrs['nbmlops'] and with the run.")
        return rows[0]

    def training_sets(self, limit: int = 100) -> list[Row]:
        """Return the training sets, newest first."""
        return self.database.query(
            "SELECT id, facts, created_at FROM training_sets ORDER BY created_at DESC LIMIT ?", [limit]
        )

    def note_use(self, run: str, id: str, facts: Row) -> None:
        """Note a training set as a data set of a run; ``facts`` are fingerprint, rows, columns and bytes of it."""
        self.database.write(
            "INSERT OR REPLACE INTO datasets_used (run_id, name, source, fingerprint, kind, rows, columns, bytes) "
            "VALUES (:run, :name, :source, :fingerprint, 'frame', :rows, :columns, :bytes)",
            {"run": run, "name": f"{TRAINING_SET}{id[:8]}", "source": f"{TRAINING_SET}{id}", **facts},
        )

    def of_run(self, run: str) -> list[tuple[str, str]]:
        """Return the views whose features went into a run, as ``weather@2``, each with its training set's id."""
        return [(str(view), str(made)) for view, made in self.database.rows(_OF_RUN, {"run": run})]
