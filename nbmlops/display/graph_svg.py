"""A pipeline's graph as inline SVG: steps in columns by what they need, in the colours of the host's theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.display.markup import css_class, esc
from nbmlops.display.terminal import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, GAP_X, GAP_Y = 132, 30, 36, 10
MOST = 60
"""More steps than this are not drawn: the table shows them."""


def graph_svg(needs: Mapping[str, Sequence[str]], looks: Mapping[str, tuple[str, str, str]]) -> str:
    """Return the drawing of a graph.

    Parameters
    ----------
    needs : mapping
        For each step those that come before it, in an order in which they can run.
    looks : mapping
        For each step its sign, its style and what is seen on hover.
    """
    # a step that runs alone comes without those that it needs
    needs = {name: [one for one in before if one in needs] for name, before in needs.items()}
    if not 1 < len(needs) <= MOST:
        return ""
    places = _places(needs)
    columns = max(column for column, _ in places.values()) + 1
    rows = max(row for _, row in places.values()) + 1
    width, height = columns * (WIDTH + GAP_X) - GAP_X + 2, rows * (HEIGHT + GAP_Y) - GAP_Y + 2
    parts = [_edge(places[one], places[name]) for name, before in shortest(needs).items() for one in before]
    parts += [_box(name, place, *looks[name]) for name, place in places.items()]
    return (
        f'<div class="o-s"><svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="graph of {len(needs)} steps" style="margin:4px 0 8px">{"".join(parts)}</svg></div>'
    )


def shortest(needs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the edges without those that others imply: what is drawn is the same order, with fewer lines.

    Examples
    --------
    >>> shortest({"a": [], "b": ["a"], "c": ["a", "b"]})
    {'a': [], 'b': ['a'], 'c': ['b']}
    """
    before: dict[str, set[str]] = {}
    for name, direct in needs.items():
        before[name] = set(direct).union(*(before[one] for one in direct))
    return {
        name: [one for one in direct if not any(one in before[other] for other in direct if other != one)]
        for name, direct in needs.items()
    }


def _places(needs: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, int]]:
    """Return column and row of each step: the column after the last one it needs, the row near what it needs."""
    columns: dict[str, int] = {}
    for name, before in needs.items():
        columns[name] = 1 + max((columns[one] for one in before), default=-1)
    rows: dict[str, int] = {}
    taken: dict[int, set[int]] = {}
    for name in sorted(needs, key=lambda one: columns[one]):
        wanted = min((rows[one] for one in needs[name]), default=0)
        used = taken.setdefault(columns[name], set())
        while wanted in used:
            wanted += 1
        used.add(wanted)
        rows[name] = wanted
    return {name: (columns[name], rows[name]) for name in needs}


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    return 1 + place[0] * (WIDTH + GAP_X), 1 + place[1] * (HEIGHT + GAP_Y)


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = _corner(start)
    x2, y2 = _corner(end)
    x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT // 2, y2 + HEIGHT // 2
    bend = x2 - GAP_X // 2
    return (
        f'<path d="M{x1} {y1}H{bend - 8}C{bend} {y1} {bend} {y2} {bend + 8} {y2}H{x2}" fill="none" '
        f'stroke="currentColor" stroke-opacity=".35"/>'
    )


def _box(name: str, place: tuple[int, int], sign: str, style: str, title: str) -> str:
    x, y = _corner(place)
    return (
        f"<g><title>{esc(title)}</title>"
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="currentColor" fill-opacity=".06" '
        f'stroke="currentColor" stroke-opacity=".4"/>'
        f'<g class="{css_class(style)}">'
        f'<text x="{x + 10}" y="{y + 19}" style="fill:currentColor">{esc(sign)}</text></g>'
        f'<text x="{x + 26}" y="{y + 19}">{esc(shorten(name, 17))}</text></g>'
    )
