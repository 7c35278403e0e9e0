"""Two distributions laid over each other, as inline SVG in the host's colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.display.format import number
from nbmlops.display.markup import esc
from nbmlops.display.svg import svg
from nbmlops.display.terminal import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.drift.records import Shape

REFERENCE = "fill:currentColor;fill-opacity:.32"
CURRENT = "fill:none;stroke:var(--jp-brand-color1,#1976d2);stroke-width:1.5"
CURRENT_BAR = "fill:var(--jp-brand-color1,#1976d2)"


def overlay_spark(shape: Shape, title: str, width: int = 72, height: int = 16) -> str:
    """Return reference (grey) and current (coloured line) as a word-sized picture."""
    return svg(width, height, title, _laid_over(shape, 0, 0, width, height), is_alone=False)


def overlay_chart(shape: Shape, title: str, width: int = 420, height: int = 150) -> str:
    """Return reference and current over each other with a scale, or bars side by side for labels."""
    if shape.labels:
        return _bars(shape, title, width)
    parts = _laid_over(shape, 0, 6, width, height - 24)
    low, high = shape.edges[0], shape.edges[-1]
    parts += [
        f'<path d="M0 {height - 17.5}H{width}" fill="none" stroke="currentColor" stroke-opacity=".45"/>',
        _text(0, height - 4, number(low), "start"),
        _text(width, height - 4, number(high), "end"),
        _text(width / 2, height - 4, shorten(title, 40), "middle"),
    ]
    return svg(width, height, title, parts)


def legend() -> str:
    """Return which is which."""
    grey = f'<svg width="12" height="10" aria-hidden="true"><rect width="12" height="10" style="{REFERENCE}"/></svg>'
    line = f'<svg width="14" height="10" aria-hidden="true"><path d="M0 5H14" style="{CURRENT}"/></svg>'
    return f'<div><span class="o-m">{grey} reference</span><span class="o-m">{line} current</span></div>'


def _laid_over(shape: Shape, left: float, top: float, width: float, height: float) -> list[str]:
    most = max(*shape.reference, *shape.current, 1e-12)
    step = width / len(shape.reference)
    return [
        f'<path d="{_outline(side, left, top + height, step, height / most)}" style="{style}"/>'
        for side, style in ((shape.reference, REFERENCE), (shape.current, CURRENT))
    ]


def _outline(shares: Sequence[float], left: float, bottom: float, step: float, scale: float) -> str:
    """Return the steps of a histogram as one path, from the left bottom to the right one."""
    tops = [f"V{bottom - scale * share:.1f}H{left + (at + 1) * step:.1f}" for at, share in enumerate(shares)]
    return f"M{left:.1f} {bottom:.1f}{''.join(tops)}V{bottom:.1f}"


def _bars(shape: Shape, title: str, width: int) -> str:
    left, right = 130, width - 100
    most = max(*shape.reference, *shape.current, 1e-12)
    parts = []
    for at, label in enumerate(shape.labels):
        y = at * 24 + 2
        parts.append(_text(left - 8, y + 14, shorten(label, 20), "end"))
        for row, (share, style) in enumerate(((shape.reference[at], REFERENCE), (shape.current[at], CURRENT_BAR))):
            long = max(0.5, (right - left) * share / most)
            parts.append(f'<rect x="{left}" y="{y + row * 10}" width="{long:.1f}" height="9" style="{style}"/>')
        parts.append(_text(width, y + 14, f"{shape.reference[at]:.1%} → {shape.current[at]:.1%}", "end"))
    return svg(width + 20, len(shape.labels) * 24 + 4, title, parts)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{esc(text)}</text>'
