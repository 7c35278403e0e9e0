"""A table once described, shown twice: as HTML, and as text that fits its width."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbmlops.display.markup import css_class, esc
from nbmlops.display.terminal import columns_of, pad, paint, plain, shorten, wrapped

GAP = 2
LEAST = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place: text, its style, what is seen on hover; a ``wide`` one takes the rest of its row."""

    text: str
    style: str = ""
    title: str = ""
    wide: bool = False


EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title and manner.

    ``right`` aligns; ``whole`` keeps numbers and names from being cut; ``prose`` is broken into lines on a page. A
    column with ``drop`` may be left out where there is no room; the highest goes first. ``screen`` is ``html`` for what
    only a page has room for.
    """

    title: str
    right: bool = False
    drop: int = 0
    most: int = 40
    least: int = LEAST
    whole: bool = False
    screen: str = ""
    prose: bool = False


def numbers(title: str, drop: int = 0) -> Column:
    """Return a column of numbers: to the right, never cut."""
    return Column(title, right=True, drop=drop, whole=True)


@dataclass(frozen=True)
class Table:
    """Columns and rows; a row of one cell is the heading of those that follow.

    Examples
    --------
    >>> rows = [[Cell("gradient boosting"), Cell("0.8427")], [Cell("rf"), Cell("0.8")]]
    >>> table = Table([Column("run"), numbers("auc")], rows)
    >>> print("\\n".join(table.text(22)[0]))
    run                auc
    gradient boos…  0.8427
    rf                 0.8
    """

    columns: list[Column]
    rows: list[list[Cell]] = field(default_factory=list)
    has_head: bool = True

    def html(self) -> str:
        """Return the table as HTML."""
        shown = self._used()
        parts = ['<div class="o-s"><table class="o-t o-h">' if self.has_head else '<table class="o-t">']
        if self.has_head:
            heads = (self._head(self.columns[index]) for index in shown)
            parts.append(f"<thead><tr>{''.join(heads)}</tr></thead>")
        parts.append("<tbody>")
        for row in self.rows:
            if len(row) == 1:
                name = css_class(row[0].style or "section")
                parts.append(f'<tr><th colspan="{len(shown)}" class="{name}">{esc(row[0].text)}</th></tr>')
            else:
                parts.append(f"<tr>{self._html_cells(row, shown)}</tr>")
        parts.append("</tbody></table></div>" if self.has_head else "</tbody></table>")
        return "".join(parts)

    def _html_cells(self, row: list[Cell], shown: list[int]) -> str:
        parts = []
        for place, index in enumerate(shown):
            wide = _wide(row, index)
            if wide is not None:
                parts.append(_html_cell(wide, False, len(shown) - place))
                break
            parts.append(_html_cell(row[index], self.columns[index].right, prose=self.columns[index].prose))
        return "".join(parts)

    @staticmethod
    def _head(column: Column) -> str:
        return f'<th class="o-x">{esc(column.title)}</th>' if column.right else f"<th>{esc(column.title)}</th>"

    def text(self, width: int, color: bool = False, indent: str = "") -> tuple[list[str], list[str]]:
        """Return the table as lines, and the titles of columns for which there was no room."""
        wanted = {index: self._natural(index) for index in self._used() if self.columns[index].screen != "html"}
        hidden: list[int] = []
        room = width - len(indent)
        while True:
            widths = _fit(wanted, self.columns, room)
            droppable = [index for index in wanted if self.columns[index].drop]
            if widths is not None or not droppable:
                break
            gone = max(droppable, key=lambda index: (self.columns[index].drop, index))
            if self.columns[gone].title:
                hidden.append(gone)
            del wanted[gone]
        lines = self._lines(widths or _squeezed(wanted, self.columns, room), color, room)
        return [indent + line for line in lines], [self.columns[index].title for index in sorted(hidden)]

    def _used(self) -> list[int]:
        """Return the columns in which anything stands."""
        return [
            index
            for index in range(len(self.columns))
            if any(self._texts(index)) or any(len(row) > 1 and row[index].wide for row in self.rows)
        ]

    def _texts(self, index: int) -> list[str]:
        return [row[index].text for row in self.rows if len(row) > 1 and _wide(row, index) is None]

    def _natural(self, index: int) -> int:
        column = self.columns[index]
        texts = self._texts(index) + ([column.title] if self.has_head else [])
        widest = max(columns_of(plain(text)) for text in texts)
        return widest if column.whole else min(widest, column.most)

    def _lines(self, widths: dict[int, int], color: bool, room: int) -> list[str]:
        lines = []
        if self.has_head:
            heads = [Cell(column.title, "faint") for column in self.columns]
            lines.append(self._line(heads, widths, color, room))
        for row in self.rows:
            if len(row) == 1:
                lines.append(paint(shorten(plain(row[0].text), room), row[0].style or "section", color))
            else:
                lines.append(self._line(row, widths, color, room))
        return lines

    def _line(self, row: list[Cell], widths: dict[int, int], color: bool, room: int) -> str:
        parts, used = [], 0
        for index, width in widths.items():
            wide = _wide(row, index)
            if wide is not None:
                parts.append(paint(shorten(plain(wide.text), max(room - used, 1)), wide.style, color))
                break
            text = shorten(plain(row[index].text), width)
            blanks = " " * (width - columns_of(text))
            painted = paint(text, row[index].style, color)
            parts.append(blanks + painted if self.columns[index].right else painted + blanks)
            used += width + GAP
        return (" " * GAP).join(parts).rstrip()


def _wide(row: list[Cell], index: int) -> Cell | None:
    """Return the cell that covers a column and all after it, if there is one."""
    return next((cell for cell in row[: index + 1] if cell.wide), None)


def _html_cell(cell: Cell, right: bool, columns: int = 1, prose: bool = False) -> str:
    manner = "o-x" if right else "o-l" if prose and len(cell.text) > 30 else ""
    name = " ".join(filter(None, (manner, css_class(cell.style))))
    title = cell.title or (cell.text if len(cell.text) > 30 else "")
    attributes = (f' class="{name}"' if name else "") + (f' title="{esc(title)}"' if title else "")
    if columns > 1:
        attributes += f' colspan="{columns}"'
    inside = esc(shorten(cell.text, 200)) if len(cell.text) > 60 else esc(cell.text)
    if not cell.text.isascii():
        inside = f"<bdi>{inside}</bdi>"
    if cell.style == "best":
        inside = f"<b>{inside}</b>"
    return f"<td{attributes}>{inside}</td>"


def _fit(wanted: dict[int, int], columns: list[Column], room: int) -> dict[int, int] | None:
    """Shrink the widest texts until all fits; None where not even that does."""
    widths = dict(wanted)
    over = sum(widths.values()) + GAP * (len(widths) - 1) - room
    flexible = [index for index in widths if not columns[index].whole]
    while over > 0:
        candidates = [index for index in flexible if widths[index] > columns[index].least]
        if not candidates:
            return None
        widest = max(candidates, key=lambda index: widths[index])
        widths[widest] -= 1
        over -= 1
    return widths


def _squeezed(wanted: dict[int, int], columns: list[Column], room: int) -> dict[int, int]:
    """Shrink what may not be left out below what it should have: texts first, numbers where nothing else helps."""
    widths = {
        index: width if columns[index].whole else min(width, columns[index].least) for index, width in wanted.items()
    }
    while sum(widths.values()) + GAP * (len(widths) - 1) > room and max(widths.values()) > 1:
        texts = [index for index in widths if not columns[index].whole and widths[index] > 3]
        widest = max(texts or widths, key=lambda index: widths[index])
        widths[widest] -= 1
    return widths


def facts_html(rows: list[tuple[str, str]]) -> str:
    """Return names and values, which are HTML already, as a table without a head."""
    lines = "".join(f"<tr><th>{esc(name)}</th><td>{value}</td></tr>" for name, value in rows if value)
    return f'<table class="o-t o-k"><tbody>{lines}</tbody></table>' if lines else ""


def facts_text(rows: list[tuple[str, str]], width: int, color: bool = False, indent: str = "  ") -> list[str]:
    """Return names and values as lines; a long value goes on under itself."""
    kept = [(plain(name), value) for name, value in rows if value]
    column = min(max((columns_of(name) for name, _ in kept), default=0), width // 3)
    lines = []
    for name, value in kept:
        hanging = " " * (len(indent) + column + GAP)
        first, *more = wrapped(value, width, hanging)
        title = pad(shorten(name, column), column)
        lines.append(f"{indent}{paint(title, 'faint', color)}{' ' * GAP}{first[len(hanging) :]}")
        lines += more
    return lines
