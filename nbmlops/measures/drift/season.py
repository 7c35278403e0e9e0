"""The same phase of the season: current data of a July are compared with the Julys of the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DAY = 86_400.0
YEAR = 365.2425 * DAY
MONTH = YEAR / 12


@dataclass(frozen=True)
class Cycle:
    """A season: its length, its phases, and how many phases to either side count as the same."""

    word: str
    seconds: float
    phases: int
    slack: int


CYCLES = (
    Cycle("time of year", YEAR, 365, 7),
    Cycle("day of the week", 7 * DAY, 7, 0),
    Cycle("hour of the day", DAY, 24, 0),
)
PARTIAL = 0.8
"""Current data that lie in fewer of the reference's phases than this share are those of a part of the season."""
FEWEST_ROWS = 30


def same_phase(reference: Any, current: Any) -> tuple[Any, tuple[str, ...]]:
    """Return which rows of the reference lie in the same phases of year, week and day as the current ones.

    A cycle counts where the reference has seen all of it and the current data only a part.

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
    (88, ('time of year',))
    """
    import numpy as np

    chosen = np.ones(len(reference), bool)
    words = []
    for cycle in CYCLES:
        before, now = _phases(reference, cycle), _phases(current, cycle)
        known = np.bincount(before[before >= 0], minlength=cycle.phases) > 0
        seen = np.bincount(now[now >= 0], minlength=cycle.phases) > 0
        if known.mean() < PARTIAL or not seen.any() or (seen & known).sum() >= PARTIAL * known.sum():
            continue
        wide = seen.copy()
        for step in range(1, cycle.slack + 1):
            wide |= np.roll(seen, step) | np.roll(seen, -step)
        of_phase = chosen & (before >= 0) & wide[before]
        if of_phase.sum() >= FEWEST_ROWS:
            chosen = of_phase
            words.append(cycle.word)
    return chosen, tuple(words)


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
    for _ in range(year.slack):
        known |= np.roll(known, 1) | np.roll(known, -1)
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
