"""The end of ``nbmlops demo``: what ran, what came of it, what to do next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count, duration, number
from nbmlops.display.markup import esc, mark, page
from nbmlops.display.model_views import version_table
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import paint, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.records import ModelVersion, Run
    from nbmlops.tracking.runs import Runs

METRICS = 2
ROWS = 12


class DemoSummary(View):
    """What the demo did.

    Parameters
    ----------
    record : dict
        What a script gets: ``folder``, ``notebooks``, ``pipelines``, ``failed``, ``seconds``, ``runs``,
        ``models``.
    folder : Path
        The folder, as it was asked for.
    runs : list of Run
        All runs of the workspace.
    versions : list of ModelVersion
        All registered models.
    service : Runs
        Knows which way a metric is better.
    """

    def __init__(
        self, record: dict[str, Any], folder: Path, runs: list[Run], versions: list[ModelVersion], service: Runs
    ) -> None:
        self.record = record
        self.folder = folder
        self.runs = runs
        self.versions = versions
        # asked now: the workspace may be closed when the summary is shown
        first = self._metrics()[:1]
        self._lower = bool(first) and service.direction(first[0]) == "lower"

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return self.record

    def text(self, color: bool = False) -> str:
        """Return the summary for a terminal."""
        width = terminal_width()
        lines = wrapped(self._ran(), width, "  ", "")
        for problem in self.record.get("failed", []):
            lines += [paint(line, "error", color) for line in wrapped(f"✗ failed: {problem}", width, "    ", "  ")]
        if self.runs:
            lines += ["", *self._run_table().text(width, color, "  ")[0]]
        if self.versions:
            lines += [
                "",
                paint("Registered", "section", color),
                *version_table(self.versions).text(width, color, "  ")[0],
            ]
        steps = self._next()
        column = max(len(command) for command, _ in steps)
        lines += ["", paint("What next", "section", color)]
        lines += [
            f"  {paint(command, 'name', color)}{' ' * (column - len(command))}  {why}"
            if column + len(why) + 4 <= width
            else f"  {command}"
            for command, why in steps
        ]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the summary for a notebook."""
        parts = [f"<p>{esc(self._ran())}</p>"]
        parts += [f'<p class="o-r">✗ failed: {esc(problem)}</p>' for problem in self.record.get("failed", [])]
        parts += [self._run_table().html()] if self.runs else []
        parts += ['<h4 class="o-4">Registered</h4>', version_table(self.versions).html()] if self.versions else []
        steps = "".join(
            f"<tr><td><code>{esc(command)}</code></td><td>{esc(why)}</td></tr>" for command, why in self._next()
        )
        parts += ['<h4 class="o-4">What next</h4>', f'<table class="o-t"><tbody>{steps}</tbody></table>']
        return page(*parts)

    def _ran(self) -> str:
        notebooks = self.record.get("notebooks", [])
        failed = self.record.get("failed", [])
        trouble = f", {len(failed)} failed" if failed else ""
        seconds = duration(float(self.record.get("seconds", 0)))
        held = f"{count(len(self.runs), 'run')}, {count(len(self.versions), 'model version')}"
        retrained = self.record.get("pipelines", [])
        more = f" and {count(len(retrained), 'pipeline run')}" if retrained else ""
        return f"{count(len(notebooks), 'notebook')}{more} ran in {seconds}{trouble}: {held}, in {self.folder}"

    def _metrics(self) -> list[str]:
        names = list(dict.fromkeys(name for run in self.runs for name in run.metrics))
        return sorted(
            names, key=lambda name: (name not in ("auc", "roc_auc"), -sum(name in run.metrics for run in self.runs))
        )[:METRICS]

    def _run_table(self) -> Table:
        metrics = self._metrics()
        first = metrics[0] if metrics else ""

        def rank(run: Run) -> tuple[bool, float]:
            value = run.metrics.get(first)
            return value is None, (0.0 if value is None else value if self._lower else -value)

        shown = sorted((run for run in self.runs if run.metrics or run.error or run.params), key=rank) or self.runs
        columns = [
            Column(""),
            Column("run", most=30),
            numbers("time"),
            *(numbers(name) for name in metrics),
            Column("", most=70),
        ]
        table = Table(columns)
        for place, run in enumerate(shown[:ROWS]):
            sign, word, style = mark(run.status)
            values = [
                Cell(
                    number(run.metrics.get(name)),
                    "best" if place == 0 and name == first and name in run.metrics else "",
                )
                for name in metrics
            ]
            error = " ".join(run.error.split()) if run.error else ""
            table.rows.append(
                [
                    Cell(sign, style, word),
                    Cell(run.name, "name"),
                    Cell(duration(run.duration_s)),
                    *values,
                    Cell(error, "error"),
                ]
            )
        if len(shown) > ROWS:
            table.rows.append([Cell(f"+{len(shown) - ROWS} more: nbmlops runs list", "faint")])
        return table

    def _next(self) -> list[tuple[str, str]]:
        folder = shlex.quote(str(self.folder))
        # a command that cannot be copied as it stands is no help
        metric = next((name for name in self._metrics() if name.isidentifier()), "started_at")
        named = [f"{version.name}@{alias}" for version in self.versions for alias in version.aliases]
        named.sort(key=lambda spec: not spec.endswith("@champion"))
        champions = [spec for spec in named if spec.isprintable() and " " not in spec]
        steps = [
            (f"nbmlops lab {folder}", "the notebooks, with the side panel"),
            (f"cd {folder}", "from there on, commands find this workspace"),
            (f"nbmlops runs list --sort {metric}", "the same runs, in a terminal"),
        ]
        if champions:
            steps.append((f"nbmlops models show {champions[0]}", "what the model takes, and where it comes from"))
        if self.record.get("pipelines"):
            steps.append(("nbmlops pipelines list", "the months for which a model was trained again"))
        return steps
