"""A map of windows by columns as a plain table: it keeps its colours and numbers where pictures are taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.display.format import number
from nbmlops.display.markup import esc
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
    shown = "" if not numbered else "–" if value is None else f"{value:.2f}"
    strength = 0.0 if value is None else _MOST_STRENGTH * min(1.0, 0.07 + 0.93 * value / (2 * severe))
    color = f"{_WARM},{strength:.2f}" if strength else "128,128,128,0.12"
    return f'<td style="background-color:rgba({color})"{title}>{shown}</td>'
