"""How well a model does: metrics with intervals, by window, by slice, and what is estimated where no truth is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import NOTHING, count, number
from nbmlops.display.interval_svg import band_chart, interval_chart
from nbmlops.display.markup import esc, folded, page
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import plain, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbmlops.measures.performance.asking import PerformanceReport
    from nbmlops.measures.performance.estimating import Estimate
    from nbmlops.measures.performance.records import Part, Performance, Score
    from nbmlops.measures.performance.worst import Slice, WorstSlices

MOST_WINDOWS = 60
MOST_SLICES = 40
CHARTS = 3


class PerformanceView(View):
    """Metrics with intervals; a small curve over windows; slices ranked in words; estimates with their limits.

    Parameters
    ----------
    report : PerformanceReport
        What was found.
    name, reference : str
        What the rows, and those of the reference, are called.
    """

    def __init__(self, report: PerformanceReport, name: str = "rows", reference: str = "reference") -> None:
        self.report = report
        self.names = (name, reference)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.report, name)

    def to_json(self) -> dict[str, Any]:
        """Return the record of what was found."""
        return self.report.to_json()

    def text(self, color: bool = False) -> str:
        """Return what was found for a terminal."""
        width = terminal_width()
        lines: list[str] = []
        for said, tables in self._sections():
            lines += [""] if lines else []
            lines += [line for sentence in said for line in wrapped(plain(sentence), width, "  ", "")]
            for title, table in tables:
                shown, hidden = table.text(width, color)
                lines += ["", *([plain(title)] if title else []), *shown]
                lines += wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else []
        return "\n".join(lines)

    def html(self) -> str:
        """Return what was found for a notebook."""
        parts = []
        pictures = self._pictures()
        for (said, tables), picture in zip(self._sections(), pictures, strict=True):
            parts += [f"<p>{esc(sentence)}</p>" for sentence in said]
            parts += [table.html() for _, table in tables[:1]]
            parts.append(picture)
            parts += [folded(esc(title), table.html()) for title, table in tables[1:]]
        return page(*parts)

    def _sections(self) -> list[tuple[list[str], list[tuple[str, Table]]]]:
        """Return what is said of each part of the report, and its tables with their titles."""
        sections = []
        report = self.report
        if report.measured is not None:
            sections.append((list(self._of_measured(report.measured)), list(_measured_tables(report.measured))))
        if report.worst is not None:
            tables = [("", _worst_table(report.worst.slices, report.worst.metric))] if report.worst.slices else []
            sections.append((list(_of_worst(report.worst)), tables))
        if report.estimate is not None:
            sections.append((list(self._of_estimate(report.estimate)), list(_estimate_tables(report.estimate))))
        return sections

    def _pictures(self) -> list[str]:
        report = self.report
        pictures = []
        if report.measured is not None:
            found = report.measured
            whole = {name: found.whole.scores[name].value for name in found.metrics}
            charts = _curves(found.windows, found.metrics, whole)
            pictures.append(charts + _slice_charts(found, whole))
        if report.worst is not None:
            pictures.append("")
        if report.estimate is not None:
            pictures.append(_curves(report.estimate.windows, report.estimate.metrics, report.estimate.reference))
        return pictures

    def _of_measured(self, found: Performance) -> Iterator[str]:
        said = f"{self.names[0]}: {found.rows:,} rows with truth"
        if found.positive not in (None, 1):  # of 0 and 1, and of False and True, nobody asks
            said += f", {found.positive!r} counts as positive"
        yield said
        if found.unlabelled:
            yield f"{found.unlabelled:,} rows without truth are left out"
        few = sum(part.uncertain for part in (*found.windows, *found.slices))
        if few:
            yield f"{count(few, 'part')} of fewer than {found.min_rows} rows: marked uncertain"

    def _of_estimate(self, found: Estimate) -> Iterator[str]:
        kind = "confidence-based estimation" if found.method == "CBPE" else "direct loss estimation"
        yield (
            f"estimated without truth: {self.names[0]}, {found.whole.rows:,} rows, from "
            f"{found.reference_rows:,} rows with truth of {self.names[1]} ({found.method}, {kind})"
        )
        yield found.limits
        if found.calibration != "none":
            yield f"probabilities were not what they say on the reference: calibrated there ({found.calibration})"


def _measured_tables(found: Performance) -> Iterator[tuple[str, Table]]:
    yield "", _metric_table(found.whole, found.metrics)
    if found.windows:
        yield f"by window: {len(found.windows)}", _part_table(found.windows[-MOST_WINDOWS:], found.metrics, "window")
    for column, parts in _by_column(found.slices).items():
        yield f"by {column}: {len(parts)}", _part_table(parts[:MOST_SLICES], found.metrics, column)


def _estimate_tables(found: Estimate) -> Iterator[tuple[str, Table]]:
    rows = [
        [
            Cell(_words(name), "name"),
            Cell(number(score.value)),
            Cell(_ends(score)),
            Cell(number(found.reference.get(name))),
        ]
        for name, score in found.whole.scores.items()
    ]
    columns = [Column("metric"), numbers("estimate"), numbers("likely"), numbers("reference, measured")]
    yield "", Table(columns, rows)
    if found.windows:
        title = f"estimated by window: {len(found.windows)}"
        yield title, _part_table(found.windows[-MOST_WINDOWS:], found.metrics, "window")


def _metric_table(part: Part, metrics: Sequence[str]) -> Table:
    rows = [
        [
            Cell(_words(name), "name"),
            Cell(number(part.scores[name].value)),
            Cell(_ends(part.scores[name])),
            Cell(part.scores[name].interval, "faint"),
        ]
        for name in metrics
    ]
    return Table([Column("metric"), numbers("value"), numbers("interval"), Column("by", drop=1)], rows)


def _part_table(parts: Sequence[Part], metrics: Sequence[str], title: str) -> Table:
    columns = [Column(title, least=10), numbers("rows"), Column("", whole=True)]
    columns += [numbers(_words(name), drop=at) for at, name in enumerate(metrics)]
    rows = [
        [
            Cell(", ".join(part.values.values()), "name"),
            Cell(f"{part.rows:,}"),
            Cell("uncertain: few rows" if part.uncertain else "", "warning"),
            *(_score_cell(part.scores[name], part.uncertain) for name in metrics),
        ]
        for part in parts
    ]
    return Table(columns, rows)


def _score_cell(score: Score, is_uncertain: bool) -> Cell:
    if score.value is None:
        return Cell(NOTHING, "faint", "no row that it is of")
    ends = _ends(score)
    return Cell(number(score.value) + (f" ({ends})" if ends else ""), "faint" if is_uncertain else "")


def _of_worst(found: WorstSlices) -> Iterator[str]:
    looked = f"{found.searched:,} slices looked at, {found.tested} stood out"
    if not found.slices:
        yield f"worst slices: none; {found.note or looked + ', none of them is worse on rows that were not searched'}"
        return
    tested = f"{looked}, {len(found.slices)} are worse on rows that were not searched too"
    yield f"worst slices by {_words(found.metric)} ({number(found.value)} of all rows): {tested}"


def _worst_table(slices: Sequence[Slice], metric: str) -> Table:
    columns = [numbers(""), Column("slice", most=60, least=20), numbers("rows"), numbers("share", drop=3)]
    columns += [numbers(_words(metric)), numbers("other rows"), numbers("worse by"), numbers("interval", drop=1)]
    columns += [numbers("q", drop=2)]
    rows = [
        [
            Cell(str(at), "faint"),
            Cell(one.words, "name"),
            Cell(f"{one.rows:,}"),
            Cell(f"{one.share:.1%}", "faint"),
            Cell(number(one.value)),
            Cell(number(one.rest)),
            Cell(f"+{number(one.difference)}", "warning"),
            Cell(f"{number(one.low)} to {number(one.high)}"),
            Cell(f"{one.q_value:.1g}", "faint"),
        ]
        for at, one in enumerate(slices, start=1)
    ]
    return Table(columns, rows)


def _curves(parts: Sequence[Part], metrics: Sequence[str], rules: Mapping[str, float | None]) -> str:
    """Return the first metrics over windows, the value of all rows or of the reference as a rule.

    Windows of few rows stand in the table alone: their wide intervals would flatten all others.
    """
    sure = [part for part in parts if not part.uncertain]
    if len(sure) < 2:
        return ""
    charts = []
    for name in metrics[:CHARTS]:
        points = [
            (", ".join(part.values.values()), one.value, one.low, one.high)
            for part in sure[-MOST_WINDOWS:]
            for one in (part.scores[name],)
        ]
        charts.append(f'<div class="o-v">{band_chart(_words(name), points, rules.get(name))}</div>')
    return f"<div>{''.join(charts)}</div>"


def _slice_charts(found: Performance, rules: Mapping[str, float | None]) -> str:
    """Return the first metric on each value of each column."""
    name = found.metrics[0]
    charts = []
    for column, parts in _by_column(found.slices).items():
        rows = [
            ((", ".join(part.values.values()), one.value, one.low, one.high), part.uncertain)
            for part in parts[:MOST_SLICES]
            for one in (part.scores[name],)
        ]
        ends = max(8, min(26, max(len(label) for (label, *_), _ in rows)))
        title = f"{_words(name)} by {column}"
        chart = interval_chart(rows, title, rules[name], 240 + 7 * ends, ends)
        charts.append(f'<div class="o-v"><div>{esc(title)}</div>{chart}</div>')
    return f"<div>{''.join(charts)}</div>" if charts else ""


def _by_column(parts: Sequence[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(" and ".join(part.values), []).append(part)
    return found


def _ends(score: Score) -> str:
    return "" if score.low is None or score.high is None else f"{number(score.low)} to {number(score.high)}"


def _words(name: str) -> str:
    return name.replace("_", " ")
