"""Whether columns of labels hang together with the others as they did, where a rank correlation cannot tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.chance import FEWEST_ROWS, SURE
from nbmlops.measures.drift.joint import LEAST_CHANGE, MOST_SHOWN, SEVERE_CHANGE
from nbmlops.measures.drift.records import Finding
from nbmlops.measures.drift.written import written

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FEWEST_OF_LABEL = 10
"""Rows below which a label says too little of another column; on either side."""
FEWEST_EXPECTED = 5.0
STEPS = 50
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True)
class Labelled:
    """One side: numbers by row, places of labels by row (-1 where there is none), each with its columns' names."""

    numbers: Any
    number_names: Sequence[str]
    codes: Any
    code_names: Sequence[str]


@dataclass(frozen=True)
class _Change:
    """How far two columns hang together in another way: on the scale of a correlation, in standard errors, in words."""

    columns: tuple[str, str]
    effect: float
    p_value: float
    words: str


def changed_categories(
    reference: Labelled,
    current: Labelled,
    labels: Mapping[str, Sequence[str]],
    order: Sequence[str],
    known: Collection[frozenset[str]] = (),
) -> list[Finding]:
    """Return the pairs of columns, one of labels at least, that hang together otherwise; the largest change first.

    What a label says of a number is the mean of the ranks of its rows; how far these means have moved apart is measured
    in units in which it is the change of a correlation where there are two labels. Of two columns of labels it is the
    change of Cramér's V, cell by cell. Both are free of what chance adds, count from the change on from which a rank
    correlation does, and have to be as sure: by χ² of the means, and by the log-linear model in which the two
    sides differ in their margins alone.

    Parameters
    ----------
    reference, current : Labelled
        Rows drawn evenly from what they stand for.
    labels : mapping
        What the codes of a column stand for.
    order : sequence of str
        The columns as they stand in the data.
    known : collection of frozenset of str
        Pairs that are told of already.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> code, noise = random.integers(0, 3, (2000, 1)), random.normal(size=(2000, 1))
    >>> before = Labelled(code * 2.0 + noise, ["fare"], code, ["class"])
    >>> now = Labelled((code + 1) % 3 * 2.0 + noise, ["fare"], code, ["class"])
    >>> [found.columns for found in changed_categories(before, now, {"class": ["A", "B", "C"]}, ["fare", "class"])]
    [('fare', 'class')]
    """
    from scipy.stats import norm

    if min(len(reference.codes), len(current.codes)) < FEWEST_ROWS or not reference.code_names:
        return []
    place = {name: at for at, name in enumerate(order)}
    changes = [*_of_numbers(reference, current, labels), *_of_two(reference, current, labels)]
    found: dict[frozenset[str], _Change] = {}
    for one in sorted(changes, key=lambda one: -one.effect):
        pair = frozenset(one.columns)
        if one.p_value <= 2 * norm.sf(SURE) and pair not in known and pair not in found:
            found[pair] = one
    return [
        Finding(
            "association",
            tuple(sorted(one.columns, key=place.__getitem__)),
            "severe" if one.effect >= SEVERE_CHANGE else "warn",
            f"{one.columns[0]} by {one.columns[1]}: {one.words}",
        )
        for one in list(found.values())[:MOST_SHOWN]
    ]


def _of_numbers(reference: Labelled, current: Labelled, labels: Mapping[str, Sequence[str]]) -> list[_Change]:
    import numpy as np
    from scipy.stats import chi2

    if not reference.number_names:
        return []
    ranks, spread = _ranks(reference.numbers, current.numbers)
    changes = []
    for at, category in enumerate(reference.code_names):
        sides = [
            _moments(side.codes[:, at], side_ranks, len(labels[category]))
            for side, side_ranks in zip((reference, current), ranks, strict=True)
        ]
        (rows_before, before, squares_before), (rows_now, now, squares_now) = sides
        enough = np.minimum(rows_before, rows_now) >= FEWEST_OF_LABEL
        free = np.where(enough, rows_before + rows_now - 2, 1)
        squares = np.where(enough, squares_before + squares_now, 0)
        # a label of few rows may look more even than it is
        overall = squares.sum(axis=0) / np.maximum((free * enough).sum(axis=0), 1)
        variance = np.maximum(np.maximum(squares / free, overall), LEAST_VARIANCE)
        error = np.where(enough, variance * (1 / np.maximum(rows_before, 1) + 1 / np.maximum(rows_now, 1)), 1)
        weight = enough / error
        moved = np.where(enough, now - before, 0)
        # what moves all labels alike is of the number alone, and told of it where it counts
        moved = np.where(enough, moved - (weight * moved).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-300), 0)
        share = rows_before / np.maximum(rows_before.sum(axis=0), 1) + rows_now / np.maximum(rows_now.sum(axis=0), 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            beyond_chance = (share / 2 * (moved**2 - error) * enough).sum(axis=0) / spread
        effect = np.sqrt(np.clip(np.nan_to_num(beyond_chance), 0, 1))
        kinds = enough.sum(axis=0)
        p_values = chi2.sf((weight * moved**2).sum(axis=0), np.maximum(kinds - 1, 1))
        for other in np.flatnonzero((effect >= LEAST_CHANGE) & (kinds >= 2)).tolist():
            name = reference.number_names[other]
            if name == category:
                continue
            label = int(np.argmax(share[:, other] * moved[:, other] ** 2))
            middles = [
                float(np.nanmedian(side.numbers[side.codes[:, at] == label, other])) for side in (reference, current)
            ]
            words = f"where it is {labels[category][label]!r}, {_moved(middles, sides, label, other)}"
            changes.append(_Change((name, category), float(effect[other]), float(p_values[other]), words))
    return changes


def _moved(middles: list[float], sides: list[Any], label: int, other: int) -> str:
    """Say by medians how the numbers of a label moved; by ranks where these are the same, as of codes."""
    before, now = (written(one) for one in middles)
    if before != now:
        return f"median {before} → {now}"
    return "mean rank " + " → ".join(f"{0.5 + float(means[label, other]):.0%}" for _, means, _ in sides)


def _ranks(reference: Any, current: Any) -> tuple[list[Any], Any]:
    """Return for each side the ranks among the values of both, from -0.5 to 0.5, and how far they spread."""
    import numpy as np
    from scipy.stats import rankdata

    both = np.concatenate([reference, current])
    ranks = np.full(both.shape, np.nan)
    for at in range(both.shape[1]):
        there = ~np.isnan(both[:, at])
        ranks[there, at] = (rankdata(both[there, at]) - 0.5) / max(there.sum(), 1) - 0.5
    present = ~np.isnan(ranks)
    rows = np.maximum(present.sum(axis=0), 1)
    means = np.where(present, ranks, 0).sum(axis=0) / rows
    spread = np.where(present, (ranks - means) ** 2, 0).sum(axis=0) / rows
    return [ranks[: len(reference)], ranks[len(reference) :]], spread


def _moments(codes: Any, ranks: Any, labels: int) -> tuple[Any, Any, Any]:
    """Return by label and column how many rows there are, the mean of their ranks, and the squares about it."""
    import numpy as np

    chosen = (codes[:, None] == np.arange(labels)).astype(float)
    there = ~np.isnan(ranks)
    filled = np.where(there, ranks, 0)
    rows = chosen.T @ there.astype(float)
    sums, squares = chosen.T @ filled, chosen.T @ filled**2
    means = sums / np.maximum(rows, 1)
    return rows, means, np.maximum(squares - rows * means**2, 0)


def _of_two(reference: Labelled, current: Labelled, labels: Mapping[str, Sequence[str]]) -> list[_Change]:
    import numpy as np

    changes = []
    names = list(reference.code_names)
    for one in range(len(names)):
        for other in range(one + 1, len(names)):
            sizes = len(labels[names[one]]), len(labels[names[other]])
            tables = [_table(side.codes[:, one], side.codes[:, other], sizes) for side in (reference, current)]
            kept = [np.minimum(*(table.sum(axis=axis) for table in tables)) >= FEWEST_OF_LABEL for axis in (1, 0)]
            before, now = (table[np.ix_(*kept)] for table in tables)
            if min(before.shape) < 2 or not before.sum() or not now.sum():
                continue
            effect, cell = _change_of_tables(before, now)
            if effect < LEAST_CHANGE:
                continue
            places = [np.flatnonzero(kept[axis])[cell[axis]] for axis in (0, 1)]
            shares = [float(table[cell] / table[:, cell[1]].sum()) for table in (before, now)]
            words = (
                f"where it is {labels[names[other]][places[1]]!r}, {labels[names[one]][places[0]]!r} in "
                f"{shares[0]:.0%} → {shares[1]:.0%} of the rows"
            )
            changes.append(_Change((names[one], names[other]), effect, _p_of_tables(before, now), words))
    return changes


def _table(one: Any, other: Any, sizes: tuple[int, int]) -> Any:
    import numpy as np

    there = (one >= 0) & (other >= 0)
    places = one[there] * sizes[1] + other[there]
    return np.bincount(places, minlength=sizes[0] * sizes[1]).reshape(sizes).astype(float)


def _change_of_tables(before: Any, now: Any) -> tuple[float, tuple[int, int]]:
    """Return how far Cramér's V is from where it was, cell by cell, and the cell that changed most."""
    import numpy as np

    ties = []
    for table in (before, now):
        shares = table / table.sum()
        alone = np.outer(shares.sum(axis=1), shares.sum(axis=0))
        ties.append(np.divide(shares - alone, np.sqrt(alone), out=np.zeros_like(shares), where=alone > 0))
    moved = (ties[1] - ties[0]) ** 2
    by_chance = (before.shape[0] - 1) * (before.shape[1] - 1) * (1 / before.sum() + 1 / now.sum())
    effect = max(0.0, float(moved.sum()) - by_chance) / (min(before.shape) - 1)
    place = np.unravel_index(int(np.argmax(moved)), moved.shape)
    return min(1.0, effect**0.5), (int(place[0]), int(place[1]))


def _p_of_tables(before: Any, now: Any) -> float:
    """Return how often chance brings two tables that far apart whose columns hang together alike.

    The expected rows are those of the log-linear model without an interaction of all three (Bishop, Fienberg, Holland,
    1975), by iterative proportional fitting. Cells in which too few rows are expected are left out, their degrees of
    freedom are not.
    """
    import numpy as np
    from scipy.stats import chi2

    seen = np.stack([before, now])
    expected = np.ones_like(seen)
    for _ in range(STEPS):
        for axis in (0, 1, 2):
            has, wanted = expected.sum(axis=axis, keepdims=True), seen.sum(axis=axis, keepdims=True)
            expected = expected * np.divide(wanted, has, out=np.zeros_like(wanted), where=has > 0)
    counts = expected >= FEWEST_EXPECTED
    value = float(((seen - expected)[counts] ** 2 / expected[counts]).sum())
    return float(chi2.sf(value, (before.shape[0] - 1) * (before.shape[1] - 1)))
