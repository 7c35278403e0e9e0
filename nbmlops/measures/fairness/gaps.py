"""How far groups are apart: differences and ratios by fairlearn's definitions, with an interval by formula.

The two groups of a gap are chosen because they are far apart, so each interval allows for all pairs that could have
been chosen (Bonferroni): it holds for the difference of these two groups, however many there are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nbmlops.measures.fairness.rates import AREA, COUNT, ERRORS, SHARES
from nbmlops.measures.fairness.records import Gap
from nbmlops.measures.intervals import difference, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from nbmlops.measures.fairness.rates import Measured

NAMED = {
    "demographic_parity": ("selection_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    "equal_opportunity": ("true_positive_rate",),
}
"""What is well known under a name of its own, and the rates that it is about; of several the worst counts."""
_WITH_RATIO = ("demographic_parity", "equalized_odds")
_NEWCOMBE = "Newcombe 1998, method 10; Bonferroni over all pairs"
_MOVER = "Zou and Donner 2008; Bonferroni over all pairs"
_KATZ = "Katz 1978, by logarithms; Bonferroni over all pairs"


class Gaps:
    """The gaps between groups of one grouping.

    Parameters
    ----------
    names : sequence of str
        What the groups are called.
    confidence : float
        Of the intervals.
    min_rows : int
        A group of which a metric has fewer rows does not take part.
    """

    def __init__(self, names: Sequence[str], confidence: float, min_rows: int) -> None:
        self.names, self.confidence, self.min_rows = names, confidence, max(min_rows, 1)

    def all(self, shares: Mapping[str, Measured], measured: Iterable[Measured]) -> list[Gap]:
        """Return the gaps that have a name of their own, as far as their rates are there, then one of each metric."""
        found = []
        for name, rates in NAMED.items():
            if not all(rate in shares for rate in rates):
                continue
            each = [shares[rate] for rate in rates]
            found.append(self._worst(f"{name}_difference", each, self._difference, max))
            if name in _WITH_RATIO:
                found.append(self._worst(f"{name}_ratio", each, self._ratio, min))
        others = [one for one in measured if one.name != COUNT]
        return found + [self._difference(f"{one.name}_difference", one, 1) for one in others]

    def _worst(
        self,
        name: str,
        rates: list[Measured],
        find: Callable[[str, Measured, int], Gap],
        worse: Callable[..., Gap],
    ) -> Gap:
        found = [find(name, one, len(rates)) for one in rates]
        there = [gap for gap in found if gap.value is not None]
        return worse(there, key=lambda gap: gap.value) if there else found[0]

    def _difference(self, name: str, one: Measured, choices: int) -> Gap:
        pair, confidence, left_out = self._extremes(one, choices)
        words = _NEWCOMBE if one.name in SHARES else _MOVER
        if pair is None:
            return Gap(name, one.name, None, None, None, words, None, None, left_out)
        low, high = pair
        values = float(one.values[high]), float(one.values[low])
        ends = difference(values[0], one.ends(high, confidence), values[1], one.ends(low, confidence))
        return self._gap(name, one, pair, values[0] - values[1], ends, words, left_out)

    def _ratio(self, name: str, one: Measured, choices: int) -> Gap:
        pair, confidence, left_out = self._extremes(one, choices)
        if pair is None or not one.values[pair[1]]:
            return Gap(name, one.name, None, None, None, _KATZ, None, None, left_out)
        low, high = pair
        counts = [(int(one.hits[at]), int(one.rows[at])) for at in pair]
        (hits_low, rows_low), (hits_high, rows_high) = counts
        ends = ratio((hits_low, hits_high), (rows_low, rows_high), confidence)
        return self._gap(name, one, pair, float(one.values[low] / one.values[high]), ends, _KATZ, left_out)

    def _gap(
        self,
        name: str,
        one: Measured,
        pair: tuple[int, int],
        value: float,
        ends: tuple[float, float],
        words: str,
        left_out: tuple[str, ...],
    ) -> Gap:
        low, high = (None, None) if any(math.isnan(end) for end in ends) else ends
        lowest, highest = (self.names[at] for at in pair)
        return Gap(name, one.name, value, low, high, words, lowest, highest, left_out)

    def _extremes(self, one: Measured, choices: int) -> tuple[tuple[int, int] | None, float, tuple[str, ...]]:
        """Return the groups with the lowest and highest value, the confidence each pair needs, and who is left out."""
        import numpy as np

        taken = np.flatnonzero(~np.isnan(one.values) & (one.rows >= self.min_rows))
        chosen: set[Any] = set(taken.tolist())
        left_out = tuple(name for at, name in enumerate(self.names) if at not in chosen)
        if len(taken) < 2:
            return None, self.confidence, left_out
        values = one.values[taken]
        low = int(taken[values.argmin()])
        # where all are alike the last is the highest, so that two groups are named
        high = int(taken[len(values) - 1 - values[::-1].argmax()])
        pairs = choices * len(taken) * (len(taken) - 1) / 2
        return (low, high), 1 - (1 - self.confidence) / pairs, left_out


def known_metrics(task: str, *, labelled: bool, scored: bool) -> tuple[str, ...]:
    """Return the metrics that can be asked for.

    Examples
    --------
    >>> known_metrics("regression", labelled=True, scored=False)
    ('mean_error', 'mae', 'rmse', 'count')
    """
    if task == "regression":
        return (*ERRORS, COUNT)
    if not labelled:
        return ("selection_rate", COUNT)
    return (*SHARES, *([AREA] if scored else []), COUNT)
