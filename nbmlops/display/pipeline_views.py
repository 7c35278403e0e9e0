"""Pipelines: a plan, a run while it goes on and when it is done, and the list of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count, duration, number, run_id, when
from nbmlops.display.graph_svg import graph_svg
from nbmlops.display.markup import bdi, esc, mark, page, span
from nbmlops.display.record_table import RecordTable
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import paint, plain, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.pipelines.records import PipelineRun, StepRun

METRICS = 3
STEP_MARKS: dict[str | None, tuple[str, str, str]] = {
    "ran": ("✓", "ran", "mark-finished"),
    "cached": ("=", "cached", "faint"),
    "failed": ("✗", "failed", "mark-failed"),
    "skipped": ("○", "skipped", "faint"),
    "interrupted": ("◼", "interrupted", "mark-interrupted"),
    "running": ("●", "running", "mark-running"),
    "run": ("▸", "run", "mark-running"),
    None: ("·", "waiting", "faint"),
}
"""Sign, word and style of each state of a step."""


def step_mark(step: StepRun) -> tuple[str, str, str]:
    """Return sign, word and style of a step; in a plan those of what would be done."""
    return STEP_MARKS[step.status or step.action]


class PipelineView(View):
    """One run of a pipeline, or a plan.

    Parameters
    ----------
    run : PipelineRun
        It.
    cells : dict, optional
        Of steps that run: the cell that they are at, and how many there are.

    Examples
    --------
    >>> from nbmlops.pipelines.records import PipelineRun, StepRun
    >>> steps = (StepRun("ingest", (), "cached", reason="unchanged since ingest"),
    ...          StepRun("train", ("ingest",), "run", seconds=3.2, reason="code cell 2 changed"))
    >>> print(PipelineView(PipelineRun("monthly", "planned", steps)).text())
    monthly  plan: 1 step would run, 1 is cached
          step    needs   time   why
      =   ingest                 unchanged since ingest
      ▸   train   ingest  3.2 s  code cell 2 changed
    """

    def __init__(self, run: PipelineRun, cells: dict[str, tuple[int, int]] | None = None) -> None:
        self.run = run
        self.cells = cells or {}

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops pipelines run --json``."""
        return self.run.to_json()

    def text(self, color: bool = False) -> str:
        """Return the steps as a table."""
        width = terminal_width()
        sign, _, style = mark(self.run.status) if self.run.status != "planned" else ("", "", "")
        name = paint(plain(self.run.name or self.run.pipeline), "name", color)
        head = f"{paint(sign, style, color)} {name}".strip()
        lines = [f"{head}  {plain(self._summary())}"]
        lines += self._table().text(width, color, "  ")[0]
        lines += [line for gate in self._gates() for line in wrapped(plain(gate), width, "    ", "  ")]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the graph and the steps."""
        sign, word, style = mark(self.run.status) if self.run.status != "planned" else ("", "", "")
        head = f"<div>{span(sign, style, word)} {bdi(self.run.name or self.run.pipeline, 'name')} "
        head += f'<span class="o-f">{esc(self._summary())}</span></div>'
        looks = {}
        for step in self.run.steps:
            sign, word, style = step_mark(step)
            looks[step.step] = (sign, style, f"{step.step}: {word}. {step.reason}")
        graph = graph_svg({step.step: step.needs for step in self.run.steps}, looks)
        gates = [f"<div>{esc(gate)}</div>" for gate in self._gates()]
        return page(head, graph, self._table().html(), *gates)

    def _summary(self) -> str:
        counts = self.run.counts
        if self.run.status == "planned":
            runs, cached = counts.get("run", 0), counts.get("cached", 0)
            is_cached = f", {cached} {'is' if cached == 1 else 'are'} cached" if cached else ""
            return f"plan: {count(runs, 'step') if runs else 'no step'} would run{is_cached}"
        words = [
            f"{counts[word]} {word}" for word in ("ran", "cached", "failed", "skipped", "interrupted") if word in counts
        ]
        words += [f"{counts[word]} {word}" for word in ("running", "waiting") if word in counts]
        took = duration(self.run.duration_s)
        if self.run.warming_s >= 0.1:
            took += f" (waiting for kernels {duration(self.run.warming_s)})"
        cause = f"started by {self.run.cause}" if self.run.cause else ""
        return "  ".join(part for part in (", ".join(words), took, cause) if part)

    def _table(self) -> Table:
        columns = [
            Column("", whole=True),
            Column("step", whole=True),
            Column("needs", most=30, drop=2),
            numbers("time"),
            Column("metrics", most=40, drop=1),
            Column("why", most=100, prose=True),
        ]
        return Table(columns, [self._row(step) for step in self.run.steps])

    def _row(self, step: StepRun) -> list[Cell]:
        sign, word, style = step_mark(step)
        reason = step.reason
        if step.status == "running" and step.step in self.cells:
            cell, cells = self.cells[step.step]
            reason = f"cell {cell} of {cells}"
        if step.attempts > 1 and "try" not in reason:
            reason = f"{reason} ({step.attempts} tries)"
        metrics = list((step.metrics or {}).items())
        shown = ", ".join(f"{name} {number(value)}" for name, value in metrics[:METRICS])
        return [
            Cell(sign, style, word),
            Cell(step.step, "name", step.notebook),
            Cell(", ".join(step.needs), "faint"),
            Cell(duration(step.seconds)),
            Cell(shown + (" …" if len(metrics) > METRICS else "")),
            Cell(reason, "error" if step.status == "failed" else ""),
        ]

    def _gates(self) -> list[str]:
        return [
            f"{'✓' if gate['holds'] else '✗'} {step.step}: {gate['gate']}  ({gate['detail']})"
            for step in self.run.steps
            for gate in step.gates
        ]


class PipelineTable(RecordTable["PipelineRun"]):
    """Runs of pipelines, newest first; also a sequence of them."""

    nothing = "no pipeline has run here\n  nbmlops pipelines run"
    columns = (
        Column("", whole=True),
        Column("run", whole=True),
        Column("when"),
        numbers("time"),
        Column("steps"),
        Column("started by", drop=2),
        Column("error", most=70, drop=1, prose=True),
        Column("id", drop=3),
    )

    def row(self, record: PipelineRun) -> list[Cell]:
        """Return what stands in the row of a run."""
        sign, word, style = mark(record.status)
        return [
            Cell(sign, style, word),
            Cell(record.name or record.pipeline, "name"),
            Cell(when(record.started_at) if record.started_at else ""),
            Cell(duration(record.duration_s)),
            Cell(", ".join(f"{amount} {what}" for what, amount in record.counts.items())),
            Cell(record.cause),
            Cell(record.error or ""),
            Cell(run_id(record.id or ""), "faint"),
        ]
