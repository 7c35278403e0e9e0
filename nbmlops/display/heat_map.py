"""A map of windows by columns as a plain table: it keeps its colours and numbers where pictures are taken out.

A terminal gets the numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.display.format import NOTHING, number
from nbmlops.display.markup import esc
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_WINDOWS = 60
_MOST_NUMBERED = 12
"""With more windows there is no room for numbers; they are said on hover."""

_WARM = "239,108,0"
_MOST_STRENGTH = 0.6
"""Text can be read on the colour in light and in dark."""


def heat_map(rows: Mapping[str, Sequence[float | None]], windows: Sequence[str], severe: float) -> str:
    """Return how far each column is from the reference in each window, the darker the farther.

    JupyterLab takes SVG out of notebooks that it does not trust, such as those that a pipeline ran, and leaves the text
    of it; tables with colours it leaves.

    Parameters
    ----------
    rows : dict
        The distances by column, one for each window; None where there are too few rows.
    windows : list of str
        The names of the windows.
    severe : float
        The distance that counts as severe; twice of it is the darkest.

    Examples
    --------
    >>> "background-color:rgba(239,108,0,0.32)" in heat_map({"delay": [0.1, None]}, ["2013-06", "2013-07"], 0.1)
    True
    """
    numbered = len(windows) <= _MOST_NUMBERED
    lines = [f"<tr><th></th>{_heads(windows, numbered)}</tr>"]
    for column, values in rows.items():
        cells = (_cell(column, name, value, severe, numbered) for name, value in zip(windows, values, strict=True))
        lines.append(f"<tr><th>{esc(shorten(column, 22))}</th>{''.join(cells)}</tr>")
    return f'<div class="o-s"><table class="o-t {"o-en" if numbered else "o-e"}">{"".join(lines)}</table></div>'


def window_table(
    rows: Mapping[str, Sequence[float | None]], windows: Sequence[str], limits: tuple[float, float]
) -> Table:
    """Return the distances as a table for a terminal; where it is narrow the oldest windows are left out first.

    Parameters
    ----------
    rows, windows
        As in `heat_map`.
    limits : tuple of float
        The distances that count, and that are severe.

    Examples
    --------
    >>> table = window_table({"delay": [0.013, None, 0.123]}, ["2013-06", "2013-07", "2013-08"], (0.05, 0.1))
    >>> print("\\n".join(table.text(24)[0]))
    column  2013-07  2013-08
    delay         –     0.12
    """
    columns = [Column("column", most=22, least=6)]
    columns += [numbers(name, drop=len(windows) - at) for at, name in enumerate(windows)]
    return Table(
        columns, [[Cell(name, "name"), *(_number(one, limits) for one in values)] for name, values in rows.items()]
    )


def _number(value: float | None, limits: tuple[float, float]) -> Cell:
    if value is None:
        return Cell(NOTHING, "faint")
    return Cell(f"{value:.2f}", "error" if value >= limits[1] else "warning" if value >= limits[0] else "")


def _heads(windows: Sequence[str], numbered: bool) -> str:
    if numbered:
        return "".join(f"<th>{esc(name)}</th>" for name in windows)
    half = len(windows) // 2
    return (
        f'<th colspan="{half}">{esc(windows[0])}</th>'
        f'<th class="o-x" colspan="{len(windows) - half}">{esc(windows[-1])}</th>'
    )


def _cell(column: str, window: str, value: float | None, severe: float, numbered: bool) -> str:
    said = "no rows to tell" if value is None else number(value)
    title = f' title="{esc(column)} {esc(window)}: {said}"'
    shown = "" if not numbered else NOTHING if value is None else f"{value:.2f}"
    strength = 0.0 if value is None else _MOST_STRENGTH * min(1.0, 0.07 + 0.93 * value / (2 * severe))
    color = f"{_WARM},{strength:.2f}" if strength else "128,128,128,0.12"
    return f'<td style="background-color:rgba({color})"{title}>{shown}</td>'
