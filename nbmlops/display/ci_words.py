"""What every form of a report of ``nbmlops ci`` says: its headline, and the rows of its tables, as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nbmlops.display.format import NOTHING, change, count, duration, number
from nbmlops.display.pipeline_views import STEP_MARKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.integration.records import CellChange, CiReport, MetricChange


@dataclass(frozen=True)
class CiColumn:
    """A column of a table of a report.

    ``kind`` tells words of ours, numbers, and what others wrote apart. ``most`` is how wide it gets on a terminal,
    where ``prose`` is broken into lines and a ``whole`` one is never cut.
    """

    head: str
    kind: Literal["ours", "number", "theirs"] = "theirs"
    most: int = 40
    prose: bool = False
    whole: bool = False


@dataclass(frozen=True)
class CiTable:
    """A table of a report: its title, its columns, and what gives its rows."""

    title: str
    columns: tuple[CiColumn, ...]
    rows: Callable[[CiReport], Sequence[Sequence[str]]]


SIGNS = {"passed": "✅", "failed": "❌", "error": "❌"}
HOLDS = {True: "✓", False: "✗", None: "–"}


def headline(report: CiReport) -> str:
    """Return the verdict in one line, without a sign."""
    ran = sum(run.has_run for run in report.runs)
    cached = sum(run.status == "cached" for run in report.runs)
    parts = [f"{count(ran, 'step')} ran", f"{cached} cached"] if report.runs else ["nothing ran"]
    missed = sum(not gate["holds"] for gate in report.gates)
    broke = sum(run.status in ("failed", "interrupted") and not run.failed_by_gate for run in report.runs)
    for amount, noun in ((broke, "step"), (missed, "gate"), (len(report.failed_tests), "test")):
        if amount:
            word = {"step": "broke", "gate": "missed", "test": "failed"}[noun]
            parts.append(f"{count(amount, noun)} {word}")
    severe = sum(one.severity == "severe" for one in report.findings)
    warned = len(report.findings) - severe
    parts += [f"{severe} severe"] if severe else []
    parts += [count(warned, "warning")] if warned else []
    return f"nbmlops ci {report.status}: {', '.join(parts)} ({duration(report.duration_s)})"


def metric_rows(report: CiReport) -> list[tuple[str, str, str, str, str, str]]:
    """Return step, metric, base, now, change, and whether that is better; what changed stands first."""
    rows = [(run.step, metric) for run in report.runs for metric in run.metrics]
    rows.sort(key=lambda row: (row[1].better is not False, not row[1].change))
    return [
        (step, one.metric, number(one.base), number(one.now), _changed(one), metric_word(one)) for step, one in rows
    ]


def model_rows(report: CiReport) -> list[tuple[str, str, str, str, str, str, str]]:
    """Return model, step, metric, the model's value, now, change, and whether that is better."""
    return [
        (
            one.model,
            one.step,
            one.metric.metric,
            number(one.metric.base),
            number(one.metric.now),
            _changed(one.metric),
            metric_word(one.metric),
        )
        for one in report.models
    ]


def _changed(metric: MetricChange) -> str:
    if metric.change is None:
        return NOTHING
    return change(metric.change, metric.now or 0.0) if metric.change else "0"


def metric_word(metric: MetricChange) -> str:
    """Return what became of a metric in a word, with its sign."""
    if metric.base is None:
        return "new"
    if metric.now is None:
        return "gone"
    if metric.better is None:
        return "" if metric.change else "same"
    return "✓ better" if metric.better else "✗ worse"


def gate_rows(report: CiReport) -> list[tuple[str, str, str, str]]:
    """Return sign, gate, step and values; missed ones first."""
    found = sorted(report.gates, key=lambda gate: gate["holds"])
    return [(HOLDS[gate["holds"]], gate["gate"], gate.get("step") or "", gate["detail"]) for gate in found]


def rows_of_tests(report: CiReport) -> list[tuple[str, str, str, str]]:
    """Return sign, step, name and error of each test; failed ones first."""
    found = [(run.step, test) for run in report.runs for test in run.tests]
    found.sort(key=lambda row: row[1]["passed"])
    return [(HOLDS[test["passed"]], step, test["test"], test["detail"]) for step, test in found]


def run_rows(report: CiReport) -> list[tuple[str, str, str, str]]:
    """Return mark, step, time, and why it ran or did not."""
    rows = []
    for run in report.runs:
        sign, word, _ = STEP_MARKS[run.status or run.action]
        asserted = len(run.assumptions)
        held = sum(bool(one.get("ok")) for one in run.assumptions)
        said = f"; {held} of {count(asserted, 'assumption')} held" if asserted else ""
        rows.append((f"{sign} {word}", run.step, duration(run.seconds), f"{run.reason}{said}"))
    return rows


def verdict_rows(report: CiReport) -> list[tuple[str, str, str, str, str]]:
    """Return sign, step, run, verdict and reason of each replay."""
    return [
        (
            "✓" if one["verdict"] in ("identical", "equivalent") else "✗",
            one["step"],
            one.get("name") or one["run"],
            one["verdict"],
            one.get("reason") or ", ".join(factor["detail"] for factor in one.get("factors", ())),
        )
        for one in report.replays
    ]


def data_rows(report: CiReport) -> list[tuple[str, str, str, str]]:
    """Return step, path, what became of it, and what is different."""
    return [(one.step, one.path, one.change, one.detail) for one in report.data]


def finding_rows(report: CiReport) -> list[tuple[str, str, str]]:
    """Return sign, place and what was found; severe ones first."""
    found = sorted(report.findings, key=lambda one: one.severity != "severe")
    return [("✗" if one.severity == "severe" or report.strict else "⚠", one.where, one.what) for one in found]


def cell_title(changed: CellChange) -> str:
    """Return which cell is shown, and what became of it."""
    kind = "" if changed.kind == "code" else " (text)"
    return f"cell {changed.cell} {changed.change}{kind}"


_SIGN = CiColumn("", "ours", whole=True)
_VALUES = (CiColumn("now", "number"), CiColumn("change", "number"), CiColumn("", "ours"))
TABLES = (
    CiTable("gates", (_SIGN, CiColumn("gate", most=60), CiColumn("step"), CiColumn("values", most=80)), gate_rows),
    CiTable("metrics", (CiColumn("step"), CiColumn("metric"), CiColumn("base", "number"), *_VALUES), metric_rows),
    CiTable(
        "beside models",
        (CiColumn("model"), CiColumn("step"), CiColumn("metric"), CiColumn("model's", "number"), *_VALUES),
        model_rows,
    ),
    CiTable(
        "tests",
        (_SIGN, CiColumn("step"), CiColumn("test", most=50), CiColumn("error", most=90, prose=True)),
        rows_of_tests,
    ),
    CiTable(
        "steps",
        (_SIGN, CiColumn("step", whole=True), CiColumn("time", "number"), CiColumn("why", most=90, prose=True)),
        run_rows,
    ),
    CiTable(
        "data",
        (
            CiColumn("step"),
            CiColumn("data", most=50),
            CiColumn("", "ours"),
            CiColumn("what", most=90, prose=True),
        ),
        data_rows,
    ),
    CiTable("findings", (_SIGN, CiColumn("where", most=60), CiColumn("what", most=90, prose=True)), finding_rows),
    CiTable(
        "reproduction",
        (
            _SIGN,
            CiColumn("step"),
            CiColumn("run"),
            CiColumn("verdict", "ours"),
            CiColumn("why", most=90, prose=True),
        ),
        verdict_rows,
    ),
)
"""The tables of a report in their order, whatever shows them."""
