"""Registered models: versions whose numbers are never used twice, and aliases whose every change is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound, did_you_mean
from nbmlops.records import ModelVersion
from nbmlops.store.ids import new_id, now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.store.database import Database

_LISTING = "nbmlops models list   or   %nbmlops models list"
_SELECT = """
    SELECT v.model AS name, v.version, v.run_id AS run, v.variable, v.flavor, v.digest, v.sha256, v.bytes, v.facts,
      v.user, v.created_at,
      (SELECT json_group_array(alias) FROM model_aliases AS a
       WHERE a.model = v.model AND a.version = v.version) AS aliases,
      (SELECT json_group_object(name, value) FROM last_metrics WHERE run_id = v.run_id) AS metrics
    FROM model_versions AS v WHERE v.deleted_at IS NULL
"""


class ModelStore:
    """Reads and writes the model tables of a registry."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add_version(self, model: str, values: dict[str, Any], alias: str | None, user: str | None) -> ModelVersion:
        """Write a new version, its number one above the highest ever given, and move an alias to it if one is named."""
        stamp = now()
        with self.database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO registered_models VALUES (?, ?, 0)", (model, stamp))
            [(version,)] = connection.execute(
                "UPDATE registered_models SET last_version = last_version + 1 WHERE name = ? RETURNING last_version",
                (model,),
            ).fetchall()
            row = {
                **values,
                "facts": json.dumps(values["facts"]),
                "id": new_id(),
                "model": model,
                "version": version,
            }
            connection.execute(_INSERT_VERSION, {**row, "user": user, "created_at": stamp})
            if alias:
                connection.execute(_CHANGE_ALIAS, (new_id(), model, alias, version, user, stamp))
        return self.get(model, version)

    def get(self, model: str, version: int) -> ModelVersion:
        """Return one version; `NotFound` names the versions there are."""
        rows = self.database.query(f"{_SELECT} AND v.model = ? AND v.version = ?", [model, version])
        if not rows:
            there = ", ".join(f"{model}@{item.version}" for item in self.versions(model))
            raise NotFound(f"{model!r} has no version {version}.", f"Versions: {there}")
        return _record(rows[0])

    def profile(self, model: str, version: int) -> dict[str, Any] | None:
        """Return the profile of what a version was trained on, or None where none was captured."""
        rows = self.database.rows("SELECT facts FROM model_versions WHERE model = ? AND version = ?", [model, version])
        found: dict[str, Any] | None = json.loads(rows[0][0]).get("profile") if rows else None
        return found

    def versions(self, model: str) -> list[ModelVersion]:
        """Return all versions of a model, newest first.

        Raises
        ------
        NotFound
            No model has the name.
        """
        rows = self.database.query(f"{_SELECT} AND v.model = ? ORDER BY v.version DESC", [model])
        if not rows:
            raise NotFound(f"no model named {model!r} in this workspace.", did_you_mean(model, self.names(), _LISTING))
        return [_record(row) for row in rows]

    def all(self) -> list[ModelVersion]:
        """Return every version of every model, by name, newest version first."""
        return [_record(row) for row in self.database.query(f"{_SELECT} ORDER BY v.model, v.version DESC")]

    def registered_by(self, runs: Iterable[str]) -> dict[str, int]:
        """Return the newest version of each model that runs, or their children, have registered."""
        rows = self.database.rows(
            "SELECT model, max(version) FROM model_versions WHERE deleted_at IS NULL AND run_id IN ("
            "SELECT value FROM json_each(?1) UNION SELECT id FROM runs WHERE parent_id IN "
            "(SELECT value FROM json_each(?1))) GROUP BY model ORDER BY model",
            [json.dumps(list(runs))],
        )
        return dict(rows)

    def names(self) -> list[str]:
        """Return the names of the models that have a version."""
        return [
            name
            for (name,) in self.database.rows(
                "SELECT DISTINCT model FROM model_versions WHERE deleted_at IS NULL ORDER BY model"
            )
        ]

    def aliased(self, model: str, alias: str) -> ModelVersion:
        """Return the version that an alias points to; `NotFound` names the aliases there are."""
        versions = self.versions(model)
        for version in versions:
            if alias in version.aliases:
                return version
        aliases = [name for version in versions for name in version.aliases]
        hint = did_you_mean(alias, aliases, f"nbmlops models show {model}")
        raise NotFound(f"model {model!r} has no alias {alias!r}.", hint)

    def move_alias(self, model: str, alias: str, version: int | None, user: str | None) -> None:
        """Point an alias to a version, or to nothing; the change is added, never overwritten."""
        self.database.write(_CHANGE_ALIAS, (new_id(), model, alias, version, user, now()))

    def alias_history(self, model: str) -> list[dict[str, Any]]:
        """Return every change of a model's aliases, newest first."""
        return self.database.query(
            "SELECT alias, version, user, changed_at FROM alias_changes WHERE model = ? ORDER BY id DESC",
            [model],
        )

    def find_digest(self, digest: str) -> bool:
        """Tell whether a version of this registry has a content digest."""
        return bool(self.database.rows("SELECT 1 FROM model_versions WHERE digest = ? LIMIT 1", [digest]))


_INSERT_VERSION = """
    INSERT INTO model_versions
      (id, model, version, run_id, variable, flavor, digest, sha256, bytes, facts, user, created_at)
    VALUES (:id, :model, :version, :run, :variable, :flavor, :digest, :sha256, :bytes, :facts, :user, :created_at)
"""
_CHANGE_ALIAS = "INSERT INTO alias_changes (id, model, alias, version, user, changed_at) VALUES (?, ?, ?, ?, ?, ?)"


def _record(row: dict[str, Any]) -> ModelVersion:
    facts = json.loads(row.pop("facts"))
    metrics = json.loads(row.pop("metrics"))
    aliases = tuple(sorted(json.loads(row.pop("aliases"))))
    return ModelVersion(
        **row,
        aliases=aliases,
        metrics=metrics or facts.get("metrics", {}),
        signature=facts.get("signature", {}),
        samples=facts.get("samples"),
        lineage=facts.get("lineage", {}),
    )
