"""Reading runs: one page of records, one run in full, and what a person may call a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.records import Artifact, Input, Metric, Output, Run, RunDetail, SliceCell, UsedDataset
from nbmlops.store.directions import Direction, known_direction
from nbmlops.store.filters import FIELDS, RUN, Known, parse_filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.store.database import Database

_OF_RUNS = "WHERE run_id IN (SELECT value FROM json_each(?))"
_ROW = """r.id, r.parent_id AS parent, r.name, r.experiment, r.status, r.started_at, r.duration_s, r.verdict, r.starred,
    r.archived_at AS archived, r.note, r.error, r.notebook"""


class RunReader:
    """Reads runs from a registry."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def known(self) -> Known:
        """Return the names of metrics, params and tags that exist."""
        return Known(
            *(
                frozenset(name for (name,) in self.database.rows(_distinct_names(table)))
                for table in ("last_metrics", "params", "tags")
            )
        )

    def list_runs(
        self,
        filter: str = "",
        sort: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        *,
        archived: bool = False,
    ) -> list[Run]:
        """Return runs, newest first or as sorted; runs without the metric sorted by come last."""
        where, values = self._where(
            filter, archived=archived, sorted_by=sort and sort.lstrip("-+").removeprefix("metric.")
        )
        size = -1 if limit is None else limit
        if sort is None:
            ids = self._ids(f"runs AS r WHERE {where} ORDER BY r.id DESC", values, size, offset)
        else:
            ids = self._sorted_ids(sort, where, values, size, offset)
        return self.by_ids(ids)

    def count(self, filter: str = "", *, archived: bool = False) -> int:
        """Return how many runs a filter keeps."""
        where, values = self._where(filter, archived=archived)
        return int(self.database.rows(f"SELECT count(*) FROM runs AS r WHERE {where}", values)[0][0])

    def _where(self, filter: str, *, archived: bool, sorted_by: str | None = None) -> tuple[str, list[Any]]:
        names = self.known() if filter.strip() else Known()
        if filter.strip() and not names.all()[len(FIELDS) :] and not self.database.rows("SELECT 1 FROM runs LIMIT 1"):
            return "0", []  # nothing is there yet, so no name can be wrong
        where, values = parse_filter(filter, names, sorted_by)
        return (
            f"r.deleted_at IS NULL AND r.archived_at IS {'NOT ' if archived else ''}NULL AND {where}",
            values,
        )

    def _ids(self, rest: str, values: Sequence[Any], limit: int, offset: int) -> list[str]:
        sql = f"SELECT r.id FROM {rest} LIMIT ? OFFSET ?"
        return [row[0] for row in self.database.rows(sql, [*values, limit, offset])]

    def _sorted_ids(self, sort: str, where: str, values: list[Any], limit: int, offset: int) -> list[str]:
        backwards = sort.startswith("-")
        name = sort.lstrip("-+")
        if name in FIELDS and name != "data":
            order = "DESC" if backwards else "ASC"
            rest = f"runs AS r WHERE {where} ORDER BY {FIELDS[name]} IS NULL, {FIELDS[name]} {order}, r.id DESC"
            return self._ids(rest, values, limit, offset)
        known = self.known()
        bare = name.partition(".")[2] if name.startswith(("metric.", "param.", "tag.")) else name
        kinds = [name.partition(".")[0]] if bare != name else known.kinds_of(name)
        if not kinds:
            if not known.all()[len(FIELDS) :]:
                return self._ids(f"runs AS r WHERE {where} ORDER BY r.id DESC", values, limit, offset)
            raise InvalidInput(
                f"runs cannot be sorted by {name!r}: no run has it.",
                did_you_mean(name, known.all(), "nbmlops runs list --json"),
            )
        table = {"metric": "last_metrics", "param": "params", "tag": "tags"}[kinds[0]]
        falling = kinds[0] == "metric" and self.direction(bare) == "higher"
        order = "DESC" if falling != backwards else "ASC"
        with_it = (
            f"{table} AS s CROSS JOIN runs AS r ON r.id = s.run_id "
            f"WHERE s.name = ? AND s.value IS NOT NULL AND {_before_join(where)} ORDER BY s.value {order}, r.id DESC"
        )
        ids = self._ids(with_it, [bare, *values], limit, offset)
        if limit >= 0 and len(ids) >= limit:
            return ids
        counted = len(ids) + offset if ids or not offset else self._count_with(with_it, [bare, *values])
        without = (
            f"runs AS r WHERE {where} AND NOT EXISTS (SELECT 1 FROM {table} WHERE run_id = r.id AND name = ? "
            f"AND value IS NOT NULL) ORDER BY r.id DESC"
        )
        still_wanted = limit - len(ids) if limit >= 0 else -1
        return ids + self._ids(without, [*values, bare], still_wanted, max(0, offset - counted))

    def _count_with(self, rest: str, values: list[Any]) -> int:
        return int(self.database.rows(f"SELECT count(*) FROM {rest}", values)[0][0])

    def by_ids(self, ids: Sequence[str]) -> list[Run]:
        """Return the records of runs, in the order of the ids."""
        rows = {run["id"]: run for run in self._row_dicts(ids)}
        return [Run(**rows[run]) for run in ids if run in rows]

    def _row_dicts(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        wanted = [json.dumps(list(ids))]
        rows = self.database.query(
            f"SELECT {_ROW} FROM runs AS r WHERE r.id IN (SELECT value FROM json_each(?))", wanted
        )
        params: dict[str, dict[str, Any]] = {}
        for run, name, value, kind in self.database.rows(
            f"SELECT run_id, name, value, kind FROM params {_OF_RUNS}", wanted
        ):
            params.setdefault(run, {})[name] = _param(value, kind)
        metrics = self._grouped("last_metrics", wanted)
        tags = self._grouped("tags", wanted)
        data: dict[str, list[str]] = {}
        for run, name, digest in self.database.rows(
            f"SELECT run_id, name, fingerprint FROM datasets_used {_OF_RUNS} ORDER BY bytes DESC",
            wanted,
        ):
            data.setdefault(run, []).append(f"{name} {digest[:7] if digest else '–'}")
        return [
            {
                **row,
                "starred": bool(row["starred"]),
                "archived": row["archived"] is not None,
                "params": params.get(row["id"], {}),
                "metrics": {n: float("nan") if v is None else v for n, v in metrics.get(row["id"], {}).items()},
                "tags": tags.get(row["id"], {}),
                "data": tuple(data.get(row["id"], ())),
            }
            for row in rows
        ]

    def _grouped(self, table: str, wanted: list[str]) -> dict[str, dict[str, Any]]:
        groups: dict[str, dict[str, Any]] = {}
        for run, name, value in self.database.rows(f"SELECT run_id, name, value FROM {table} {_OF_RUNS}", wanted):
            groups.setdefault(run, {})[name] = value
        return groups

    def detail(self, run: str) -> RunDetail:
        """Return everything that is known of a run, by its whole id."""
        [row] = self._row_dicts([run])
        [more] = self.database.query(
            "SELECT r.*, c.facts, e.facts AS environment FROM runs AS r LEFT JOIN captures AS c ON c.run_id = r.id "
            "LEFT JOIN environments AS e ON e.key = r.environment_key WHERE r.id = ?",
            [run],
        )
        facts = json.loads(more["facts"] or "{}")
        environment = json.loads(more["environment"] or "{}")
        if more["environment_key"]:
            environment = {"key": more["environment_key"], **environment}
        cells = tuple(
            SliceCell(**cell)
            for cell in self.database.query(
                "SELECT code, execution_count, cell_id, duration_s FROM slices JOIN cells USING (digest) "
                "WHERE run_id = ? ORDER BY position",
                [run],
            )
        )
        datasets = self.database.query(
            "SELECT name, source, fingerprint, rows, columns, bytes, kind, note FROM datasets_used WHERE run_id = ? "
            "ORDER BY bytes DESC, name",
            [run],
        )
        inputs = self.database.query(
            "SELECT path, named, kind, fingerprint, bytes, modified_at, kept FROM inputs_read WHERE run_id = ? "
            "ORDER BY position",
            [run],
        )
        outputs = self.database.query(
            "SELECT path, named, fingerprint, bytes, kept FROM outputs_written WHERE run_id = ? ORDER BY path", [run]
        )
        proofs = self.database.rows("SELECT facts FROM replays WHERE run_id = ? ORDER BY id DESC LIMIT 1", [run])
        artifacts = self.database.query(
            "SELECT name, digest, bytes, media_type, kind FROM artifacts WHERE run_id = ? ORDER BY name",
            [run],
        )
        models = self.database.rows(
            "SELECT model || '@' || version FROM model_versions WHERE run_id = ? AND deleted_at IS NULL "
            "ORDER BY model, version",
            [run],
        )
        children = self.database.rows(
            "SELECT id FROM runs WHERE parent_id = ? AND deleted_at IS NULL ORDER BY id", [run]
        )
        return RunDetail(
            **row,
            code=facts.get("code", cells[-1].code if cells else ""),
            slice=cells,
            datasets=tuple(UsedDataset(**item) for item in datasets),
            environment=environment,
            git=facts.get("git"),
            randomness=facts.get("randomness", {}),
            hardware=facts.get("hardware", {}),
            assumptions=tuple(facts.get("assumptions", ())),
            artifacts=tuple(Artifact(**item) for item in artifacts),
            warnings=tuple(facts.get("warnings", ())),
            values=facts.get("values", {}),
            models=tuple(name for (name,) in models),
            children=tuple(child for (child,) in children),
            user=more["user"],
            host=more["host"],
            cell_id=more["cell_id"],
            execution_count=more["execution_count"],
            inputs=tuple(Input(**item) for item in inputs),
            outputs=tuple(Output(**item) for item in outputs),
            settings=facts.get("settings", {}),
            machine=facts.get("machine", {}),
            proof=json.loads(proofs[0][0]) if proofs else None,
        )

    def curves(self, run: str) -> dict[str, list[Metric]]:
        """Return every logged value of a run, by metric, in order of step and time."""
        curves: dict[str, list[Metric]] = {}
        for name, value, step, stamp in self.database.rows(
            "SELECT name, value, step, timestamp FROM metrics WHERE run_id = ? ORDER BY name, step, rowid",
            [run],
        ):
            curves.setdefault(name, []).append(Metric(name, float("nan") if value is None else value, step, stamp))
        return curves

    def not_kept(self, run: str) -> str:
        """Return why the bytes of a run's models were not kept; empty where nothing is known of that."""
        rows = self.database.rows(
            "SELECT json_extract(c.facts, '$.not_kept') FROM captures AS c JOIN runs AS r ON r.id = c.run_id "
            "WHERE r.id = ? OR r.parent_id = ?",
            [run, run],
        )
        reasons = [reason for (text,) in rows if text for reason in json.loads(text).values()]
        return "; ".join(dict.fromkeys(reasons))

    def direction(self, metric: str) -> Direction:
        """Return which way a metric is better: as kept, else as its name says, else higher."""
        kept = self.kept_direction(metric)
        return kept or known_direction(metric) or "higher"

    def kept_direction(self, metric: str) -> Direction | None:
        """Return what the user said of a metric, or None."""
        rows = self.database.rows("SELECT direction FROM metric_directions WHERE name = ?", [metric])
        return rows[0][0] if rows else None

    def first_metric(self, experiment: str) -> str | None:
        """Return the metric that an experiment logged first: what its runs are sorted and compared by."""
        rows = self.database.rows(
            "SELECT m.name FROM runs AS r JOIN metrics AS m ON m.run_id = r.id "
            "WHERE r.experiment = ? AND r.deleted_at IS NULL ORDER BY r.id, m.rowid LIMIT 1",
            [experiment],
        )
        return rows[0][0] if rows else None

    def best(self, metric: str, experiment: str | None = None, before: str | None = None) -> tuple[str, float] | None:
        """Return id and value of the best run by a metric: of an experiment or of all, of those older than a run."""
        order = "DESC" if self.direction(metric) == "higher" else "ASC"
        rows = self.database.rows(
            "SELECT r.id, s.value FROM last_metrics AS s CROSS JOIN runs AS r ON r.id = s.run_id WHERE s.name = ? "
            "AND s.value IS NOT NULL AND r.deleted_at IS NULL AND r.archived_at IS NULL AND (? IS NULL OR r.id < ?) "
            "AND r.id IS NOT (SELECT parent_id FROM runs WHERE id = ?) "
            f"AND (? IS NULL OR r.experiment = ?) ORDER BY s.value {order}, r.id DESC LIMIT 1",
            [metric, before, before, before, experiment, experiment],
        )
        return rows[0] if rows else None

    def previous(self, run: str) -> str | None:
        """Return the id of the run before this one in its experiment, on its level (children among children)."""
        rows = self.database.rows(
            "SELECT p.id FROM runs AS r JOIN runs AS p ON p.experiment = r.experiment AND p.id < r.id "
            "AND (p.source = 'fit') = (r.source = 'fit') AND p.source != 'papermill' AND p.status = 'finished' "
            "AND p.deleted_at IS NULL AND p.archived_at IS NULL WHERE r.id = ? ORDER BY p.id DESC LIMIT 1",
            [run],
        )
        return rows[0][0] if rows else None

    def has_capture(self, run: str) -> bool:
        """Tell whether the facts of a run were written."""
        return bool(self.database.rows("SELECT 1 FROM captures WHERE run_id = ?", [run]))

    def child_ids(self, run: str) -> list[str]:
        """Return the ids of a run's children."""
        return [row[0] for row in self.database.rows("SELECT id FROM runs WHERE parent_id = ?", [run])]


def _before_join(where: str) -> str:
    """Let tests of metrics, params and tags look at the driving table: they then run before the run is looked up."""
    return where.replace(f"{RUN} IN (SELECT run_id", "s.run_id IN (SELECT run_id")


def _distinct_names(table: str) -> str:
    """Return SQL for the distinct names of a table by hops through its index; DISTINCT would read every row."""
    return (
        f"WITH RECURSIVE n(name) AS (SELECT (SELECT min(name) FROM {table}) UNION ALL "
        f"SELECT (SELECT min(t.name) FROM {table} AS t WHERE t.name > n.name) FROM n WHERE n.name IS NOT NULL) "
        "SELECT name FROM n WHERE name IS NOT NULL"
    )


def _param(value: Any, kind: str) -> Any:
    if kind == "bool":
        return bool(value)
    if kind == "big":
        return int(value)
    if kind == "float" and value is None:
        return float("nan")
    return value
