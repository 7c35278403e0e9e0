"""A crontab expression in the words of systemd's calendar: the same times, each number written out."""

from __future__ import annotations

from typing import Any

from nbmlops.plugins import require

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def calendars_of(cron: str, timezone: str) -> list[str]:
    """Return what stands behind ``OnCalendar=``, one or two lines.

    Two, where both the day of the month and that of the week are said: then crontab means either.

    Parameters
    ----------
    cron : str
        Five fields.
    timezone : str
        The zone's name.

    Examples
    --------
    >>> calendars_of("*/30 3 * * 1-5", "Europe/Berlin")
    ['Mon,Tue,Wed,Thu,Fri *-*-* 03:00,30:00 Europe/Berlin']
    >>> calendars_of("0 0 1 * 0", "UTC")
    ['*-*-01 00:00:00 UTC', 'Sun *-*-* 00:00:00 UTC']
    """
    import datetime

    cronsim = require("cronsim", "scheduler", "A schedule by the clock")
    read: Any = cronsim.CronSim(cron, datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))
    minutes, hours = _numbers(read.minutes, range(60)), _numbers(read.hours, range(24))
    days, months = _numbers(read.days, range(1, 32)), _numbers(read.months, range(1, 13))
    weekdays = sorted({(day - 1) % 7 for day in read.weekdays})
    fields = cron.split()
    is_both = fields[2].startswith("*") or fields[4].startswith("*")  # else either of the two days will do
    week = "" if len(weekdays) == 7 else ",".join(_DAYS[day] for day in weekdays) + " "
    time = f"{hours}:{minutes}:00 {timezone}"
    if is_both:
        return [f"{week}*-{months}-{days} {time}"]
    if not week or days == "*":
        return [f"*-{months}-* {time}"]
    return [f"*-{months}-{days} {time}", f"{week}*-{months}-* {time}"]


def _numbers(found: set[int], every: range) -> str:
    return "*" if found == set(every) else ",".join(f"{number:02d}" for number in sorted(found))
