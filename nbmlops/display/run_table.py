"""The run table: what differs between runs in columns, what does not in one line above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from nbmlops.display.format import count, duration, number, run_id, setting, when
from nbmlops.display.markup import esc, mark, page
from nbmlops.display.run_columns import DULL, Varying, varying
from nbmlops.display.table import EMPTY, Cell, Column, Table, numbers
from nbmlops.display.terminal import paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    import pandas as pd

    from nbmlops.records import Run
    from nbmlops.tracking.runs import Runs

METRICS = 5
PARAMS = 6
TOGETHER = 9
SAME = 6
_FIELDS = {"started_at": "when", "duration_s": "time", "name": "run"}


class RunTable(View, Sequence["Run"]):
    """Runs as a table; also a sequence of the runs, in the order in which they were found.

    Parameters
    ----------
    found : list of Run
        The runs to show.
    runs : Runs
        The runs of the workspace, which know which way a metric is better.
    total : int, optional
        How many there are, where not all are shown.
    sort : str, optional
        What they are sorted by.
    filter : str
        What they were filtered by.
    archived : bool
        Whether these are the runs that were put away.
    """

    def __init__(
        self,
        found: list[Run],
        runs: Runs,
        total: int | None = None,
        *,
        sort: str | None = None,
        filter: str = "",
        archived: bool = False,
    ) -> None:
        self._found = list(found)
        self._runs = runs
        self._total = len(self._found) if total is None else total
        self._sort = sort
        self._filter = filter.strip()
        self._archived = archived

    @classmethod
    def of(cls, runs: Runs, filter: str, sort: str | None, limit: int | None, archived: bool = False) -> RunTable:
        """List runs and count how many there are."""
        found = runs.list(filter, sort, limit, archived=archived)
        is_cut = limit is not None and len(found) >= limit
        total = runs.count(filter, archived=archived) if is_cut else len(found)
        return cls(found, runs, total, sort=sort, filter=filter, archived=archived)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> list[Run]: ...
    def __getitem__(self, index: int | slice) -> Run | list[Run]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def frame(self) -> pd.DataFrame:
        """Return the runs as a frame: the fields, and columns ``metrics.auc``, ``params.depth``, ``tags.stage``."""
        import pandas as pd

        rows = []
        for run in self._found:
            row: dict[str, Any] = {
                name: getattr(run, name) for name in ("id", "name", "experiment", "status", "started_at", "duration_s")
            }
            for group in ("metrics", "params", "tags"):
                row.update({f"{group}.{name}": value for name, value in getattr(run, group).items()})
            rows.append(row)
        frame = pd.DataFrame(rows)
        if "started_at" in frame:
            frame["started_at"] = pd.to_datetime(frame["started_at"], format="ISO8601")
        return frame

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of each run."""
        return [run.to_json() for run in self._found]

    def text(self, color: bool = False) -> str:
        """Return the table for a terminal."""
        width = terminal_width()
        if not self._found:
            return "\n".join(self._empty())
        facts = varying(self._found)
        lines, hidden = self._table(facts).text(width, color)
        above = (
            [paint(line, "faint", color) for line in wrapped(self._same_line(facts), width, "  ", "")]
            if facts.same
            else []
        )
        below = self._footer(facts, hidden)
        return "\n".join(
            [
                *above,
                *lines,
                *(paint(line, "faint", color) for text in below for line in wrapped(text, width, "  ", "")),
            ]
        )

    def html(self) -> str:
        """Return the table for a notebook."""
        if not self._found:
            first, *rest = self._empty()
            return page(f"<p>{esc(first)}</p>", *(f"<pre class='o-p'>{esc(line.strip())}</pre>" for line in rest))
        facts = varying(self._found)
        above = f'<p class="o-f">{esc(self._same_line(facts))}</p>' if facts.same else ""
        below = "".join(f'<p class="o-f">{esc(line)}</p>' for line in self._footer(facts, []))
        return page(above, self._table(facts).html(), below)

    def _table(self, facts: Varying) -> Table:
        metrics, params = self._chosen(facts)
        best = {name: self._best(name) for name in metrics}
        columns = [Column(""), Column(self._head("run"), most=36, least=16), Column(self._head("when"), drop=1)]
        columns.append(numbers(self._head("time"), drop=2))
        # where there is no room, the last metrics and params go first
        columns += [
            numbers(self._head(name), drop=place if place < 3 else 2 * place) for place, name in enumerate(metrics)
        ]
        columns += [
            Column(self._head(name), right=facts.is_numeric[name], drop=2 * place + 3, most=24)
            for place, name in enumerate(params)
        ]
        columns += [Column(title, drop=6, most=24) for title in facts.fields]
        columns += [Column("", most=60, least=14), Column("id", screen="html")]
        table = Table(columns)
        for run, depth in self._ordered():
            sign, word, style = mark(run.status, run.archived)
            remark = _remark(run)
            cells = [
                Cell(sign, style, word),
                Cell(_name(run, depth), "name", f"{run.name} · {run.experiment} · {run.id}"),
                Cell(when(run.started_at), "faint", run.started_at),
                Cell(duration(run.duration_s), "", "" if run.duration_s is None else f"{run.duration_s} s"),
            ]
            shows_values = any(name in run.metrics for name in metrics) or any(name in run.params for name in params)
            if remark.text and not shows_values:
                remark = Cell(remark.text, remark.style, remark.title, wide=True)
            if remark.wide:
                cells += [remark] + [EMPTY] * (len(columns) - len(cells) - 1)
            else:
                cells += [_metric(run, name, best[name]) for name in metrics]
                cells += [_param(run, name) for name in params]
                cells += [Cell(_first_and_more(facts.fields[title](run))) for title in facts.fields]
                cells += [remark, Cell(run_id(run.id), "faint", run.id)]
            table.rows.append(cells)
        return table

    def _chosen(self, facts: Varying) -> tuple[list[str], list[str]]:
        """Return the metrics and the params that get a column; what the table is sorted by is always among them."""
        by = self._sorted_by
        metrics = sorted(facts.metrics, key=lambda name: name != by)[:METRICS]
        params = sorted(facts.params, key=lambda name: name != by)
        return metrics, params[: min(PARAMS, TOGETHER - len(metrics))]

    @property
    def _sorted_by(self) -> str:
        return (self._sort or "").lstrip("-+").removeprefix("metric.").removeprefix("param.")

    def _head(self, name: str) -> str:
        turned = (self._sort or "").startswith("-")
        is_sorted = self._sorted_by in (name, *(field for field, title in _FIELDS.items() if title == name))
        return f"{name} {'▴' if turned else '▾'}" if is_sorted else name

    def _best(self, name: str) -> float | None:
        values = [run.metrics[name] for run in self._found if name in run.metrics]
        there = [value for value in values if value == value]  # noqa: PLR0124 - NaN
        if len(values) < 2 or not there:
            return None
        return max(there) if self._runs.direction(name) == "higher" else min(there)

    def _ordered(self) -> list[tuple[Run, int]]:
        """Return the runs with their depth; children follow their parent where no other order was asked for."""
        if self._sort:
            return [(run, 0) for run in self._found]
        there = {run.id for run in self._found}
        children: dict[str, list[Run]] = {}
        for run in self._found:
            if run.parent in there and run.parent != run.id:
                children.setdefault(str(run.parent), []).insert(0, run)
        placed: list[tuple[Run, int]] = []
        waiting = [(run, 0) for run in reversed(self._found) if run.parent not in there or run.parent == run.id]
        while waiting:
            run, depth = waiting.pop()
            placed.append((run, depth))
            waiting += [(child, depth + 1) for child in reversed(children.pop(run.id, []))]
        return placed

    def _same_line(self, facts: Varying) -> str:
        told = [(name, value) for name, value in facts.same if value not in DULL][:SAME]
        words = [f"{plain(name)} {shorten(plain(value), 40)}" for name, value in told]
        rest = len(facts.same) - len(told)
        words += [f"and {count(rest, 'other param')}"] if rest and told else [count(rest, "param")] if rest else []
        return f"same for all: {', '.join(words)}"

    def _footer(self, facts: Varying, hidden: list[str]) -> list[str]:
        lines = []
        if self._total > len(self._found):
            limit = min(self._total, max(10 * len(self._found), 10))
            lines.append(f"{len(self._found):,} of {self._total:,} shown; more: --limit {limit}")
        metrics = len(facts.metrics) - METRICS
        if metrics > 0:
            lines.append(f"+{count(metrics, 'more metric')}: .frame() in a notebook, --json in a shell")
        params = len(facts.params) + facts.partial - len(self._chosen(facts)[1])
        if params > 0:
            lines.append(f"+{params} more params that vary: nbmlops runs compare")
        if hidden:
            lines.append(f"no room here for {', '.join(plain(title) for title in hidden)}")
        return lines

    def _empty(self) -> list[str]:
        if self._filter:
            asked = "archived run" if self._archived else "run"
            return [
                f"No {asked} fits: {shorten(plain(self._filter), 200)}",
                "  All of them: %runs   or   nbmlops runs list",
            ]
        if self._archived:
            return [
                "Nothing is archived. Put runs away, and bring them back, with:",
                "  nbmlops runs archive NAME",
                "  nbmlops runs unarchive NAME",
            ]
        return [
            "No runs yet. A run is what one cell did: write this over a cell that fits a model, and run it.",
            "  %%track NAME",
        ]


def _name(run: Run, depth: int) -> str:
    star = "★ " if run.starred else ""
    own = run.name
    return f"{'  ' * (depth - 1)}└ {star}{own}" if depth else f"{star}{own}"


def _metric(run: Run, name: str, best: float | None) -> Cell:
    if name not in run.metrics:
        return Cell(number(None), "faint")
    value = run.metrics[name]
    return Cell(number(value), "best" if value == best else "", f"{value!r}{' (best)' if value == best else ''}")


def _param(run: Run, name: str) -> Cell:
    return Cell(setting(run.params[name])) if name in run.params else EMPTY


def _first_and_more(values: tuple[str, ...]) -> str:
    return f"{values[0]} +{len(values) - 1}" if len(values) > 1 else "".join(values)


def _remark(run: Run) -> Cell:
    if run.error and run.status == "failed":
        return Cell(" ".join(run.error.split()), "error", run.error[:1000])
    if run.status in ("running", "interrupted"):
        return Cell(f"{run.status}{f': {run.note}' if run.note else ''}", "faint", run.note)
    return Cell(run.note, "faint", run.note)
