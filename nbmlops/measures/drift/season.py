"""The same phase of the season: current data of a July are compared with the Julys of the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbmlops.measures.drift.chance import FEWEST_ROWS

DAY = 86_400.0
YEAR = 365.2425 * DAY
MONTH = YEAR / 12


@dataclass(frozen=True)
class Cycle:
    """A season: its length, its phases, how many to either side count as the same, and how many parts have a share.

    ``gap`` is how many phases may lie between two rows of a reference that has seen all of it: data by the month do
    not come every day.
    """

    word: str
    seconds: float
    phases: int
    slack: int
    gap: int
    parts: int


CYCLES = (
    Cycle("time of year", YEAR, 365, 3, 32, 12),
    Cycle("day of the week", 7 * DAY, 7, 0, 0, 7),
    Cycle("hour of the day", DAY, 24, 0, 0, 24),
)
LEFT_OUT = 0.05
"""Rows of the reference out of season that are fewer than this share cannot move a distribution by what counts."""
SEEN = 0.95
"""Of the phases of the current data the reference has to have seen this share."""
SPARSE = 0.2
"""Data of fewer of their days than this come by the month: their days of the week are chance."""
FEWEST_IN_PART = 20


def same_phase(reference: Any, current: Any) -> tuple[Any, tuple[str, ...]]:
    """Return which rows of the reference lie in the same phases of year, week and day as the current ones.

    A cycle counts where the reference has seen what the current data have, and more; where it has days, weeks or
    months in other shares, so many of its rows are left out that the shares are the same.

    Parameters
    ----------
    reference, current : array of shape (rows,)
        Times in seconds since 1970; missing ones are not numbers.

    Returns
    -------
    array of bool, and the words for the cycles that were taken into account

    Examples
    --------
    >>> import numpy as np
    >>> two_years = np.arange(0, 730 * DAY, DAY)
    >>> rows, words = same_phase(two_years, two_years[170:200] + 730 * DAY)
    >>> int(rows.sum()), words
    (72, ('time of year',))
    """
    import numpy as np

    chosen = np.ones(len(reference), bool)
    words = []
    for cycle in CYCLES:
        if cycle.seconds < YEAR and _come_seldom(reference):
            break
        before, now = _phases(reference, cycle), _phases(current, cycle)
        known, seen = (np.bincount(side[side >= 0], minlength=cycle.phases) > 0 for side in (before, now))
        if not seen.any() or (seen & _filled(known, cycle.gap)).sum() < SEEN * seen.sum():
            continue
        wide = _widened(seen, cycle.slack)
        of_phase = chosen & (before >= 0) & wide[before]
        if of_phase.sum() < FEWEST_ROWS:
            continue
        if of_phase.sum() > (1 - LEFT_OUT) * chosen.sum():
            of_phase = chosen
        of_phase = _evened(of_phase, before * cycle.parts // cycle.phases, now * cycle.parts // cycle.phases)
        if of_phase.sum() < chosen.sum():
            chosen = of_phase
            words.append(cycle.word)
    return chosen, tuple(words)


def _come_seldom(times: Any) -> bool:
    import numpy as np

    days = np.unique(times[np.isfinite(times)] // DAY)
    return len(days) < 2 or len(days) < SPARSE * (days[-1] - days[0] + 1)


def _widened(phases: Any, by: int) -> Any:
    import numpy as np

    wide = phases.copy()
    for step in range(1, by + 1):
        wide |= np.roll(phases, step) | np.roll(phases, -step)
    return wide


def _filled(phases: Any, gap: int) -> Any:
    """Return phases with those between two that are no further apart than ``gap``, round the year."""
    return ~_widened(~_widened(phases, gap // 2), gap // 2)


def _evened(chosen: Any, before: Any, now: Any) -> Any:
    """Leave out so many of the chosen rows that each part of the cycle has the share that it has now.

    Parts of which the current data have nothing stay: they are near to those that it has.
    """
    import numpy as np

    parts = int(max(before.max(), now.max())) + 1
    rows = np.bincount(before[chosen & (before >= 0)], minlength=parts)
    wanted = np.bincount(now[now >= 0], minlength=parts)
    both = (rows > 0) & (wanted > 0)
    if both.sum() < 2 or wanted.sum() < FEWEST_IN_PART * both.sum():
        return chosen
    shares = np.where(both, wanted, 0) / wanted[both].sum()
    apart = np.abs(np.where(both, rows, 0) / rows[both].sum() - shares).sum() / 2
    if apart < LEFT_OUT / 2:
        return chosen
    usual = shares >= 0.25 / both.sum()
    most = float((rows[usual] / shares[usual]).min())
    keep = np.where(both, np.minimum(1, most * shares / np.maximum(rows, 1)), 1.0)
    order = np.random.default_rng(0).random(len(before))
    evened = chosen & (before >= 0) & (order <= keep[before])
    return evened if evened.sum() >= FEWEST_ROWS else chosen


def unseen_season(reference: Any, current: Any) -> str:
    """Return a sentence where most current rows lie in a time of year that the reference has not seen, else nothing.

    What moves with the season cannot be told from drift there.

    Examples
    --------
    >>> import numpy as np
    >>> spring, summer = np.arange(0, 120 * DAY, DAY), np.arange(180 * DAY, 210 * DAY, DAY)
    >>> unseen_season(spring, summer)
    'the reference has not seen this time of year: what moves with the season shows as drift'
    """
    import numpy as np

    year = CYCLES[0]
    before, now = _phases(reference, year), _phases(current, year)
    known = np.bincount(before[before >= 0], minlength=year.phases) > 0
    known = _widened(_filled(known, year.gap), 2 * year.slack + 1)
    seen = now[now >= 0]
    if not len(seen) or known.mean() * YEAR < MONTH or known[seen].mean() > 0.5:
        return ""
    return "the reference has not seen this time of year: what moves with the season shows as drift"


def _phases(times: Any, cycle: Cycle) -> Any:
    """Return the phase of each time; -1 where it is missing."""
    import numpy as np

    known = np.isfinite(times)
    place = np.where(known, times, 0.0) % cycle.seconds / cycle.seconds * cycle.phases
    return np.where(known, np.minimum(place.astype(int), cycle.phases - 1), -1)
