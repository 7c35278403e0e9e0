"""The search for slices with a high loss: all conditions of one and of two columns, from sums over their atoms."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.performance.conditions import Atoms, Condition

EACH = 5
"""So many slices of the same columns are looked at closer."""
ALL = 100
"""So many slices are looked at closer in all."""
LOWEST = 2.0
"""A slice is looked at closer where its loss is so many standard errors above that of what it is compared with."""


@dataclass(frozen=True)
class Sums:
    """How many rows, the sum of their losses and of the squares: of one slice, or arrays of many."""

    rows: Any
    losses: Any
    squares: Any

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.rows - other.rows, self.losses - other.losses, self.squares - other.squares)

    @property
    def mean(self) -> Any:
        """The mean loss; not a number where there are no rows."""
        import numpy as np

        return np.where(self.rows > 0, self.losses / np.maximum(self.rows, 1), np.nan)

    def error(self, spread: float) -> Any:
        """Return the variance of the mean; not a number where there are fewer than two rows.

        Rows that are all alike do not prove that there are no others: it is at least what one other row in them,
        ``spread`` away, would make of it.
        """
        import numpy as np

        rows = np.maximum(self.rows, 2)
        variance = (self.squares - self.losses**2 / rows) / (rows - 1)
        return np.where(self.rows > 1, np.maximum(variance, spread**2 / rows) / rows, np.nan)


@dataclass(frozen=True)
class Candidate:
    """A slice to look at closer: its columns by place, its conditions, and how far it stands out."""

    columns: tuple[int, ...]
    conditions: tuple[Condition, ...]
    members: tuple[Any, ...]
    score: float

    def covers(self, atoms: Sequence[Atoms], rows: Any) -> list[Any]:
        """Return which of the rows fulfil each of its conditions."""
        pairs = zip(self.columns, self.members, strict=True)
        return [member[atoms[column].codes[rows]] for column, member in pairs]


@dataclass(frozen=True)
class Searched:
    """What the search found, best first, and how many slices with enough rows it looked at."""

    candidates: tuple[Candidate, ...]
    slices: int


def search(atoms: Sequence[Atoms], rows: Any, losses: Any, depth: int, support: int, effect: float) -> Searched:
    """Return the slices whose loss stands out most.

    Parameters
    ----------
    atoms : sequence of Atoms
        The columns.
    rows : array of int
        The rows to search in.
    losses : array of float
        The loss of each of these rows.
    depth : int
        1: conditions on one column; 2: on two as well.
    support : int
        How many rows a slice needs.
    effect : float
        By how many standard deviations its mean loss has to be above that of all other rows.
    """
    import numpy as np

    spread = float(losses.std())
    total = Sums(len(losses), losses.sum(), (losses**2).sum())
    codes = [one.codes[rows] for one in atoms]
    single = [
        _summed(one.members, _sums(code, losses, one.members.shape[1])) for one, code in zip(atoms, codes, strict=True)
    ]
    found, slices = [], 0
    for column, sums in enumerate(single):
        enough = sums.rows >= support
        slices += int(enough.sum())
        score = np.where(enough, _stands_out(sums, total - sums, spread, effect), -np.inf)
        for at in _best(score):
            one = atoms[column]
            found.append(Candidate((column,), (one.conditions[at],), (one.members[at],), float(score[at])))
    for left, right in combinations(range(len(atoms)), 2) if depth > 1 else ():
        a, b = atoms[left], atoms[right]
        width = b.members.shape[1]
        cells = _sums(codes[left] * width + codes[right], losses, a.members.shape[1] * width)
        both = _crossed(a.members, cells, b.members)
        enough = both.rows >= support
        slices += int(enough.sum())
        score = np.where(enough, _stands_out(both, total - both, spread, effect), -np.inf)
        for parent in (_widened(single[left], 1), _widened(single[right], 0)):
            others = parent - both
            apart = np.where(others.rows >= support // 2, _stands_out(both, others, spread, 0.0), -np.inf)
            score = np.where(apart > LOWEST, score, -np.inf)
        for place in _best(score.ravel()):
            i, j = divmod(place, score.shape[1])
            pair = (a.conditions[i], b.conditions[j])
            found.append(Candidate((left, right), pair, (a.members[i], b.members[j]), float(score[i, j])))
    found.sort(key=lambda one: -one.score)
    return Searched(tuple(found[:ALL]), slices)


def _sums(codes: Any, losses: Any, many: int) -> Sums:
    import numpy as np

    weights = (None, losses, losses**2)
    return Sums(*(np.bincount(codes, weights=one, minlength=many).astype(float) for one in weights))


def _summed(members: Any, sums: Sums) -> Sums:
    return Sums(*(members.astype(float) @ one for one in (sums.rows, sums.losses, sums.squares)))


def _crossed(left: Any, sums: Sums, right: Any) -> Sums:
    shape = (left.shape[1], right.shape[1])
    parts = (one.reshape(shape) for one in (sums.rows, sums.losses, sums.squares))
    return Sums(*(left.astype(float) @ one @ right.T.astype(float) for one in parts))


def _widened(sums: Sums, axis: int) -> Sums:
    import numpy as np

    return Sums(*(np.expand_dims(one, axis) for one in (sums.rows, sums.losses, sums.squares)))


def _stands_out(one: Sums, others: Sums, spread: float, effect: float) -> Any:
    """Return by how many standard errors a loss is above another; minus infinity where the effect is smaller."""
    import numpy as np

    gap, error = one.mean - others.mean, one.error(spread) + others.error(spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = gap / np.sqrt(error)
        return np.where((gap >= effect * spread) & (error > 0), score, -np.inf)


def _best(score: Any) -> list[int]:
    import numpy as np

    order = np.argsort(-score, kind="stable")[:EACH]
    return [int(at) for at in order if score[at] > LOWEST]
