"""What every form of a report of ``nbmlops ci`` says: its headline, and the rows of its tables, as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.display.format import NOTHING, change, count, duration, number
from nbmlops.display.pipeline_views import STEP_MARKS

if TYPE_CHECKING:
    from nbmlops.integration.records import CellChange, CiReport, MetricChange

SIGNS = {"passed": "✅", "failed": "❌", "error": "❌"}
HOLDS = {True: "✓", False: "✗", None: "–"}


def headline(report: CiReport) -> str:
    """Return the verdict in one line."""
    sign, ran = SIGNS[report.status], sum(run.has_run for run in report.runs)
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
    return f"{sign} nbmlops ci {report.status}: {', '.join(parts)} ({duration(report.duration_s)})"


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


def cell_title(changed: CellChange) -> str:
    """Return which cell is shown, and what became of it."""
    kind = "" if changed.kind == "code" else " (text)"
    return f"cell {changed.cell} {changed.change}{kind}"
