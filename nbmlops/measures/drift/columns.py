"""Whether one column is distributed as it was: what is measured, and what it comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.chance import FEWEST_ROWS
from nbmlops.measures.drift.profile import ProfileSide
from nbmlops.measures.drift.records import TOO_FEW, ColumnDrift, Shape
from nbmlops.measures.drift.shown import shown_beside
from nbmlops.measures.drift.tests.binned_ks import BinnedKolmogorovSmirnov
from nbmlops.measures.drift.tests.chi_squared import ChiSquared
from nbmlops.measures.drift.tests.jensen_shannon import JensenShannon
from nbmlops.measures.drift.tests.ks import KolmogorovSmirnov
from nbmlops.measures.drift.units import unit_of
from nbmlops.measures.drift.written import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.measures.drift.pairs import Pair, Table
    from nbmlops.measures.drift.records import ColumnKind, Severity

LEAST_EFFECT = 0.05
SEVERE_EFFECT = 0.1
LIMITS = (LEAST_EFFECT, SEVERE_EFFECT)
MOST_LABELS = 100
SHOWN_LABELS = 12
BINS = 20
LARGEST = 4e307


@dataclass(frozen=True)
class Evidence:
    """What was measured in a column; it is drift where the p-value is a discovery among all and the effect counts."""

    column: str
    kind: ColumnKind
    statistic: str | None = None
    value: float | None = None
    p_value: float | None = None
    others: Mapping[str, float] | None = None
    shape: Shape | None = None
    change: str = ""
    silence: str = ""

    def judged(
        self, role: Any, *, is_discovery: bool, impact: float | None = None, limits: tuple[float, float] = LIMITS
    ) -> ColumnDrift:
        """Say what it comes to; ``limits`` are the distances from which it counts, and is severe."""
        value, drifted = self.value, is_discovery and self.value is not None and self.value >= limits[0]
        severity: Severity = "none"
        if drifted:
            assert value is not None
            severity = "severe" if value >= limits[1] else "warn"
        return ColumnDrift(
            column=self.column,
            kind=self.kind,
            role=role,
            statistic=self.statistic,
            value=value,
            threshold=limits[0] if self.statistic else None,
            p_value=self.p_value,
            severity=severity,
            drifted=drifted,
            reason=self.silence or self._reason(drifted, is_discovery),
            impact=impact,
            others=dict(self.others or {}),
            shape=self.shape,
        )

    def _reason(self, drifted: bool, is_discovery: bool) -> str:
        if drifted:
            return self.change
        assert self.value is not None
        if is_discovery:
            return f"more than chance, but small: {self.change}"
        return "no more than chance brings"


def evidence_of(pair: Pair) -> Evidence:
    """Measure how far the two sides of a column are apart."""
    silence = _silence(pair)
    if silence:
        return Evidence(pair.name, pair.kind, silence=silence)
    if pair.kind == "number":
        return _of_numbers(pair)
    assert pair.table is not None
    return _of_labels(pair.name, pair.table)


def _silence(pair: Pair) -> str:
    if pair.kind == "empty":
        return "no values on one side" if pair.reference.family != pair.current.family else "no values"
    if pair.kind == "time":
        return "time moves on: not compared"
    if pair.kind == "identifier":
        return "names or counts rows: not compared"
    if not pair.is_comparable:
        return "another type: not compared"
    sizes = (pair.reference.there, pair.current.there)
    if min(sizes) < FEWEST_ROWS or not pair.has_rows:
        return f"{TOO_FEW}: {sizes[0]:,} and {sizes[1]:,}"
    return ""


def _of_numbers(pair: Pair) -> Evidence:
    before, now = pair.reference_numbers, pair.current_numbers
    if min(len(before), len(now)) < FEWEST_ROWS:
        return Evidence(pair.name, "number", silence=f"too few numbers to tell: {len(before):,} and {len(now):,}")
    is_profile = isinstance(pair.reference, ProfileSide)
    test = BinnedKolmogorovSmirnov() if is_profile else KolmogorovSmirnov()
    found = test.measure(before, now)
    others = {} if is_profile else shown_beside("numbers", before, now)  # a profile has no rows to measure
    shape, change = _bins(before, now), _moved(before, now)
    unit = unit_of(before, now) if found.value is not None and found.value >= SEVERE_EFFECT else ""
    change += f", {unit}" if unit else ""
    return Evidence(pair.name, "number", test.name, found.value, found.p_value, others, shape, change)


def _of_labels(name: str, table: Table) -> Evidence:
    import numpy as np

    before, now = table.reference, table.current
    if len(before) > MOST_LABELS:
        # of labels that are as frequent it is chance which are among the rest: in the table's order those that only
        # the current data have come last, and the rest would be theirs
        order = np.lexsort((np.random.default_rng(0).random(len(before)), -(before + now)))
        before, now = (
            np.append(side[order[: MOST_LABELS - 1]], side[order[MOST_LABELS - 1 :]].sum()) for side in (before, now)
        )
    distance = JensenShannon().measure(before, now).value
    test = ChiSquared().measure(before, now)
    return Evidence(
        name,
        "category",
        "jensen_shannon",
        distance,
        test.p_value,
        {"chi_squared": test.value, **shown_beside("counts", before, now)},
        _bars(table),
        _shifted(table),
    )


def _moved(before: Any, now: Any) -> str:
    """Say in words how numbers moved: where they lie, how far they spread."""
    low, middle, high = ([float(side[int(at * len(side))]) for side in (before, now)] for at in (0.25, 0.5, 0.75))
    if not all(math.isfinite(one) for one in (*low, *high)):
        return "infinite values"
    spread = [above - below for above, below in zip(high, low, strict=True)]
    words = []
    scale = max(spread[0], abs(middle[0]) * 1e-9)
    if abs(middle[1] - middle[0]) > 0.05 * scale:
        words.append(f"median {written(middle[0])} → {written(middle[1])}")
    if spread[0] > 0 and not 1 / 1.1 < spread[1] / spread[0] < 1.1:
        words.append(f"spread {written(spread[0])} → {written(spread[1])}")
    return ", ".join(words) or "another shape"


def _shifted(table: Table) -> str:
    """Say in words which label gained or lost most."""
    import numpy as np

    before, now = table.reference / table.reference.sum(), table.current / table.current.sum()
    gained, lost = int(np.argmax(now - before)), int(np.argmin(now - before))
    most = lost if before[lost] - now[lost] > now[gained] - before[gained] + 1e-12 else gained
    return f"{table.labels[most].as_py()!r} {before[most]:.1%} → {now[most]:.1%}"


def _bins(before: Any, now: Any) -> Shape:
    """Return a histogram of both sides between their outer percentiles, the rest in the outer bins."""
    import numpy as np

    ends = [side[[int(0.005 * len(side)), int(0.995 * (len(side) - 1))]] for side in (before, now)]
    low, high = min(ends[0][0], ends[1][0]), max(ends[0][1], ends[1][1])
    if not np.isfinite([low, high]).all() or low == high:
        finite = before[np.isfinite(before)]
        low, high = (finite[0], finite[-1]) if len(finite) and finite[0] < finite[-1] else (low, low)
    if not np.isfinite([low, high]).all() or low == high:
        return Shape((1.0,), (1.0,), (float(low), float(low)))
    low, high = max(low, -LARGEST), min(high, LARGEST)
    edges = np.linspace(low, high, BINS + 1)
    shares = []
    for side in (before, now):
        below = np.searchsorted(side, edges[1:-1], side="left")
        shares.append(tuple(round(float(one), 6) for one in np.diff(below, prepend=0, append=len(side)) / len(side)))
    return Shape(shares[0], shares[1], tuple(float(one) for one in edges))


def _bars(table: Table) -> Shape:
    """Return the shares of the most frequent labels, the rest taken together."""
    labels = [str(one) for one in table.labels[:SHOWN_LABELS].to_pylist()]
    shares = []
    for side in (table.reference, table.current):
        whole = side / side.sum()
        head = [float(one) for one in whole[:SHOWN_LABELS]]
        shares.append(tuple(round(one, 6) for one in [*head, float(whole[SHOWN_LABELS:].sum())][: len(table.labels)]))
    names = (*labels, "others")[: len(shares[0])]
    return Shape(shares[0], shares[1], labels=names)
