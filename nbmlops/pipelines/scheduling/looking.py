"""One look at a schedule: what it waits for, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.scheduling.triggers import Look

if TYPE_CHECKING:
    import datetime

    from nbmlops.pipelines.scheduling.on_file import Settling
    from nbmlops.store.database import Database
    from nbmlops.store.schedules import ScheduleStore


def look_at(
    database: Database, store: ScheduleStore, schedule: dict[str, Any], now: datetime.datetime, settling: Settling
) -> Look:
    """Return what a trigger needs to tell whether it has a cause.

    Parameters
    ----------
    database : Database
        The registry.
    store : ScheduleStore
        Schedules and firings.
    schedule : dict
        The schedule, as the registry has it.
    now : datetime
        The time.
    settling : Settling
        What is remembered of files.
    """
    last = store.last(schedule["id"])
    if last is not None and last["id"] <= schedule["since"].get("firing", 0):
        last = None  # it rested since then: what it had seen before counts no more
    newest = schedule["misfire"] != "all"
    return Look(database, schedule["id"], now, schedule["since"], last, store.count(schedule["id"]), newest, settling)
