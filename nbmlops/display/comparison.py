"""Runs side by side: left to right in time, only what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display import figures
from nbmlops.display.format import change, count, digest, duration, number, setting, when
from nbmlops.display.markup import esc, mark, page
from nbmlops.display.svg import bar_chart, bar_legend, curve_chart, legend, parallel_chart
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.records import CodeDifference, Comparison, Difference

MOST_BYTES = 100_000
CURVES = 8
DIFF_LINES = 240
DIFFS = 8
DIFF_WIDTH = 240
ROWS = 60
TEXT_ROWS = 24
AXES = 7


class ComparisonView(View):
    """Two or more runs beside each other.

    Parameters
    ----------
    comparison : Comparison
        What ``workspace.runs.compare`` found.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison

    def to_json(self) -> dict[str, Any]:
        """Return the record of the comparison."""
        return self.comparison.to_json()

    def figure(self) -> Any:
        """Return a Plotly figure: parallel coordinates of params and metrics, or grouped bars where there are two runs.

        Raises
        ------
        MissingExtra
            Plotly is not installed.
        """
        return figures.figure_of(self.comparison)

    def text(self, color: bool = False) -> str:
        """Return what differs, for a terminal."""
        width = terminal_width()
        lines = self._section_lines(("metrics", "params", "data"), width, color, has_head=True)
        for one in self.comparison.code:
            lines += ["", paint(f"code {plain(one.a)} → {plain(one.b)}", "section", color)]
            lines += [paint(shorten(plain(line), width), style, color) for line, style in _diff(one)]
        if self.comparison.environment:
            lines += ["", *self._section_lines(("environment",), width, color, has_head=False)]
        lines += ["", *(paint(line, "faint", color) for line in wrapped(self._same(), width, "  ", ""))]
        return "\n".join(lines)

    def _section_lines(self, sections: tuple[str, ...], width: int, color: bool, has_head: bool) -> list[str]:
        table, sentences = self._table(sections, TEXT_ROWS, has_head)
        lines, hidden = table.text(width, color) if table.rows else ([], [])
        lines += [line for words in sentences for line in wrapped(words, width, "    ", "  ")]
        return lines + (wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else [])

    def html(self) -> str:
        """Return what differs, for a notebook, under 100 kB: metrics, params, data, plots, code, environment."""
        shown = ""
        for part in (1, 2, 4, 8, 16):
            shown = self._page(part)
            if len(shown.encode()) < MOST_BYTES:
                break
        return shown

    def _page(self, part: int) -> str:
        """Return the page with no more than one ``part``-th of each long list."""
        rows = max(ROWS // part, 4)
        parts = [
            self._section_html(("metrics", "params", "data"), rows),
            self._plot(),
            self._curves(max(CURVES // part, 1)),
        ]
        code = self.comparison.code[: max(DIFFS // part, 2)]
        for one in code:
            lines = "\n".join(_diff_html(line, style) for line, style in _diff(one, DIFF_LINES // part))
            head = f"code <bdi>{esc(shorten(one.a, 60))}</bdi> → <bdi>{esc(shorten(one.b, 60))}</bdi>"
            parts.append(f'<h4 class="o-4">{head}</h4><pre class="o-p">{lines}</pre>')
        if len(code) < len(self.comparison.code):
            parts.append(f'<p class="o-f">+{len(self.comparison.code) - len(code)} more diffs of code</p>')
        parts += [self._section_html(("environment",), rows)] if self.comparison.environment else []
        parts.append(f'<p class="o-f">{esc(self._same())}</p>')
        return page(*parts)

    def _section_html(self, sections: tuple[str, ...], most: int) -> str:
        table, sentences = self._table(sections, most, has_head=True)
        return table.html() + "".join(f'<p class="o-f">{esc(words)}</p>' for words in sentences)

    def _table(self, sections: tuple[str, ...], most: int, has_head: bool) -> tuple[Table, list[str]]:
        """Return sections as a table, and sentences on what only one run has."""
        runs = self.comparison.runs
        two = len(runs) == 2 and "metrics" in sections
        columns = [Column("", most=28)]
        for place, run in enumerate(runs):
            columns.append(Column(plain(run.name), right=True, most=30, drop=2 if 0 < place < len(runs) - 1 else 0))
        columns += [numbers("change")] if two else []
        table = Table(columns, has_head=has_head)
        blank = [Cell("")] if two else []
        if "metrics" in sections:
            times = [Cell(when(run.started_at), "faint", run.started_at) for run in runs]
            table.rows.append([Cell("when", "faint"), *times, *blank])
            states = [_state(run.status, run.duration_s, run.error) for run in runs]
            table.rows.append([Cell("state", "faint"), *states, *blank])
        sentences: list[str] = []
        for title in sections:
            differences: tuple[Difference, ...] = getattr(self.comparison, title)
            shared = [one for one in differences if title == "metrics" or sum(v is not None for v in one.values) > 1]
            shared.sort(key=lambda one: one.name not in ("model", "estimator"))
            sentences += self._only(title, [one for one in differences if one not in shared])
            if shared:
                table.rows.append([Cell(title, "section")])
            table.rows.extend(_row(title, one, two) for one in shared[:most])
            if len(shared) > most:
                sentences.append(f"+{len(shared) - most} more {title} that differ: nbmlops runs compare --json")
        return table, sentences

    def _only(self, section: str, differences: list[Difference]) -> list[str]:
        """Return in one sentence a run what no other run has; two models share few params."""
        lines = []
        for index, run in enumerate(self.comparison.runs):
            own = [one for one in differences if one.values[index] is not None]
            if own:
                shown = ", ".join(
                    f"{plain(one.name)} {shorten(_value(section, one.values[index]), 40)}" for one in own[:40]
                )
                more = f", +{len(own) - 40} more" if len(own) > 40 else ""
                lines.append(f"{section} only in {shorten(plain(run.name), 40)}: {shown}{more}")
        return lines

    def _plot(self) -> str:
        names = [run.name for run in self.comparison.runs]
        if len(names) == 2:
            rows = [(one.name, one.values, one.best) for one in self.comparison.metrics[:8]]
            chart = bar_chart(rows)
            return f"<div>{chart}</div>{bar_legend(names)}" if chart else ""
        chart = parallel_chart(figures.axes_of(self.comparison)[-AXES:])
        return f'<div class="o-s">{chart}</div>{legend(names)}' if chart else ""

    def _curves(self, most: int) -> str:
        curves = self.comparison.curves
        charts = [curve_chart(name, runs) for name, runs in list(curves.items())[:most]]
        drawn = "".join(f'<span class="o-v">{chart}</span>' for chart in charts if chart)
        if not drawn:
            return ""
        more = f'<p class="o-f">+{len(curves) - most} more curves</p>' if len(curves) > most else ""
        return f"<h4 class='o-4'>curves</h4>{drawn}{legend([run.name for run in self.comparison.runs])}{more}"

    def _same(self) -> str:
        nouns = {"metrics": "metric", "params": "param", "data": "dataset"}
        comparison = self.comparison
        words = [count(amount, nouns[name]) for name, amount in comparison.same.items() if name in nouns and amount]
        words += ["code"] if comparison.same.get("code") and not comparison.code else []
        if amount := comparison.same.get("environment"):
            words.append(f"{amount} packages and facts of the environment" if comparison.environment else "environment")
        same = f"same for all: {', '.join(words)}" if words else "nothing is the same for all"
        sections = (comparison.metrics, comparison.params, comparison.data, comparison.environment, comparison.code)
        return same if any(sections) else f"no difference was found; {same}"


def _state(status: str, seconds: float | None, error: str | None) -> Cell:
    sign, word, style = mark(status)
    return Cell(f"{sign} {duration(seconds) or word}", style, f"{word} {error or ''}".strip())


def _row(section: str, one: Difference, two: bool) -> list[Cell]:
    cells = [Cell(one.name, "faint")]
    cells += [
        Cell(_value(section, value), "best" if index == one.best else "", _hover(value))
        for index, value in enumerate(one.values)
    ]
    if two:
        cells.append(_change_cell(section, one))
    return cells


def _value(section: str, value: Any) -> str:
    if section == "metrics":
        return number(value)
    return digest(value) if section == "data" else setting(value)


def _hover(value: Any) -> str:
    return "" if value is None else shorten(str(value), 200)


def _change_cell(section: str, one: Difference) -> Cell:
    a, b = one.values
    if section != "metrics" or a is None or b is None or a != a or b != b or a == b:  # noqa: PLR0124 - NaN
        return Cell("")
    better = (b > a) == (one.direction != "lower")
    words = f"{'▲' if b > a else '▼'} {change(b - a, b)}"
    return Cell(
        f"{words} {'better' if better else 'worse'}", "better" if better else "worse", f"{one.direction} is better"
    )


def _diff(one: CodeDifference, most: int = DIFF_LINES) -> list[tuple[str, str]]:
    """Return the lines of a diff with their styles; the file names of its head are left out."""
    lines = [line for line in one.diff.splitlines() if not line.startswith(("--- ", "+++ "))]
    styled = [
        (shorten(line, DIFF_WIDTH), {"+": "added", "-": "removed", "@": "faint"}.get(line[:1], ""))
        for line in lines[:most]
    ]
    if len(lines) > most:
        styled.append((f"… {len(lines) - most} more lines: nbmlops runs compare --json", "faint"))
    return styled


def _diff_html(line: str, style: str) -> str:
    name = {"added": "o-a", "removed": "o-d"}.get(style)
    return f'<span class="{name}">{esc(line)}</span>' if name else esc(line)
