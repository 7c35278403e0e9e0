"""The rows behind what was found about a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count
from nbmlops.display.markup import esc, folded, page
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import plain, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.measures.drift.behind import DriftRows

MOST_ROWS = 20
MOST_COLUMNS = 12
MOST_LETTERS = 40
FEW_ROWS, FEW_COLUMNS = 5, 7


class DriftRowsView(View):
    """What was found about a column, in words, and the first of its rows.

    Parameters
    ----------
    found : DriftRows
        What was found.
    """

    def __init__(self, found: DriftRows) -> None:
        self.found = found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.found, name)

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return self.found.to_json()

    def text(self, color: bool = False) -> str:
        """Return the words and the rows for a terminal."""
        width = terminal_width()
        lines = [line for words in self._sentences() for line in wrapped(plain(words), width, "  ", "")]
        if len(self.found.frame):
            table, hidden = rows_table(self.found, MOST_ROWS, MOST_COLUMNS).text(width, color)
            lines += ["", *table]
            lines += wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else []
        return "\n".join(lines)

    def html(self) -> str:
        """Return the words and the rows for a notebook."""
        parts = [f"<p>{esc(words)}</p>" for words in self._sentences()]
        if len(self.found.frame):
            parts.append(rows_table(self.found, MOST_ROWS, MOST_COLUMNS).html())
        return page(*parts)

    def _sentences(self) -> list[str]:
        found = self.found
        if not found.findings:
            return [f"{found.column}: nothing was found in {count(found.current_rows, 'row')}"]
        words = [f"{one.reason} ({count(len(one.places), 'row')})" for one in found.findings]
        shown = min(len(found.frame), MOST_ROWS)
        return [*words, f"the first {shown:,} of {len(found.places):,}"] if shown < len(found.places) else words


def rows_table(found: DriftRows, most_rows: int, most_columns: int) -> Table:
    """Return the first of the rows: their number, their index where it is another, the column, then the others."""
    frame = found.frame.head(most_rows)
    names = [found.column] if found.column in frame.columns else []
    names += [name for name in frame.columns if name != found.column]
    names = names[:most_columns]
    places = found.places[: len(frame)]
    has_index = list(frame.index) != list(places)
    columns = [numbers("row"), *([Column("index", drop=1)] if has_index else [])]
    columns += [Column(str(name), most=MOST_LETTERS, drop=at) for at, name in enumerate(names)]
    rows = [
        [
            Cell(f"{place:,}", "name"),
            *([Cell(_shown(index))] if has_index else []),
            *(Cell(_shown(frame[name].iloc[at])) for name in names),
        ]
        for at, (place, index) in enumerate(zip(places, frame.index, strict=True))
    ]
    return Table(columns, rows)


def folded_rows(found: DriftRows) -> str:
    """Return what was found about a column as a part that opens on a click, with a few of its rows."""
    words = "; ".join(one.reason for one in found.findings)
    return folded(f"rows: <bdi>{esc(words)}</bdi>", rows_table(found, FEW_ROWS, FEW_COLUMNS).html())


def _shown(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
