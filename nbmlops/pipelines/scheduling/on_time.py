"""By the clock: the times of a crontab expression in a time zone, right when the clocks change.

The words are those of crontab(5): five fields, or ``@daily`` and its like. A time that the change of the clock skips is
due when the clock has moved on; one that comes twice is due once. An expression whose minute or hour begins with a star
goes by elapsed time instead: every 15 minutes stay every 15 minutes. So does Debian's cron.
"""

from __future__ import annotations

import datetime
import re
import warnings
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.scheduling.records import Cause
from nbmlops.pipelines.scheduling.triggers import MOST
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from nbmlops.pipelines.scheduling.records import Misfire
    from nbmlops.pipelines.scheduling.triggers import Look
    from nbmlops.store.database import Database

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELD = re.compile(r"(?:[\d*,/-]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)+", re.I)
_BACK = tuple(datetime.timedelta(days=days) for days in (0.05, 1, 8, 32, 370, 1830))
"""How far the search for the last due times goes back, step by step: a long pause costs no walk through all of it."""
_HINT = 'Write five fields as in crontab: --cron "0 3 * * *" is every day at three, "*/15 * * * 1-5" works too.'


@dataclass(frozen=True)
class CronTrigger:
    """The times of a crontab expression.

    Parameters
    ----------
    cron : str
        Minute, hour, day of the month, month, day of the week (0 and 7 are Sunday); or ``@daily``.
    timezone : str
        A name such as ``Europe/Berlin``.

    Examples
    --------
    >>> trigger = CronTrigger("30 2 * * *", "Europe/Berlin")
    >>> march = datetime.datetime(2026, 3, 28, tzinfo=datetime.UTC)
    >>> [str(due.astimezone(trigger.zone)) for due in islice(trigger.after(march), 3)]  # no 2:30 on the 29th
    ['2026-03-28 02:30:00+01:00', '2026-03-29 03:00:00+02:00', '2026-03-30 02:30:00+02:00']
    """

    kind: ClassVar[str] = "cron"
    misfire: ClassVar[Misfire] = "latest"

    cron: str
    timezone: str

    @property
    def words(self) -> str:
        """The expression and its zone."""
        return f"{self.cron} ({self.timezone})"

    @property
    def facts(self) -> dict[str, Any]:
        """Expression and zone."""
        return {"cron": self.cron, "timezone": self.timezone}

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return zone_of(self.timezone)

    def begin(self, database: Database, now: datetime.datetime) -> dict[str, Any]:  # noqa: ARG002 - the contract's
        """Return the time: what was due before is not."""
        return {"at": now.isoformat()}

    def causes(self, look: Look) -> list[Cause]:
        """Return the due times since the last one."""
        after = self._cursor(look)
        found = self._last(after, look.now) if look.newest else list(islice(self._between(after, look.now), MOST))
        return [self._cause(due) for due in found]

    def next(self, look: Look) -> datetime.datetime | None:
        """Return the first due time behind now."""
        return next(self.after(look.now), None)

    def after(self, moment: datetime.datetime) -> Iterator[datetime.datetime]:
        """Yield the due times behind a moment, in UTC."""
        cronsim = require("cronsim", "scheduler", "A schedule by the clock")
        seen = moment
        for due in cronsim.CronSim(self.cron, moment.astimezone(self.zone)):
            there = due.astimezone(datetime.UTC)
            if there > seen:  # an hour that comes twice is not gone through twice
                seen = there
                yield there

    def _between(self, after: datetime.datetime, upto: datetime.datetime) -> Iterator[datetime.datetime]:
        for due in self.after(after):
            if due > upto:
                return
            yield due

    def _last(self, after: datetime.datetime, upto: datetime.datetime) -> list[datetime.datetime]:
        """Return the last due times of a span."""
        found: list[datetime.datetime] = []
        for back in _BACK:
            start = max(after, upto - back)
            found = list(self._between(start, upto))[-MOST:]
            if start == after or len(found) == MOST:
                return found
        return found

    def _cursor(self, look: Look) -> datetime.datetime:
        return datetime.datetime.fromisoformat(look.last["at"] if look.last else look.since["at"])

    def _cause(self, due: datetime.datetime) -> Cause:
        local = due.astimezone(self.zone)
        return Cause(
            due.isoformat(timespec="seconds"),
            due.isoformat(timespec="microseconds"),
            f"due {local.isoformat(' ', 'minutes')}",
        )


def check_cron(expression: str, timezone: str | None = None) -> CronTrigger:
    """Return the trigger of an expression, or say what is wrong with it.

    Parameters
    ----------
    expression : str
        As in crontab.
    timezone : str, optional
        This machine's by default.

    Raises
    ------
    InvalidInput
        It is no crontab expression, is never due, or there is no such zone.
    MissingExtra
        cronsim is not installed.

    Examples
    --------
    >>> check_cron("@daily", "UTC").cron
    '0 0 * * *'
    """
    cronsim = require("cronsim", "scheduler", "A schedule by the clock")
    text = " ".join(MACROS.get(expression.strip().lower(), expression).split())
    fields = text.split()
    if len(fields) != 5:
        raise InvalidInput(f"{expression!r} has {len(fields)} fields, and a crontab expression five.", _HINT)
    for one in fields:
        if not _FIELD.fullmatch(one):
            raise InvalidInput(f"{one!r} in {expression!r} is nothing that crontab knows.", _HINT)
    zone = timezone or local_zone()
    trigger = CronTrigger(text, zone)
    now = datetime.datetime.now(datetime.UTC)
    zone_of(zone)
    try:
        first = next(trigger.after(now), None)
    except (cronsim.CronSimError, ValueError, AssertionError) as error:
        raise InvalidInput(f"{expression!r} cannot be read: {str(error) or 'a range'}.", _HINT) from error
    if first is None:
        raise InvalidInput(f"{expression!r} is never due.", "There is no such day in these months.")
    return trigger


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name.

    Raises
    ------
    InvalidInput
        There is none of that name here.

    Examples
    --------
    >>> zone_of("Europe/Berlin").key
    'Europe/Berlin'
    """
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        from nbmlops.errors import nearest

        close = nearest(name, zoneinfo.available_timezones())
        raise InvalidInput(
            f"there is no time zone {name!r}.",
            f"Did you mean {' or '.join(close)}?" if close else "--timezone Europe/Berlin, or pip install tzdata",
        ) from error


def local_zone() -> str:
    """Return the name of this machine's time zone; UTC where it has none.

    Raises
    ------
    InvalidInput
        It has one without a name.
    """
    tzlocal = require("tzlocal", "scheduler", "A schedule by the clock")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is none set, which is UTC
        zone = tzlocal.get_localzone()
    name = str(getattr(zone, "key", None) or "")
    if not name:
        raise InvalidInput("this machine's time zone has no name.", "Say which: --timezone Europe/Berlin")
    return "UTC" if name in ("Etc/UTC", "Etc/UCT", "UCT", "Universal", "Zulu") else name
