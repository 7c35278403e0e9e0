"""Small static plots as inline SVG, in the colours of the host's theme: curves, bars, parallel coordinates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nbmlops.display.format import number
from nbmlops.display.markup import esc
from nbmlops.display.terminal import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.records import Metric

Point = tuple[float, float]
MOST_POINTS = 360  # of all lines of a chart together
_COLORS = (
    "var(--jp-brand-color1,#1976d2)",
    "var(--jp-warn-color1,#ef6c00)",
    "var(--jp-success-color1,#388e3c)",
    "var(--jp-error-color1,#d32f2f)",
    "var(--jp-info-color1,#0097a7)",
    "currentColor",
)
_DASHES = ("", "5 3", "2 2", "7 2 2 2", "1 3", "9 4")


def line_style(index: int) -> str:
    """Return stroke and dashes of the line of one run: colour is never alone."""
    dashes = _DASHES[index % 6]
    return f'fill="none" stroke-width="1.6" style="stroke:{_COLORS[index % 6]}"' + (
        f' stroke-dasharray="{dashes}"' if dashes else ""
    )


def legend(names: Sequence[str]) -> str:
    """Return the lines of runs with their names."""
    parts = [
        f'<span class="o-m"><svg width="24" height="8" aria-hidden="true">'
        f'<path d="M1 4H23" {line_style(index)}/></svg> '
        f"<bdi>{esc(shorten(name, 40))}</bdi></span>"
        for index, name in enumerate(names)
    ]
    return f"<div>{''.join(parts)}</div>"


def curve_chart(title: str, curves: Sequence[Sequence[Metric]], width: int = 300, height: int = 130) -> str:
    """Return the curves of one metric over steps, one line a run; empty where there are fewer than two values."""
    most = max(MOST_POINTS // max(len(curves), 1), 30)
    lines = [
        thinned([(float(point.step), point.value) for point in points if math.isfinite(point.value)], most)
        for points in curves
    ]
    everything = [point for line in lines for point in line]
    if len(everything) < 2:
        return ""
    x0, x1 = min(x for x, _ in everything), max(x for x, _ in everything)
    y0, y1 = min(y for _, y in everything), max(y for _, y in everything)
    left, top, bottom, right = 56, 20, height - 18, width - 8

    def place(point: Point) -> str:
        x = left + (point[0] - x0) / ((x1 - x0) or 1) * (right - left)
        y = bottom - (point[1] - y0) / ((y1 - y0) or 1) * (bottom - top)
        return f"{x:.1f} {y:.1f}"

    parts = [
        f'<text x="0" y="11" font-weight="600">{esc(shorten(title, 40))}</text>',
        f'<path d="M{left} {top}V{bottom}H{right}" {_axis()}/>',
        _label(left - 5, top + 8, number(y1), "end"),
        *([_label(left - 5, bottom, number(y0), "end")] if y1 > y0 else []),
        _label(left, height - 4, number(x0), "start"),
        *([_label(right, height - 4, f"step {number(x1)}", "end")] if x1 > x0 else []),
    ]
    for index, line in enumerate(lines):
        if len(line) == 1:
            x, _, y = place(line[0]).partition(" ")
            parts.append(f'<circle cx="{x}" cy="{y}" r="3" style="fill:{_COLORS[index % 6]}"/>')
        elif line:
            parts.append(f'<path d="M{"L".join(place(point) for point in line)}" {line_style(index)}/>')
    return svg(width, height, f"{title} by step", parts)


def thinned(points: list[Point], most: int) -> list[Point]:
    """Return at most about ``most`` points of a curve; of each part the least and the greatest stay.

    Examples
    --------
    >>> line = [(float(x), 1.0 if x == 500 else 0.0) for x in range(1000)]
    >>> small = thinned(line, 160)
    >>> len(small) <= 164, (500.0, 1.0) in small, small[0], small[-1]
    (True, True, (0.0, 0.0), (999.0, 0.0))
    """
    if len(points) <= most:
        return points
    step = math.ceil(2 * len(points) / most)
    kept = {0, len(points) - 1}
    for start in range(0, len(points), step):
        part = range(start, min(start + step, len(points)))
        kept |= {min(part, key=lambda i: points[i][1]), max(part, key=lambda i: points[i][1])}
    return [points[index] for index in sorted(kept)]


def bar_chart(rows: Sequence[tuple[str, Sequence[float | None], int | None]], width: int = 460) -> str:
    """Return horizontal bars: for each metric one a run, on a scale of its own that begins at zero; best in bold."""
    drawn = [(name, values, best) for name, values, best in rows if any(_finite(value) for value in values)]
    if not drawn:
        return ""
    left, right, thickness = 130, width - 70, 10
    parts, y = [], 4
    for name, values, best in drawn:
        known = [float(value) for value in values if value is not None and math.isfinite(value)]
        low, high = min(0.0, *known), max(0.0, *known)
        scale = (right - left) / ((high - low) or 1)
        zero = left - low * scale
        middle = y + (thickness + 4) * len(values) / 2 + 2
        parts.append(_label(left - 8, middle, shorten(name, 20), "end"))
        for index, value in enumerate(values):
            if value is None or not math.isfinite(value):
                y += thickness + 4
                continue
            end = zero + value * scale
            x, length = min(zero, end), max(abs(end - zero), 1)
            pattern = "" if index % 2 == 0 else 'fill-opacity=".45"'
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" height="{thickness}" '
                f'style="fill:{_COLORS[index % 6]};stroke:{_COLORS[index % 6]}" {pattern}/>'
            )
            weight = ' font-weight="700"' if index == best else ""
            parts.append(
                f'<text x="{max(x + length, zero) + 6:.1f}" y="{y + thickness - 1}"{weight}>{number(value)}</text>'
            )
            y += thickness + 4
        y += 8
    return svg(width, y, "metrics side by side", parts)


def bar_legend(names: Sequence[str]) -> str:
    """Return the legend of `bar_chart`."""
    parts = []
    for index, name in enumerate(names):
        pattern = "" if index % 2 == 0 else ' fill-opacity=".45"'
        color = _COLORS[index % 6]
        parts.append(
            f'<span class="o-m"><svg width="12" height="10" aria-hidden="true"><rect x="1" y="1" width="10" height="8" '
            f'style="fill:{color};stroke:{color}"{pattern}/></svg> <bdi>{esc(shorten(name, 40))}</bdi></span>'
        )
    return f"<div>{''.join(parts)}</div>"


def parallel_chart(axes: Sequence[tuple[str, Sequence[float | None], bool]], height: int = 190) -> str:
    """Return parallel coordinates: an axis a name, a line a run; axes with ``True`` are turned: up is better."""
    kept = [axis for axis in axes if sum(_finite(value) for value in axis[1]) > 1]
    if len(kept) < 2:
        return ""
    gap, left, top, bottom = 118, 50, 40, height - 26
    width = left * 2 + gap * (len(kept) - 1)
    parts, lines = [], [[] for _ in kept[0][1]]  # type: list[str], list[list[str]]
    for position, (name, values, turned) in enumerate(kept):
        x = left + gap * position
        known = [float(value) for value in values if value is not None and math.isfinite(value)]
        low, high = min(known), max(known)
        up, down = (low, high) if turned else (high, low)
        parts.append(f'<path d="M{x} {top}V{bottom}" {_axis()}/>')
        parts.append(f'<text x="{x}" y="12" text-anchor="middle" font-weight="600">{esc(shorten(name, 18))}</text>')
        parts.append(_label(x, top - 8, number(up), "middle"))
        parts.append(_label(x, bottom + 15, number(down), "middle"))
        for index, value in enumerate(values):
            if value is None or not math.isfinite(value):
                continue
            share = 0.5 if high == low else (value - down) / (up - down)
            lines[index].append(f"{x} {bottom - share * (bottom - top):.1f}")
    for index, points in enumerate(lines):
        if len(points) > 1:
            parts.append(f'<path d="M{"L".join(points)}" {line_style(index)}/>')
        parts += [
            f'<circle cx="{point.split()[0]}" cy="{point.split()[1]}" r="2.5" style="fill:{_COLORS[index % 6]}"/>'
            for point in points
        ]
    return svg(width, height, "metrics and params of each run", parts)


def spark(points: Sequence[Metric], width: int = 90, height: int = 18) -> str:
    """Return one curve as a word-sized line."""
    line = thinned([(float(point.step), point.value) for point in points if math.isfinite(point.value)], 60)
    if len(line) < 2:
        return ""
    x0, x1 = line[0][0], line[-1][0]
    y0, y1 = min(y for _, y in line), max(y for _, y in line)
    across, up = (width - 2) / ((x1 - x0) or 1), (height - 4) / ((y1 - y0) or 1)
    places = [f"{1 + (x - x0) * across:.1f} {height - 2 - (y - y0) * up:.1f}" for x, y in line]
    return svg(
        width,
        height,
        f"from {number(line[0][1])} to {number(line[-1][1])}",
        [f'<path d="M{"L".join(places)}" {line_style(0)}/>'],
    )


def bars_spark(counts: Sequence[int], title: str, width: int = 60, height: int = 16) -> str:
    """Return a histogram as a word-sized picture; empty where there is nothing to show."""
    most = max(counts, default=0)
    if not most:
        return ""
    step = width / len(counts)
    parts = []
    for at, amount in enumerate(counts):
        if amount:
            high = max(1.0, height * amount / most)
            place = (
                f'x="{at * step:.1f}" y="{height - high:.1f}" width="{max(step - 0.6, 0.6):.1f}" height="{high:.1f}"'
            )
            parts.append(f'<rect {place} style="fill:{_COLORS[0]}"/>')
    return svg(width, height, title, parts)


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _axis() -> str:
    return 'fill="none" stroke="currentColor" stroke-opacity=".45"'


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{esc(text)}</text>'


def svg(width: int, height: int, title: str, parts: list[str], *, is_alone: bool = True) -> str:
    """Return a picture with its title, which screen readers say.

    A host that takes pictures out of what it does not trust leaves their text: the title can be read then, where the
    picture is ``is_alone`` and no words beside it say the same.
    """
    said = f"<title>{esc(title)}: </title>" if is_alone else ""
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{esc(title)}">'
        f"{said}{' '.join(parts)}</svg>"
    )
