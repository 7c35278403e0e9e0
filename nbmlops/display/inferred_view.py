"""A pipeline that was inferred: its steps, what each needs and by which file, and what is not sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count
from nbmlops.display.graph_svg import graph_svg
from nbmlops.display.markup import bdi, esc, page
from nbmlops.display.table import Cell, Column, Table
from nbmlops.display.terminal import paint, plain, terminal_width, wrapped
from nbmlops.display.view import View
from nbmlops.pipelines.graph import edges_of
from nbmlops.pipelines.records import PipelineRun, StepRun

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.pipelines.inferring import Inferred


class InferredView(View):
    """What `nbmlops pipelines infer` found.

    Parameters
    ----------
    found : Inferred
        It.
    file : Path
        Where it was written.
    """

    def __init__(self, found: Inferred, file: Path) -> None:
        self.found = found
        self.file = file
        pipeline = found.pipeline
        self._edges = edges_of(pipeline.steps, pipeline.folder)

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops pipelines infer --json``: that of a plan, with the text and what is unsure."""
        steps = tuple(
            StepRun(
                step.name, tuple(self._edges[step.name]), "run", reason=self._why(step.name), notebook=step.notebook
            )
            for step in self.found.pipeline.steps
        )
        plan = PipelineRun(self.found.pipeline.name, "planned", steps, file=str(self.file))
        return {**plan.to_json(), "text": self.found.text, "unsure": list(self.found.unsure)}

    def text(self, color: bool = False) -> str:
        """Return the steps with what they need, and what is not sure."""
        width = terminal_width()
        lines = [f"{paint(plain(self.found.pipeline.name), 'name', color)}  {plain(self._summary())}"]
        lines += self._table().text(width, color, "  ")[0]
        for line in self.found.unsure:
            lines += [paint(one, "warning", color) for one in wrapped(plain(line), width, "    ", "  ? ")]
        return "\n".join([*lines, "  next: nbmlops pipelines plan"])

    def html(self) -> str:
        """Return the graph and the steps."""
        looks = {step.name: ("", "", step.notebook) for step in self.found.pipeline.steps}
        head = f"<div>{bdi(self.found.pipeline.name, 'name')} {esc(self._summary())}</div>"
        unsure = [f'<div class="o-w">? {esc(line)}</div>' for line in self.found.unsure]
        graph = graph_svg({name: tuple(needs) for name, needs in self._edges.items()}, looks)
        return page(head, graph, self._table().html(), *unsure)

    def _summary(self) -> str:
        edges = sum(len(needs) for needs in self._edges.values())
        return f"{count(len(self._edges), 'step')}, {count(edges, 'edge')}, written to {self.file}"

    def _why(self, step: str) -> str:
        needs = self._edges[step].items()
        comments = self.found.comments.get(step, [])
        reads = [f"{reason} of {name}" for name, reason in needs if reason != "after"]
        return ", ".join([*reads, *comments])

    def _table(self) -> Table:
        columns = [
            Column("step", whole=True),
            Column("notebook", drop=1),
            Column("needs"),
            Column("reads", prose=True, most=80),
        ]
        return Table(
            columns,
            [
                [
                    Cell(step.name, "name"),
                    Cell(step.notebook, "faint"),
                    Cell(", ".join(self._edges[step.name])),
                    Cell(self._why(step.name)),
                ]
                for step in self.found.pipeline.steps
            ],
        )
