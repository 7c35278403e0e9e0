"""The card's words: its first line, what changed, and the whole of it for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.display.evidence import evidence_line
from nbmlops.display.format import change, duration, number, setting
from nbmlops.display.markup import mark
from nbmlops.display.terminal import columns_of, paint, plain, shorten, wrapped

if TYPE_CHECKING:
    from nbmlops.tracking.report import CellReport, MetricChange

METRICS = 6
CHILDREN = 12
CHANGED = 30
WARNINGS = 8
NAME = 60


def card_lines(report: CellReport, width: int, color: bool) -> list[str]:
    """Return a card as lines that fit a width."""
    lines = _first_lines(report, width, color)
    run = report.run
    if report.joined:
        return lines
    lines += [shorten(f"  {_change_words(report)}", width)] if report.changed_params else []
    evidence = evidence_line(run)
    lines += [paint(line, "faint", color) for line in wrapped(evidence, width)] if evidence else []
    for child in report.children[:CHILDREN]:
        lines += _first_lines(child, width, color, "    ")
    rest = more_words(len(report.children), CHILDREN, "runs")
    lines += [f"    {rest}"] if rest else []
    for warning in run.warnings[:WARNINGS]:
        lines += [paint(line, "warning", color) for line in wrapped(warning, width, "    ", "  ! ")]
    return lines


def _first_lines(report: CellReport, width: int, color: bool, indent: str = "") -> list[str]:
    """Return mark, name, duration and metrics, on more lines where one is too short."""
    sign, _, style = mark(report.run.status)
    name = shorten(plain(report.run.name), min(NAME, width // 2))
    parts: list[list[tuple[str, str]]] = [[(style, sign), ("name", name)]]
    if report.joined:
        parts = [[("better", "+")], [("", joined_words(report))]]
    else:
        parts += [[("", words)] for words in _short_facts(report)]
        parts += [_metric_parts(metric) for metric in report.metrics[:METRICS]]
        parts += [[("faint", words)] for words in [more_words(len(report.metrics), METRICS, "metrics")] if words]
    room = width - len(indent) - 4
    lines, used = [""], 0
    for part in parts:
        words = " ".join(text for _, text in part)
        shown = " ".join(paint(text, kind, color) for kind, text in part)
        if columns_of(words) > room:
            words = shorten(words, room)
            shown = paint(words, part[0][0], color)
        gap = "" if not used else " " if report.joined else "  "
        if used + len(gap) + columns_of(words) > room + (4 if len(lines) == 1 else 0):
            lines.append("    ")
            gap, used = "", 0
        lines[-1] += gap + shown
        used += len(gap) + columns_of(words)
    return [indent + line for line in lines]


def _short_facts(report: CellReport) -> list[str]:
    run = report.run
    words = [duration(run.duration_s)]
    if run.status == "failed":
        words.append(plain(run.error or "failed"))
    elif run.status in ("interrupted", "running"):
        words.append(run.status)
    return [word for word in words if word]


def _metric_parts(metric: MetricChange) -> list[tuple[str, str]]:
    arrow, words, style = change_of(metric)
    parts = [("", f"{plain(metric.name)} {number(metric.value)}"), (style, f"{arrow} {words}"), ("best", "best")]
    return parts[:1] + parts[1:2] * bool(words) + parts[2:] * metric.is_best


def change_of(metric: MetricChange) -> tuple[str, str, str]:
    """Return arrow, words and style of a change; where lower is better, the word says what the arrow does not."""
    difference = metric.change
    if difference is None or difference != difference:  # noqa: PLR0124 - NaN
        return "", "", ""
    if difference == 0:
        return "=", "as before", "faint"
    style = "better" if metric.is_better else "worse"
    words = change(difference, metric.value)
    return "▲" if difference > 0 else "▼", f"{words} {style}" if metric.direction == "lower" else words, style


def joined_words(report: CellReport) -> str:
    """Return the line of metrics that joined a run from a later cell."""
    shown = [metric for metric in report.metrics if metric.name in report.joined]
    words = ", ".join(f"{plain(metric.name)} {number(metric.value)}" for metric in shown[:METRICS])
    return f"{words} joined {plain(report.run.name)}"


def changed_params(report: CellReport) -> list[tuple[str, object, object]]:
    """Return the params that changed; the model itself comes first."""
    return sorted(report.changed_params, key=lambda one: one[0] not in ("model", "estimator"))


def _change_words(report: CellReport) -> str:
    changed = changed_params(report)
    words = ", ".join(
        f"{plain(name)} {plain(setting(old))} → {plain(setting(new))}" for name, old, new in changed[:CHANGED]
    )
    return f"changed since {plain(report.last_run or 'the last run')}: {words}"


def more_words(there: int, shown: int, noun: str) -> str:
    """Return how many more there are than are shown, or nothing."""
    return f"+{there - shown} more {noun}" if there > shown else ""
