"""Values with their intervals as inline SVG: bars side by side, a curve with its band, ranked bars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nbmlops.display.format import number
from nbmlops.display.markup import esc
from nbmlops.display.svg import svg
from nbmlops.display.terminal import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Valued = tuple[str, float | None, float | None, float | None]
"""A name, a value, and the ends of its interval, as far as they are known."""

_COLOR = "var(--jp-brand-color1,#1976d2)"
_DOT = f"fill:{_COLOR}"
_LINE = f"stroke:{_COLOR};stroke-width:2"
_UNSURE = "stroke:currentColor;stroke-width:2;stroke-opacity:.45"
_UNSURE_DOT = "fill:currentColor;fill-opacity:.55"
_RULE = 'stroke="currentColor" stroke-opacity=".4" stroke-dasharray="3 3"'
_AXIS = 'fill="none" stroke="currentColor" stroke-opacity=".45"'


def interval_chart(
    rows: Sequence[tuple[Valued, bool]], title: str, at: float | None = None, width: int = 420, ends: int = 26
) -> str:
    """Return one line a name: a dot with its interval; grey where it is uncertain, with a rule at one value.

    Parameters
    ----------
    rows : sequence of pairs
        A name with its values, and whether it is uncertain.
    title : str
        What is shown.
    at : float, optional
        Where a dashed rule stands, such as the value of all rows.
    width : int
        Of the picture.
    ends : int
        How many letters of a name there is room for.
    """
    shown = [(one, is_uncertain) for one, is_uncertain in rows if one[1] is not None]
    known = [value for one, _ in shown for value in one[1:] if value is not None] + ([] if at is None else [at])
    if not shown:
        return ""
    low, high = min(known), max(known)
    spread = (high - low) or abs(high) or 1.0
    low, high = low - 0.04 * spread, high + 0.04 * spread
    left, right = ends * 6.6 + 8, width - 60.0

    def place(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    parts = []
    for row, ((name, value, least, most), is_uncertain) in enumerate(shown):
        assert value is not None
        y = row * 17 + 10
        parts.append(_text(left - 8, y + 4, shorten(name, ends), "end"))
        if least is not None and most is not None:
            style = _UNSURE if is_uncertain else _LINE
            parts.append(f'<path d="M{place(least):.1f} {y}H{place(most):.1f}" style="{style}"/>')
        dot = _UNSURE_DOT if is_uncertain else _DOT
        parts.append(f'<circle cx="{place(value):.1f}" cy="{y}" r="3.5" style="{dot}"/>')
        parts.append(_text(width, y + 4, number(value), "end"))
    bottom = len(shown) * 17 + 4
    if at is not None:
        parts.insert(0, f'<path d="M{place(at):.1f} 2V{bottom}" {_RULE}/>')
        parts.append(_text(min(max(place(at), left + 30), right - 30), bottom + 11, f"all: {number(at)}", "middle"))
    return svg(width, bottom + (16 if at is not None else 2), title, parts)


def interval_spark(value: float, low: float, high: float, least: float, most: float, rule: float | None) -> str:
    """Return one interval as a word-sized picture on a scale that several share; a rule where there is no gap."""
    width, height = 120, 12

    def place(one: float) -> float:
        return 4 + (min(max(one, least), most) - least) / ((most - least) or 1) * (width - 8)

    parts = [
        f'<path d="M{place(low):.1f} 6H{place(high):.1f}" style="{_LINE}"/>',
        f'<circle cx="{place(value):.1f}" cy="6" r="3" style="{_DOT}"/>',
    ]
    if rule is not None and least <= rule <= most:
        parts.insert(0, f'<path d="M{place(rule):.1f} 0V{height}" {_RULE}/>')
    return svg(width, height, f"{number(value)}, {number(low)} to {number(high)}", parts)


def band_chart(
    title: str,
    points: Sequence[Valued],
    at: float | None = None,
    places: Sequence[float] = (),
    width: int = 320,
    height: int = 150,
) -> str:
    """Return a curve over windows or values with its band; one of which nothing is known breaks it.

    Parameters
    ----------
    title : str
        The metric.
    points : sequence
        Of each window its name, the value and the ends.
    at : float, optional
        Where a dashed rule stands, such as the value of the reference.
    places : sequence of float, optional
        Where each point stands from left to right; evenly by default.
    width, height : int
        Of the picture.
    """
    known = [value for point in points for value in point[1:] if value is not None]
    known += [] if at is None else [at]
    if not any(point[1] is not None for point in points):
        return ""
    low, high = min(known), max(known)
    left, top, bottom, right = 52, 20, height - 18, width - 10
    across = places or range(len(points))
    step = (right - left) / ((across[-1] - across[0]) or 1)
    scale = (bottom - top) / ((high - low) or 1)

    def x_of(place: int) -> float:
        return left + (across[place] - across[0]) * step

    def y(value: float) -> float:
        return bottom - (value - low) * scale

    parts = [
        f'<text x="0" y="11" font-weight="600">{esc(shorten(title, 40))}</text>',
        f'<path d="M{left} {top}V{bottom}H{right}" {_AXIS}/>',
        _text(left - 5, top + 6, number(high), "end"),
        *([_text(left - 5, bottom, number(low), "end")] if high > low else []),
        _text(left, height - 4, shorten(points[0][0], 18), "start"),
        *([_text(right, height - 4, shorten(points[-1][0], 18), "end")] if len(points) > 1 else []),
    ]
    if at is not None:
        parts.append(f'<path d="M{left} {y(at):.1f}H{right}" {_RULE}/>')
    for line in _unbroken(points):
        parts += _stretch([(x_of(place), _at(y, value), _at(y, low), _at(y, high)) for place, value, low, high in line])
    for place, (name, value, least, most) in enumerate(points):
        if value is not None:
            ends = "" if least is None else f" ({number(least)} to {number(most)})"
            parts.append(
                f'<circle cx="{x_of(place):.1f}" cy="{y(value):.1f}" r="2.5" style="{_DOT}">'
                f"<title>{esc(name)}: {number(value)}{ends}</title></circle>"
            )
    return svg(width, height, title, parts)


def _at(place: Callable[[float], float], value: float | None) -> float | None:
    return None if value is None else place(value)


def _stretch(line: Sequence[tuple[float, float | None, float | None, float | None]]) -> list[str]:
    """Return a band and a line through places that are all known; a single one has an upright line for its band."""
    edges = [(x, least, most) for x, _, least, most in line if least is not None and most is not None]
    parts = []
    if len(edges) > 1:
        upper = "L".join(f"{x:.1f} {most:.1f}" for x, _, most in edges)
        lower = "L".join(f"{x:.1f} {least:.1f}" for x, least, _ in reversed(edges))
        parts.append(f'<path d="M{upper}L{lower}Z" style="fill:{_COLOR};fill-opacity:.18"/>')
    elif edges:
        x, least, most = edges[0]
        parts.append(f'<path d="M{x:.1f} {least:.1f}V{most:.1f}" style="{_LINE};stroke-opacity:.5"/>')
    if len(line) > 1:
        path = "L".join(f"{x:.1f} {value:.1f}" for x, value, _, _ in line if value is not None)
        parts.append(f'<path d="M{path}" fill="none" style="{_LINE}"/>')
    return parts


def ranked_bars(rows: Sequence[Valued], title: str, width: int = 460) -> str:
    """Return horizontal bars from nothing, the longest first, with their intervals."""
    known = [value for row in rows for value in row[1:] if value is not None and math.isfinite(value)]
    if not known:
        return ""
    low, high = min(0.0, *known), max(0.0, *known)
    left, right = 150.0, width - 64.0
    scale = (right - left) / ((high - low) or 1)
    zero = left - low * scale
    parts = []
    for row, (name, value, least, most) in enumerate(rows):
        if value is None:
            continue
        y = row * 18 + 2
        end = zero + value * scale
        parts.append(_text(left - 8, y + 11, shorten(name, 22), "end"))
        parts.append(
            f'<rect x="{min(zero, end):.1f}" y="{y}" width="{max(abs(end - zero), 1):.1f}" height="14" '
            f'style="{_DOT};fill-opacity:.75"><title>{esc(name)}: {number(value)}</title></rect>'
        )
        if least is not None and most is not None and most > least:
            parts.append(
                f'<path d="M{zero + least * scale:.1f} {y + 7}H{zero + most * scale:.1f}" stroke="currentColor" '
                'stroke-width="1.5"/>'
            )
        parts.append(_text(width, y + 11, number(value), "end"))
    if low < 0:
        parts.append(f'<path d="M{zero:.1f} 0V{len(rows) * 18}" {_AXIS}/>')
    return svg(width, len(rows) * 18 + 2, title, parts)


def _unbroken(points: Sequence[Valued]) -> list[list[tuple[int, float | None, float | None, float | None]]]:
    """Return the stretches of windows in a row of which the value is known.

    Examples
    --------
    >>> [[place for place, *_ in line] for line in _unbroken([("a", 1, 0, 2), ("b", None, None, None), ("c", 1, 0, 2)])]
    [[0], [2]]
    """
    lines: list[list[tuple[int, float | None, float | None, float | None]]] = [[]]
    for place, (_, value, low, high) in enumerate(points):
        if value is None:
            lines.append([])
        else:
            lines[-1].append((place, value, low, high))
    return [line for line in lines if line]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{esc(text)}</text>'
