"""What a model looks at: ranked bars, how the answer depends on the first columns, and whether that has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count, number
from nbmlops.display.interval_svg import band_chart, ranked_bars
from nbmlops.display.markup import esc, folded, page
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import plain, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.measures.explaining.records import AttributionDrift, Dependence, Explained, Explanation

MOST_COLUMNS = 20
MOST_PREDICTIONS = 5
MOST_PARTS = 4
_BAR = 24


class ExplainView(View):
    """Importances as bars, the longest first; the rest is folded.

    Parameters
    ----------
    explanation : Explanation
        What was found.
    model, name, reference : str
        What the model, the rows and those from before are called.
    """

    def __init__(
        self, explanation: Explanation, model: str = "model", name: str = "rows", reference: str = "reference"
    ) -> None:
        self.explanation = explanation
        self.names = (model, name, reference)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.explanation, name)

    def to_json(self) -> dict[str, Any]:
        """Return the record of what was found."""
        return self.explanation.to_json()

    def text(self, color: bool = False) -> str:
        """Return the ranking for a terminal."""
        width = terminal_width()
        lines = [line for sentence in self._sentences() for line in wrapped(plain(sentence), width, "  ", "")]
        for title, table in self._tables():
            shown, hidden = table.text(width, color)
            lines += ["", *([plain(title)] if title else []), *shown]
            lines += wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else []
        return "\n".join(lines)

    def html(self) -> str:
        """Return the ranking for a notebook."""
        found = self.explanation
        shown = found.importances[:MOST_COLUMNS]
        bars = ranked_bars([(one.column, one.value, one.low, one.high) for one in shown], "importance by column")
        parts = [f"<p>{esc(sentence)}</p>" for sentence in self._sentences()]
        parts += [bars]
        if found.dependence:
            charts = "".join(f'<div class="o-v">{_curve(one)}</div>' for one in found.dependence)
            parts.append(folded(esc(f"how the {self._answer()} depends on the first columns"), charts))
        parts += [folded(esc(title), table.html(), title == self._moved_title()) for title, table in self._tables(True)]
        return page(*parts)

    def _sentences(self) -> Iterator[str]:
        found = self.explanation
        model, name, reference = self.names
        called = model if model == found.model else f"{model} ({found.model})"
        if found.score is not None:
            yield (
                f"{called} on {name}: {found.of.replace('_', ' ')} is {number(found.score)} of {found.rows:,} rows; "
                "how much of it is lost where a column is shuffled"
            )
        else:
            yield f"{called} on {name}: how much each column moves the {found.of}, on average of {found.rows:,} rows"
        yield f"intervals: {found.interval}"
        yield from found.notes
        left = len(found.importances) - MOST_COLUMNS
        if left > 0:
            yield f"{count(left, 'more column')} in the record"
        if found.drift is not None:
            yield _drift_words(found.drift, reference)

    def _answer(self) -> str:
        found = self.explanation
        return "answer" if found.score is not None else found.of

    def _moved_title(self) -> str:
        return f"rankings: {self.names[2]} and {self.names[1]}"

    def _tables(self, graphic: bool = False) -> Iterator[tuple[str, Table]]:
        found = self.explanation
        title = "as a table" if graphic else ""
        yield title, self._ranking(graphic)
        if found.drift is not None:
            yield self._moved_title(), _rank_table(found.drift)
        if found.predictions:
            yield "first predictions", _prediction_table(found.predictions[:MOST_PREDICTIONS])

    def _ranking(self, graphic: bool) -> Table:
        shown = self.explanation.importances[:MOST_COLUMNS]
        columns = [Column("column", least=8), numbers("importance"), numbers("interval", drop=2), numbers("share")]
        columns += [Column("", drop=1)]
        most = max((one.share for one in shown), default=0.0) or 1.0
        rows = [
            [
                Cell(one.column, "name"),
                Cell(number(one.value)),
                Cell("" if one.low is None else f"{number(one.low)} to {number(one.high)}", "faint"),
                Cell(f"{one.share:.1%}"),
                Cell("" if graphic else "█" * round(_BAR * one.share / most)),
            ]
            for one in shown
        ]
        return Table(columns, rows)


def _drift_words(drift: AttributionDrift, reference: str) -> str:
    told = "it looks at other columns than it did" if drift.drifted else "it looks at the columns that it looked at"
    limit = min(drift.chance, drift.threshold)
    return (
        f"beside {reference} ({drift.reference_rows:,} rows): {told}: nDCG of the rankings {number(drift.ndcg)}, "
        f"drifted below {number(limit)}"
    )


def _rank_table(drift: AttributionDrift) -> Table:
    columns = [Column("column", least=8), numbers("was"), numbers("is"), numbers("share was"), numbers("share is")]
    rows = [
        [
            Cell(one.column, "name"),
            Cell(str(one.reference)),
            Cell(str(one.current), "warning" if one.current != one.reference else ""),
            Cell(f"{one.reference_share:.1%}"),
            Cell(f"{one.current_share:.1%}"),
        ]
        for one in drift.ranks[:MOST_COLUMNS]
    ]
    return Table(columns, rows)


def _prediction_table(predictions: tuple[Explained, ...]) -> Table:
    columns = [
        numbers("row"),
        Column("label"),
        numbers("answer"),
        numbers("usual"),
        Column("because of", most=90, prose=True),
    ]
    rows = []
    for one in predictions:
        parts = sorted(one.parts.items(), key=lambda part: -abs(part[1]))[:MOST_PARTS]
        told = ", ".join(f"{name} {'+' if value >= 0 else ''}{number(value)}" for name, value in parts)
        label = "" if one.label is None else str(one.label)
        rows.append([Cell(str(one.row)), Cell(label), Cell(number(one.answer)), Cell(number(one.base)), Cell(told)])
    return Table(columns, rows)


def _curve(one: Dependence) -> str:
    """Return a curve over the values of a number, bars of labels."""
    if not one.is_number:
        rows = [(label, answer, None, None) for label, answer in zip(one.values, one.answers, strict=True)]
        return f"<div>{esc(one.column)}</div>{ranked_bars(rows, one.column, 340)}"
    points = [(number(value), answer, None, None) for value, answer in zip(one.values, one.answers, strict=True)]
    return band_chart(one.column, points, places=one.values)
