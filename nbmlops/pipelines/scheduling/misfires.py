"""What is done about causes that came up while no scheduler was at work, or while the last firing still ran."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.pipelines.scheduling.records import Cause, Misfire

LATE_SECONDS = 90.0
"""A cause that is older was missed, where the scheduler looks often enough."""


@dataclass(frozen=True)
class Choice:
    """The cause that starts the pipeline, if any, and those that are passed over, each with the reason."""

    cause: Cause | None
    skipped: tuple[tuple[Cause, str], ...] = ()

    @property
    def words(self) -> str:
        """What is to be said of it."""
        if self.cause is None:
            return f"{_times(len(self.skipped))} missed; nothing is run for what was missed (misfire: skip)"
        more = f"; {_times(len(self.skipped))} before it missed, and not run" if self.skipped else ""
        return f"{self.cause.words}{more}"


def choose(misfire: Misfire, causes: Sequence[Cause], now: datetime.datetime, late: float = LATE_SECONDS) -> Choice:
    """Return what is to be done about causes, oldest first.

    Parameters
    ----------
    misfire : {"latest", "skip", "all"}
        ``latest``: one run for the newest, also where it was missed. ``skip``: only what is not late. ``all``: each,
        one after another.
    causes : sequence of Cause
        What has come up.
    now : datetime
        The time.
    late : float
        A cause that is older than so many seconds was missed.

    Examples
    --------
    >>> from nbmlops.pipelines.scheduling.records import Cause
    >>> now = datetime.datetime(2026, 3, 3, 12, tzinfo=datetime.UTC)
    >>> causes = [Cause(day, f"2026-03-0{day}T03:00:00+00:00", f"due on the {day}nd") for day in "12"]
    >>> choose("latest", causes, now).words
    'due on the 2nd; 1 time before it missed, and not run'
    >>> choose("skip", causes, now).words
    '2 times missed; nothing is run for what was missed (misfire: skip)'
    >>> choose("all", causes, now).cause.key
    '1'
    """
    if not causes:
        return Choice(None)
    if misfire == "all":
        return Choice(causes[0])
    *earlier, newest = causes
    passed = tuple((one, f"{newest.words} came after it") for one in earlier)
    if misfire == "skip" and is_late(newest, now, late):
        return Choice(None, tuple((one, "it was missed") for one in causes))
    return Choice(newest, passed)


def is_late(cause: Cause, now: datetime.datetime, late: float) -> bool:
    """Tell whether a cause came up so long ago that it was missed."""
    return (now - datetime.datetime.fromisoformat(cause.at)).total_seconds() > late


def _times(amount: int) -> str:
    return f"{amount} time{'' if amount == 1 else 's'}"
