"""The scheduler at work: it looks at every schedule, starts what is due, says what became of it, and waits."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError, WorkspaceUnusable
from nbmlops.pipelines.scheduling.looking import look_at
from nbmlops.pipelines.scheduling.misfires import LATE_SECONDS, choose
from nbmlops.pipelines.scheduling.on_file import SETTLED_SECONDS, Settling
from nbmlops.pipelines.scheduling.records import Deed
from nbmlops.pipelines.scheduling.triggers import trigger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from nbmlops.pipelines.scheduling.firing import Firings
    from nbmlops.pipelines.scheduling.records import Firing
    from nbmlops.store.database import Database
    from nbmlops.store.schedules import ScheduleStore

POLL_SECONDS = 5.0
SLICE_SECONDS = 0.2
"""For so long nothing is listened to at most."""
_REGISTRY = {"id": "", "name": "registry"}
"""What troubles of no single schedule are told of."""


def utc_now() -> datetime.datetime:
    """Return the time, in UTC."""
    return datetime.datetime.now(datetime.UTC)


class Daemon:
    """Looks at schedules again and again.

    Parameters
    ----------
    database : Database
        The registry.
    store : ScheduleStore
        Schedules and firings.
    firings : Firings
        Starts pipelines, and notes how they end.
    told : callable
        Told each thing that is done.
    only : collection of str
        Names of the schedules that are looked at; all by default.
    clock : callable
        Gives the time.
    stopped : callable
        Asked between two looks whether to end: a job that was claimed is started, whatever ends the work.
    """

    def __init__(
        self,
        database: Database,
        store: ScheduleStore,
        firings: Firings,
        told: Callable[[Deed], object] = lambda _: None,
        only: Collection[str] = (),
        clock: Callable[[], datetime.datetime] = utc_now,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database, self._store, self._firings = database, store, firings
        self._told, self._only, self._clock = told, only, clock
        self._settling = Settling()
        self._troubles: dict[str, str] = {}
        self._stopped = stopped
        self._late = LATE_SECONDS

    def tick(self, now: datetime.datetime | None = None) -> int:
        """Look once at every schedule; give how many pipelines were started."""
        self.settle()
        self._settling.waits = False
        started = 0
        for schedule in self._chosen():
            try:
                started += self._look(schedule, now or self._clock())
                self._troubles.pop(schedule["id"], None)
            except (NbmlopsError, OSError) as error:
                self._trouble(schedule, error)
        return started

    def settle(self) -> None:
        """Note what has ended, and say it."""
        for firing in self._firings.settle():
            self._say(firing)

    def again(self) -> int:
        """Start once more what was interrupted; give how many pipelines were started."""
        started = 0
        for firing in self._firings.begin_again():
            started += 1
            words = f"{firing.words}; it was interrupted before, try {firing.attempts}"
            self._told(Deed(firing.started_at, firing.schedule, "started", words, firing.id))
        return started

    def once(self) -> None:
        """Do what is due, wait until it has ended, and do what has become due by that; times count as of now."""
        now = self._clock()
        started = self.tick(now)
        if self._settling.waits:
            time.sleep(SETTLED_SECONDS + 0.1)
            started += self.tick(now)
        while started or self._firings.are_at_work():  # what others have started is theirs to wait for
            if not self._wait(SLICE_SECONDS):
                return
            started = self.tick(now)

    def forever(self, poll: float, beat: Callable[[], object]) -> None:
        """Look again every so many seconds, and at each due time, until it is stopped."""
        self._late = max(LATE_SECONDS, 2 * poll)  # what came up between two looks was not missed
        goes_on = not self._stopped()
        while goes_on:
            pause = poll
            try:
                beat()
                self.tick()
                pause = self._pause(poll)
                self._troubles.pop(_REGISTRY["id"], None)
            except WorkspaceUnusable as error:  # busy, or out of reach for a while: the next look may find it again
                self._trouble(_REGISTRY, error)
            goes_on = self._wait(pause)

    def _chosen(self) -> Iterator[dict[str, Any]]:
        """Yield the schedules that count here."""
        for schedule in self._store.all():
            if schedule["enabled"] and (not self._only or schedule["name"] in self._only):
                yield schedule

    def _wait(self, seconds: float) -> bool:
        """Wait, and tell whether to go on. In short sleeps: a signal's handler may only set what is looked at here."""
        end = time.monotonic() + seconds
        while not self._stopped():
            left = end - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, SLICE_SECONDS))
        return False

    def _pause(self, poll: float) -> float:
        now = self._clock()
        dues = [due for schedule in self._chosen() if (due := self._next(schedule, now))]
        until = min((due - now).total_seconds() for due in dues) if dues else poll
        return max(0.0, min(poll, until, SETTLED_SECONDS if self._settling.waits else poll))

    def _next(self, schedule: dict[str, Any], now: datetime.datetime) -> datetime.datetime | None:
        if schedule["kind"] != "cron":
            return None
        try:
            trigger = trigger_of(schedule["kind"], schedule["facts"])
            return trigger.next(look_at(self._database, self._store, schedule, now, self._settling))
        except NbmlopsError:
            return None

    def _look(self, schedule: dict[str, Any], now: datetime.datetime) -> int:
        trigger = trigger_of(schedule["kind"], schedule["facts"])
        causes = trigger.causes(look_at(self._database, self._store, schedule, now, self._settling))
        if not causes or self._is_at_work(schedule):
            return 0
        choice = choose(schedule["misfire"], causes, now, self._late)
        firing = self._firings.begin(schedule, choice)
        if firing is None:
            if choice.cause is None:
                self._told(Deed(_iso(now), schedule["name"], "skipped", choice.words))
            return 0
        self._told(Deed(firing.started_at, firing.schedule, "started", choice.words, firing.id))
        if firing.status != "running":
            self._say(firing)
        return 1

    def _is_at_work(self, schedule: dict[str, Any]) -> bool:
        last = self._store.last(schedule["id"])
        return last is not None and last["status"] == "running"

    def _say(self, firing: Firing) -> None:
        about = firing.run_name or firing.words
        if firing.look is not None:
            about = f"look {firing.look}, {firing.found}"
        what: Any = firing.status
        words = f"{about}: {firing.error.strip()}" if firing.error and firing.look is None else about
        if firing.status == "running":
            words += " runs, though the scheduler that started it was killed"
        if firing.status == "interrupted":
            words += "  (nbmlops scheduler --retry-interrupted starts it again)"
        self._told(Deed(firing.ended_at or firing.started_at, firing.schedule, what, words, firing.id))

    def _trouble(self, schedule: dict[str, Any], error: Exception) -> None:
        words = str(error)
        if self._troubles.get(schedule["id"]) != words:  # said once, not at every look
            self._troubles[schedule["id"]] = words
            self._told(Deed(_iso(self._clock()), schedule["name"], "trouble", words))


def _iso(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="microseconds")
