"""Why a metric differs: one sentence, and a waterfall from the first run to the second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import change, count, duration, number
from nbmlops.display.markup import bdi, css_class, esc, page
from nbmlops.display.table import facts_html
from nbmlops.display.terminal import pad, paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.records import Effect, Why

BAR = 30
WIDTH, HEIGHT, LEFT, RIGHT = 560, 24, 130, 150


class WhyView(View):
    """The answer to ``%why``.

    Parameters
    ----------
    why : Why
        The answer.
    is_lower_better : bool
        Which way the metric is better: colour follows that.

    Examples
    --------
    >>> from nbmlops.records import Effect, Why
    >>> found = (Effect("data", 0.024, 0.02, 0.03, "june.csv added"), Effect("code", 0.0, 0.0, 0.0))
    >>> answer = Why("auc", "a", "b", 0.024, found, 0.0, 4, name_a="rf·2", name_b="rf", value_a=0.8, value_b=0.824)
    >>> WhyView(answer).text().partition(";")[0]
    'auc +0.0240 from rf·2 to rf: data +0.0240 (june.csv added)'
    """

    def __init__(self, why: Why, *, is_lower_better: bool = False) -> None:
        self.why = why
        self.is_lower_better = is_lower_better

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops why --json``."""
        return self.why.to_json()

    def text(self, color: bool = False) -> str:
        """Return the sentence and the bars."""
        width = terminal_width()
        lines = wrapped(plain(self._sentence()), width, "  ", "")
        steps = self._steps()
        low, high = _range(steps)
        for name, start, end, effect in steps:
            bar = _text_bar(start, end, low, high)
            words = number(end) if effect is None else change(effect.effect, self.why.value_b)
            style = "faint" if effect is None else self._style(effect.effect)
            interval = "" if effect is None or effect.low == effect.high else f"  {_interval(effect, self.why.value_b)}"
            lines.append(f"  {pad(shorten(name, 14), 14)}  {paint(bar, style, color)}  {words}{interval}".rstrip())
        lines += [line for note in self.why.notes for line in wrapped(plain(note), width, "    ", "  ! ")]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the sentence, the waterfall and what differs."""
        rows = [(name, "<br>".join(esc(word) for word in words)) for name, words in self.why.differs.items()]
        notes = [f'<div class="o-w">! {esc(note)}</div>' for note in self.why.notes]
        return page(f"<div>{bdi(self._sentence())}</div>", self._svg(), facts_html(rows), *notes)

    def _sentence(self) -> str:
        why = self.why
        parts = [
            f"{one.factor} {change(one.effect, why.value_b)}" + (f" ({shorten(one.detail, 80)})" if one.detail else "")
            for one in why.factors
            if one.effect or one.detail
        ]
        if why.unexplained:
            parts.append(f"unexplained {change(why.unexplained, why.value_b)}")
        head = f"{why.metric} {change(why.change, why.value_b)} from {why.name_a} to {why.name_b}"
        cost = ", ".join(word for word in (count(why.replays, "replay"), duration(why.duration_s)) if word)
        return f"{head}: {', '.join(parts) or 'no factor differs'}; {cost}"

    def _steps(self) -> list[tuple[str, float, float, Effect | None]]:
        """Return the bars: name, where each begins and ends, and the effect it shows."""
        why = self.why
        at = why.value_a
        steps: list[tuple[str, float, float, Effect | None]] = [(why.name_a, at, at, None)]
        for one in why.factors:
            if one.effect or one.detail:
                steps.append((one.factor, at, at + one.effect, one))
                at += one.effect
        steps.append((why.name_b, why.value_b, why.value_b, None))
        return steps

    def _style(self, effect: float) -> str:
        if not effect:
            return "faint"
        return "better" if (effect > 0) is not self.is_lower_better else "worse"

    def _svg(self) -> str:
        steps = self._steps()
        low, high = _range(steps)
        span_ = WIDTH - LEFT - RIGHT
        parts = []
        for row, (name, start, end, effect) in enumerate(steps):
            top = row * HEIGHT
            x1, x2 = (LEFT + (value - low) / (high - low) * span_ for value in (start, end))
            middle = top + HEIGHT / 2
            style = css_class("faint" if effect is None else self._style(effect.effect)) or "o-f"
            parts.append(f'<text x="{LEFT - 8}" y="{middle + 4:.0f}" text-anchor="end">{esc(shorten(name, 18))}</text>')
            parts.append(
                f'<rect x="{min(x1, x2) - (effect is None):.1f}" y="{top + 4}" width="{max(abs(x2 - x1), 2):.1f}" '
                f'height="{HEIGHT - 8}" fill="currentColor" class="{style}"/>'
            )
            if effect is not None and effect.low != effect.high:
                a, b = (LEFT + (start + value - low) / (high - low) * span_ for value in (effect.low, effect.high))
                parts.append(
                    f'<path d="M{a:.1f} {middle:.1f}H{b:.1f}M{a:.1f} {top + 8}V{top + HEIGHT - 8}'
                    f'M{b:.1f} {top + 8}V{top + HEIGHT - 8}" stroke="currentColor" fill="none"/>'
                )
            words = number(end) if effect is None else change(effect.effect, self.why.value_b)
            parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{middle + 4:.0f}">{esc(words)}</text>')
        label = esc(self._sentence())
        return (
            f'<svg width="{WIDTH}" height="{len(steps) * HEIGHT}" viewBox="0 0 {WIDTH} {len(steps) * HEIGHT}" '
            f'role="img" aria-label="{label}">{"".join(parts)}</svg>'
        )


def _range(steps: list[tuple[str, float, float, Effect | None]]) -> tuple[float, float]:
    """Return what the axis spans: every bar and its interval, never nothing."""
    values = [value for _, start, end, _ in steps for value in (start, end)]
    values += [start + value for _, start, _, one in steps if one is not None for value in (one.low, one.high)]
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _text_bar(start: float, end: float, low: float, high: float) -> str:
    first, last = sorted(round((value - low) / (high - low) * (BAR - 1)) for value in (start, end))
    return " " * first + "█" * (last - first + 1) + " " * (BAR - 1 - last)


def _interval(effect: Effect, value: float) -> str:
    return f"[{change(effect.low, value)} … {change(effect.high, value)}]"
