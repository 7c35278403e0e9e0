"""Pipeline runs and their steps, as the registry knows them. A pipeline run is a run; a step that ran is its child."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbmlops.store.facts import merged
from nbmlops.store.ids import now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.store.database import Database

_STEP = "INSERT INTO step_runs (pipeline_run_id, step, position, notebook, needs) VALUES (?, ?, ?, ?, ?)"
_COLUMNS = frozenset({"action", "status", "reason", "seconds", "attempts", "run_id", "key", "facts", "started_at"})
# a step run of a pipeline run that is deleted still did what it did: only an erased run is not known any more
_EARLIER = """
    SELECT s.run_id, s.facts, p.folder FROM step_runs AS s JOIN runs AS r ON r.id = s.run_id
    JOIN pipeline_runs AS p ON p.run_id = s.pipeline_run_id
    WHERE s.key = ? AND s.status = 'ran' AND r.status = 'finished' AND r.deleted_at IS NULL
    ORDER BY s.run_id DESC LIMIT ?
"""
_LAST = """
    SELECT s.run_id, s.facts, s.status FROM step_runs AS s JOIN pipeline_runs AS p ON p.run_id = s.pipeline_run_id
    WHERE p.folder = ? AND s.step = ? AND s.status IN ('ran', 'failed') ORDER BY s.pipeline_run_id DESC LIMIT 1
"""
_RUNS = """
    SELECT run_id FROM (
      SELECT p.run_id,
        row_number() OVER (PARTITION BY coalesce(p.file, p.folder || '/' || p.pipeline) ORDER BY p.run_id DESC) AS place
      FROM pipeline_runs AS p JOIN runs AS r ON r.id = p.run_id
      WHERE r.deleted_at IS NULL AND (? IS NULL OR p.pipeline = ?)
    ) WHERE NOT ? OR place = 1 ORDER BY run_id DESC LIMIT ?
"""


class PipelineStore:
    """Reads and writes pipeline runs."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def create(
        self,
        run: str,
        *,
        pipeline: str,
        file: str | None,
        folder: str,
        definition: dict[str, Any],
        params: dict[str, Any],
        cause: str,
        steps: Iterable[tuple[str, str, tuple[str, ...]]],
    ) -> None:
        """Note a pipeline run that has been opened, with its steps: name, notebook and needs of each."""
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO pipeline_runs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run, pipeline, file, folder, json.dumps(definition), json.dumps(params, default=str), cause),
            )
            connection.executemany(
                _STEP,
                [(run, step, at, notebook, json.dumps(needs)) for at, (step, notebook, needs) in enumerate(steps)],
            )

    def update(self, run: str, step: str, **columns: Any) -> None:
        """Set what is known of a step: its action, status, reason, seconds, attempts, run, key, facts."""
        assert columns.keys() <= _COLUMNS, columns
        if columns.get("status") == "running":
            columns.setdefault("started_at", now())
        values = [json.dumps(value, default=str) if name == "facts" else value for name, value in columns.items()]
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self.database.write(
            f"UPDATE step_runs SET {assignments} WHERE pipeline_run_id = ? AND step = ?", (*values, run, step)
        )

    def note(self, run: str, step: str, **facts: Any) -> None:
        """Note more of a step beside the facts of what it was: ``gates``, ``promoted``."""
        with self.database.transaction() as connection:
            [(before,)] = connection.execute(
                "SELECT facts FROM step_runs WHERE pipeline_run_id = ? AND step = ?", (run, step)
            ).fetchall()
            connection.execute(
                "UPDATE step_runs SET facts = ? WHERE pipeline_run_id = ? AND step = ?",
                (json.dumps(merged(json.loads(before), facts), default=str), run, step),
            )

    def steps(self, run: str) -> list[dict[str, Any]]:
        """Return what is known of the steps of a pipeline run, in their order."""
        rows = self.database.query(
            "SELECT s.*, r.name AS run_name, r.error FROM step_runs AS s LEFT JOIN runs AS r ON r.id = s.run_id "
            "WHERE pipeline_run_id = ? ORDER BY position",
            [run],
        )
        for row in rows:
            row["needs"], row["facts"] = json.loads(row["needs"]), json.loads(row["facts"])
        return rows

    def get(self, run: str) -> dict[str, Any] | None:
        """Return what was noted of a pipeline run when it began, or None where the run is none."""
        rows = self.database.query("SELECT * FROM pipeline_runs WHERE run_id = ?", [run])
        for row in rows:
            row["definition"], row["params"] = json.loads(row["definition"]), json.loads(row["params"])
        return rows[0] if rows else None

    def names(self) -> list[str]:
        """Return the names of the pipelines that have run."""
        rows = self.database.rows(
            "SELECT DISTINCT p.pipeline FROM pipeline_runs AS p JOIN runs AS r ON r.id = p.run_id "
            "WHERE r.deleted_at IS NULL ORDER BY p.pipeline"
        )
        return [name for (name,) in rows]

    def runs(self, pipeline: str | None = None, limit: int | None = None, *, latest: bool = False) -> list[str]:
        """Return the ids of pipeline runs, newest first; with ``latest`` only the newest one of each pipeline.

        Two files are two pipelines, whatever they are called; without a file, folder and name say which it is.
        """
        rows = self.database.rows(_RUNS, [pipeline, pipeline, latest, -1 if limit is None else limit])
        return [run for (run,) in rows]

    def earlier(self, key: str, limit: int) -> list[tuple[str, dict[str, Any], str]]:
        """Return the finished runs of steps with a key, newest first, with what was noted, and the folder then."""
        rows = self.database.rows(_EARLIER, [key, limit])
        return [(run, json.loads(facts), folder) for run, facts, folder in rows]

    def of_run(self, run: str) -> tuple[dict[str, Any], str] | None:
        """Return what was noted of the step that a run was, and its folder."""
        rows = self.database.rows(
            "SELECT s.facts, p.folder FROM step_runs AS s JOIN pipeline_runs AS p ON p.run_id = s.pipeline_run_id "
            "WHERE s.run_id = ? ORDER BY p.run_id LIMIT 1",
            [run],
        )
        return (json.loads(rows[0][0]), rows[0][1]) if rows else None

    def carry_over(self, before: str, run: str) -> None:
        """Give a run that went on where another one had stopped what that one had read and written."""
        with self.database.transaction() as connection:
            [(most,)] = connection.execute(
                "SELECT coalesce(max(position), -1) FROM inputs_read WHERE run_id = ?", (run,)
            ).fetchall()
            connection.execute(
                "INSERT OR IGNORE INTO inputs_read SELECT ?, ? + 1 + position, path, named, kind, fingerprint, bytes, "
                "modified_at, kept FROM inputs_read WHERE run_id = ?",
                (run, most, before),
            )
            connection.execute(
                "INSERT OR IGNORE INTO outputs_written SELECT ?, path, named, fingerprint, bytes, kept "
                "FROM outputs_written WHERE run_id = ?",
                (run, before),
            )
            facts = {
                one: json.loads(text)
                for one, text in connection.execute(
                    "SELECT run_id, facts FROM captures WHERE run_id IN (?, ?)", (before, run)
                ).fetchall()
            }
            earlier = facts.get(before, {})
            more = {
                "resumed_from": before,
                "listed": earlier.get("listed", {}),
                "names": {f"{before[-8:]}.{at}": names for at, names in earlier.get("names", {}).items()},
            }
            connection.execute(
                "UPDATE captures SET facts = ? WHERE run_id = ?", (json.dumps(merged(facts.get(run, {}), more)), run)
            )

    def last(self, folder: str, step: str) -> tuple[str | None, dict[str, Any], str] | None:
        """Return run, facts and status of the newest run of a step in a folder, or None where it never ran."""
        rows = self.database.rows(_LAST, [folder, step])
        return (rows[0][0], json.loads(rows[0][1]), rows[0][2]) if rows else None
