"""The slices in which a model is worst, found by themselves, and tested on rows that the search has not seen.

Half of the rows are searched for slices with a high loss; on the other half each that stood out is tested by Welch's
test, with Benjamini and Hochberg's correction over all of them (Journal of the Royal Statistical Society B 57, 1995). A
slice of two conditions has to be worse than the rest of each of its conditions too: a column of noise beside a real
condition makes no slice. Of slices that overlap, one is told only for what the others leave over.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.performance.conditions import Condition, atoms_of
from nbmlops.measures.performance.lattice import Sums, search
from nbmlops.measures.vectors import (
    coded,
    labels_of,
    named_columns,
    numbers,
    positive_of,
    present_rows,
    probabilities,
    same_length,
    task_of,
)
from nbmlops.records import json_value
from nbmlops.validation.metrics import LOSSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbmlops.measures.performance.conditions import Atoms
    from nbmlops.measures.performance.lattice import Candidate
    from nbmlops.measures.vectors import Task

ERROR_RATE = "error_rate"
AGAIN = 0.01
"""The p-value that what overlapping slices leave over has to stay below."""


@dataclass(frozen=True)
class Slice:
    """Rows in which the loss is high: ``words`` tell which.

    ``rows`` and ``share`` are of all rows. The others are of those that the search has not seen: ``value`` is the mean
    loss in the slice, ``rest`` that of all other rows, ``effect`` their difference in standard deviations of the loss,
    ``q_value`` the p-value corrected for all slices that were tested.
    """

    words: str
    conditions: tuple[Condition, ...]
    rows: int
    share: float
    value: float
    rest: float
    difference: float
    low: float
    high: float
    effect: float
    p_value: float
    q_value: float

    def __str__(self) -> str:
        return (
            f"{self.words}: {self.value:.4g} beside {self.rest:.4g} ({self.difference:+.4g}, {self.low:+.4g} to "
            f"{self.high:+.4g}), {self.rows:,} rows ({self.share:.1%})"
        )


@dataclass(frozen=True)
class WorstSlices:
    """The slices in which ``metric`` is worst, the largest difference first.

    ``searched`` slices had enough rows to be looked at, ``tested`` of them stood out. ``note`` says why there could be
    none.
    """

    metric: str
    value: float
    rows: int
    unlabelled: int
    searched: int
    tested: int
    q: float
    confidence: float
    slices: tuple[Slice, ...]
    note: str

    def __str__(self) -> str:
        if not self.slices:
            return self.note or f"no slice is worse than the others: {self.searched:,} looked at, {self.tested} tested"
        return "\n".join(map(str, self.slices))

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


def worst_slices(
    truth: Any,
    prediction: Any,
    frame: Any,
    *,
    probability: Any = None,
    loss: Any = None,
    metric: str | None = None,
    positive: Any = None,
    depth: int = 2,
    bins: int = 12,
    top: int = 20,
    min_rows: int = 50,
    min_share: float = 0.01,
    effect: float = 0.1,
    q: float = 0.01,
    limit: int = 10,
    confidence: float = 0.95,
    seed: int = 0,
    task: Task | None = None,
) -> WorstSlices:
    """Return the slices in which a model is worst.

    Parameters
    ----------
    truth, prediction : sequence or None
        The true and the predicted labels or amounts. Rows without truth are left out and counted. None where ``loss``
        is given; prediction also where ``probability`` is.
    frame : frame, dictionary or sequence
        The columns to look for slices by.
    probability : sequence, optional
        That of the positive label, for log_loss and brier.
    loss : sequence, optional
        A number for each row that is higher where the model is worse, instead of a metric.
    metric : {"error_rate", "mae", "mse", "log_loss", "brier"}, optional
        What is high where the model is bad: the error rate of labels and mae of amounts by default, log_loss where
        there are only probabilities.
    positive : object, optional
        The label that counts as positive, for log_loss and brier.
    depth : {1, 2}
        Conditions on one column, or on two as well.
    bins, top : int
        Into how many parts columns of numbers are cut, and how many of the most frequent values of others count.
    min_rows, min_share
        A slice has at least so many rows, and at least this share of all.
    effect : float, default 0.1
        By how many standard deviations of the loss a slice is worse at least.
    q : float, default 0.01
        Of the slices that are told, the share that may be there by chance.
    limit : int, default 10
        So many slices are told at most.
    confidence : float, default 0.95
        Of the intervals.
    seed : int
        Divides the rows the same way again.
    task : {"classification", "regression"}, optional
        Told by the values where it is not said.

    Raises
    ------
    InvalidInput
        Something given cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> frame = {"origin": rng.choice(["EWR", "JFK", "LGA"], 4000), "hour": rng.integers(0, 24, 4000)}
    >>> late = (frame["origin"] == "EWR") & (frame["hour"] >= 18)
    >>> found = worst_slices(None, None, frame, loss=rng.random(4000) + late)
    >>> [one.words for one in found.slices]
    ['origin = EWR and hour ≥ 18']
    """
    import numpy as np

    _check_options(depth, bins, q, confidence)
    columns = named_columns(frame, "column")
    beside = {"truth": truth, "prediction": prediction, "probability": probability, "loss": loss}
    same_length(
        {name: one for name, one in beside.items() if one is not None}
        | {repr(name): values for name, values in columns.items()}
    )
    atoms = [atoms_of(column, values, bins, top) for column, values in columns.items()]
    name, losses, keep = _losses(truth, prediction, probability, loss, metric, positive, task)
    kept = np.flatnonzero(keep)
    losses = losses[kept]
    support = max(min_rows, round(min_share * len(losses)))

    def told(slices: tuple[Slice, ...], searched: int, tested: int, note: str) -> WorstSlices:
        mean, unlabelled = float(losses.mean()), len(keep) - len(losses)
        return WorstSlices(name, mean, len(losses), unlabelled, searched, tested, q, confidence, slices, note)

    if len(losses) < 4 * support:
        return told((), 0, 0, f"too few rows to tell: {len(losses):,}, and slices of {support} have to stand out")
    spread = float(losses.std())
    if not spread:
        return told((), 0, 0, "the loss is the same in every row")
    order = np.random.default_rng(seed).permutation(len(losses))
    seen, unseen = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    found = search(atoms, kept[seen], losses[seen], depth, max(2, support // 2), effect)
    unused = _Unseen(atoms, kept[unseen], losses[unseen], spread, confidence)
    told_slices = []
    for candidate, test, adjusted in unused.significant(found.candidates, q, effect, max(2, support // 4)):
        covered = np.all(candidate.covers(atoms, kept), axis=0)
        told_slices.append(_slice(candidate, test, adjusted, int(covered.sum()), len(losses)))
    told_slices.sort(key=lambda one: -one.difference)
    return told(tuple(told_slices[:limit]), found.slices, len(found.candidates), "")


@dataclass(frozen=True)
class _Test:
    """Welch's test of two means, one-sided; the interval is two-sided."""

    value: float
    rest: float
    low: float
    high: float
    p_value: float
    effect: float


class _Unseen:
    """The rows that the search has not seen."""

    def __init__(self, atoms: Sequence[Atoms], rows: Any, losses: Any, spread: float, confidence: float) -> None:
        self.atoms, self.rows, self.losses, self.spread, self.confidence = atoms, rows, losses, spread, confidence

    def significant(
        self, candidates: Sequence[Candidate], q: float, effect: float, support: int
    ) -> Iterator[tuple[Candidate, _Test, float]]:
        """Yield the slices that are worse here too, with their test and the corrected p-value."""
        import numpy as np
        from scipy.stats import false_discovery_control

        masks = [candidate.covers(self.atoms, self.rows) for candidate in candidates]
        tests = [self._test(np.all(each, axis=0)) for each in masks]
        p_values = [max(test.p_value, self._beside_parents(each)) for test, each in zip(tests, masks, strict=True)]
        if not p_values:
            return
        adjusted = false_discovery_control(p_values)
        kept: list[tuple[Candidate, Any]] = []
        for at, candidate in enumerate(candidates):
            if adjusted[at] > q or tests[at].effect < effect:
                continue
            here = np.all(masks[at], axis=0)
            if self._adds(candidate, here, kept, support, effect):
                kept.append((candidate, here))
                yield candidate, tests[at], float(adjusted[at])

    def _beside_parents(self, each: list[Any]) -> float:
        """Return the p-value of two conditions being worse than each of them without the other; nothing of one alone.

        All has to hold, so the least sure of it counts (an intersection-union test).
        """
        import numpy as np

        both = np.all(each, axis=0)
        return max((self._test(both, one & ~both).p_value for one in each), default=0.0) if len(each) > 1 else 0.0

    def _adds(
        self, candidate: Candidate, here: Any, kept: list[tuple[Candidate, Any]], support: int, effect: float
    ) -> bool:
        """Tell whether a slice says something that those kept before do not say.

        It is worse by ``effect`` than those of fewer columns that are kept, and so are the rows that others leave over.
        """
        import numpy as np

        covered = np.zeros(len(here), dtype=bool)
        for other, there in kept:
            if other.columns == candidate.columns and (there & here).any():
                return False  # the same said again with other edges
            without = there & ~here
            if set(other.columns) < set(candidate.columns) and without.sum() >= support:
                worse = float(self._sums(here).mean - self._sums(there).mean)
                if worse < effect * self.spread or self._test(here, without).p_value > AGAIN:
                    return False
            else:
                covered |= there
        left = here & ~covered
        if left.sum() < support:
            return False
        test = self._test(left, ~here & ~covered)
        return test.p_value <= AGAIN and test.effect >= effect

    def _test(self, here: Any, there: Any = None) -> _Test:
        from scipy.special import stdtr, stdtrit

        one, other = self._sums(here), self._sums(~here if there is None else there)
        value, rest, errors = (
            float(one.mean),
            float(other.mean),
            (float(one.error(self.spread)), float(other.error(self.spread))),
        )
        if not sum(errors) > 0:  # too few rows: nothing is known of chance
            return _Test(value, rest, value - rest, value - rest, 1.0, 0.0)
        gap, error = value - rest, sum(errors) ** 0.5
        freedom = sum(errors) ** 2 / (errors[0] ** 2 / (one.rows - 1) + errors[1] ** 2 / (other.rows - 1))
        half = float(stdtrit(freedom, (1 + self.confidence) / 2)) * error
        p_value = float(stdtr(freedom, -gap / error))
        return _Test(value, rest, gap - half, gap + half, p_value, gap / self.spread)

    def _sums(self, mask: Any) -> Sums:
        losses = self.losses[mask]
        return Sums(len(losses), losses.sum(), (losses**2).sum())


def _slice(candidate: Candidate, test: _Test, adjusted: float, rows: int, of: int) -> Slice:
    words = " and ".join(one.words for one in candidate.conditions)
    return Slice(
        words,
        candidate.conditions,
        rows,
        rows / of,
        test.value,
        test.rest,
        test.value - test.rest,
        test.low,
        test.high,
        test.effect,
        test.p_value,
        adjusted,
    )


def _losses(
    truth: Any, prediction: Any, probability: Any, loss: Any, metric: str | None, positive: Any, task: Task | None
) -> tuple[str, Any, Any]:
    """Return what the loss is called, that of each row, and which rows have one."""
    import numpy as np

    if loss is not None:
        if metric is not None:
            raise InvalidInput("loss and metric say the same.", "Give one of them.")
        found = numbers(loss, "loss")
        return "loss", *_known(found, ~np.isnan(found))
    if truth is None or (prediction is None and probability is None):
        raise InvalidInput("there is nothing to judge by.", "Give truth and prediction, or loss.")
    true = coded(truth, "truth")
    keep = np.zeros(len(true.codes), dtype=bool)
    keep[present_rows(true)] = True
    said = None if prediction is None else coded(prediction, "prediction")
    if said is not None and None in said.values and (said.codes[keep] == said.values.index(None)).any():
        raise InvalidInput("some predictions are missing.", "Leave these rows out.")
    kind = task or ("classification" if said is None else task_of(true, said))
    usual = "mae" if kind == "regression" else "log_loss" if said is None else ERROR_RATE
    name = usual if metric is None else metric
    known = ("mae", "mse") if kind == "regression" else (ERROR_RATE, "log_loss", "brier")
    if name not in known:
        raise InvalidInput(f"there is no loss {name!r} of this {kind}.", did_you_mean(name, known, ", ".join(known)))
    needed = {"log_loss": "probability", "brier": "probability"}.get(name, "prediction")
    if {"probability": probability, "prediction": prediction}[needed] is None:
        raise InvalidInput(
            f"{name} needs {needed}, which is not given.", f"Give it: --{needed} COLUMN, in Python {needed}=…"
        )
    if kind == "regression":
        return name, LOSSES[name](numbers(truth, "truth"), numbers(prediction, "prediction")), keep
    if name == ERROR_RATE:
        assert said is not None
        at = {label: place for place, label in enumerate(labels_of(true, said))}
        places = [one.mapped(lambda value: at.get(value, -1))[one.codes] for one in (true, said)]
        return name, (places[0] != places[1]).astype(float), keep
    counts = positive_of(labels_of(true, true), positive)
    is_positive = true.mapped(lambda value: value == counts)[true.codes]
    chance = probabilities(probability)
    table = np.column_stack([1 - chance, chance]) if name == "log_loss" else chance
    return name, LOSSES[name](is_positive.astype(np.int64), table), keep


def _known(losses: Any, keep: Any) -> tuple[Any, Any]:
    if not keep.any():
        raise InvalidInput("no row has a loss.", "Give a number for each row.")
    return losses, keep


def _check_options(depth: int, bins: int, q: float, confidence: float) -> None:
    if depth not in (1, 2):
        raise InvalidInput(f"slices are of one or of two columns, not {depth}.", "depth=2")
    if bins < 2:
        raise InvalidInput(f"numbers cannot be cut into {bins}.", "bins=12")
    for name, value in (("q", q), ("confidence", confidence)):
        if not 0 < value < 1:
            raise InvalidInput(f"{name} is a share between 0 and 1, not {value}.", "q=0.01, confidence=0.95")
