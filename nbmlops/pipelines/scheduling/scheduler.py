"""The scheduler of a workspace: at work, and asked what it will do. Every door calls these methods."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from nbmlops.errors import AlreadyExists, Conflict, NbmlopsError, NotFound, did_you_mean
from nbmlops.pipelines.graph import check_pipeline
from nbmlops.pipelines.scheduling.daemon import POLL_SECONDS, Daemon, utc_now
from nbmlops.pipelines.scheduling.defining import check_misfire, check_no_circle, check_schedule_name, read_trigger
from nbmlops.pipelines.scheduling.expecting import missing_of
from nbmlops.pipelines.scheduling.firing import Firings
from nbmlops.pipelines.scheduling.looking import look_at
from nbmlops.pipelines.scheduling.misfires import choose
from nbmlops.pipelines.scheduling.on_file import Settling
from nbmlops.pipelines.scheduling.records import MONITOR, Deed, Firing, Schedule
from nbmlops.pipelines.scheduling.starting import Starter
from nbmlops.pipelines.scheduling.triggers import trigger_of
from nbmlops.records import check_json
from nbmlops.store.processes import Process, this_process
from nbmlops.store.schedules import ScheduleStore
from nbmlops.tracking.recorder import user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from nbmlops.pipelines.definition import Pipeline
    from nbmlops.pipelines.scheduling.triggers import Trigger
    from nbmlops.tracking.recorder import Recorder

_SHOWN = ("name", "file", "pipeline", "monitor", "params", "kind", "facts", "misfire", "user", "created_at")
FiringList = list[Firing]
ScheduleList = list[Schedule]


class Scheduler:
    """Schedules, and what starts their pipelines and looks, as ``workspace.scheduler``."""

    def __init__(self, recorder: Recorder, path: Path) -> None:
        self._recorder = recorder
        self._store = ScheduleStore(recorder.database)
        self._starter = Starter(path)
        self._firings = Firings(recorder, self._store, self._starter)

    def put(
        self,
        pipeline: Pipeline,
        params: dict[str, Any],
        trigger: Trigger,
        *,
        name: str | None = None,
        misfire: str | None = None,
        replace: bool = False,
    ) -> Schedule:
        """Keep a schedule; see `Pipelines.schedule`."""
        called = check_schedule_name(name or pipeline.name)
        check_pipeline(pipeline, params)
        for parameter, value in params.items():
            check_json(value, f"the parameter {parameter} of a schedule")
        check_no_circle(called, pipeline.name, trigger, self._store.all())
        if not replace and self._store.find(called) is not None:
            raise AlreadyExists(
                f"there is a schedule {called!r} already.", "Choose another --name, or replace it: --yes"
            )
        self._store.put(
            {
                "name": called,
                "file": str(pipeline.file),
                "pipeline": pipeline.name,
                "params": params,
                "kind": trigger.kind,
                "facts": trigger.facts,
                "since": trigger.begin(self._recorder.database, utc_now()),
                "misfire": check_misfire(misfire, trigger),
                "user": user_name(),
            }
        )
        return self.get(called)

    def look(self, monitor: str, *, misfire: str | None = None, **when: Any) -> dict[str, Any]:
        """Return the row of a schedule that has a monitor look, for who writes both at once; nothing is written here.

        Parameters
        ----------
        monitor : str
            Its name.
        misfire : {"latest", "skip", "all"}, optional
            What is done about what was missed.
        **when
            The trigger, as `Pipelines.schedule` has it.
        """
        trigger = read_trigger(**when)
        return {
            "name": f"{MONITOR}{monitor}",
            "file": "",
            "pipeline": "",
            "monitor": monitor,
            "params": {},
            "kind": trigger.kind,
            "facts": trigger.facts,
            "since": trigger.begin(self._recorder.database, utc_now()),
            "misfire": check_misfire(misfire, trigger),
            "user": user_name(),
        }

    def looks(self) -> dict[str, tuple[str, str | None, str]]:
        """Return of each monitor that looks by itself when it does, in words, when next, and what it waits for in vain.

        When it looks next is None where that is not known; the last is empty where nothing is missing.

        Files are not read for it.
        """
        found = {}
        for row in self._store.all():
            if row["monitor"] is None:
                continue
            trigger = trigger_of(row["kind"], row["facts"])
            due = None
            if row["enabled"] and row["kind"] == "cron":
                look = look_at(self._recorder.database, self._store, row, utc_now(), Settling(0.0))
                with contextlib.suppress(NbmlopsError):
                    due = trigger.next(look)
            words = trigger.words if row["enabled"] else f"{trigger.words} (paused)"
            missing = missing_of(trigger, self._recorder.database)
            found[row["monitor"]] = (words, due.isoformat(timespec="seconds") if due else None, missing)
        return found

    def list(self) -> ScheduleList:
        """Return the schedules by name, with when they are due and what they did last."""
        self._firings.settle()
        settling = Settling(0.0)
        return [self._shown(row, settling) for row in self._store.all()]

    def get(self, name: str) -> Schedule:
        """Return one schedule.

        Raises
        ------
        NotFound
            There is none of that name.
        """
        return self._shown(self._find(name), Settling(0.0))

    def delete(self, name: str) -> Schedule:
        """Take a schedule away; what it has started goes on, and stays known."""
        found = self.get(name)
        self._store.delete(self._find(name)["id"])
        return found

    def pause(self, name: str, *, paused: bool = True) -> Schedule:
        """Let a schedule rest, or go on; what comes up while it rests is no cause later."""
        row = self._find(name)
        trigger = trigger_of(row["kind"], row["facts"])
        since = row["since"]
        if not paused and not row["enabled"]:
            last = self._store.last(row["id"])
            since = {
                **trigger.begin(self._recorder.database, utc_now()),
                "firing": last["id"] if last is not None else 0,
            }
        self._store.enable(row["id"], not paused, since)
        return self.get(name)

    def next(self) -> ScheduleList:
        """Return what will be done next: what waits to be started, then by due time, then what has no time."""
        found = [schedule for schedule in self.list() if schedule.enabled]
        return sorted(found, key=lambda one: (not one.waiting, one.next is None, one.next or "", one.name))

    def log(self, name: str | None = None, limit: int | None = None) -> FiringList:
        """Return what was started, and what became of it, newest first; of one schedule by its name.

        Raises
        ------
        NotFound
            No schedule has the name, nor had one that was taken away.
        """
        if name is not None and name not in (names := self._store.names()):
            raise NotFound(f"there is no schedule {name!r}.", did_you_mean(name, names, "nbmlops pipelines schedules"))
        self._firings.settle()
        return [Firing.read(row) for row in self._store.firings(name, limit=limit)]

    def at_work(self) -> Process | None:
        """Return the process of the scheduler that is at work, or None."""
        return self._store.at_work()

    def run(
        self,
        *,
        once: bool = False,
        poll: float = POLL_SECONDS,
        only: Collection[str] = (),
        retry_interrupted: bool = False,
        told: Callable[[Deed], object] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Start what is due, until it is stopped; pipelines that run then go on by themselves.

        Parameters
        ----------
        once : bool
            Do what is due, wait for it, and return; may be done beside a scheduler that is at work.
        poll : float
            Seconds between two looks at files and at the registry; a due time is met in any case.
        only : collection of str
            Names of the schedules that count; all by default.
        retry_interrupted : bool
            First start again what was interrupted, which else is only shown.
        told : callable
            Told each thing that is done.
        stopped : callable
            Asked between two looks whether to end.

        Raises
        ------
        Conflict
            A scheduler is at work in this workspace.
        NotFound
            There is no schedule of a name in ``only``.
        """
        for name in only:
            self._find(name)
        daemon = Daemon(self._recorder.database, self._store, self._firings, told, only, stopped=stopped)
        with contextlib.nullcontext() if once else self._place() as me:
            daemon.settle()
            if retry_interrupted:
                daemon.again()
            if once:
                daemon.once()
            else:
                daemon.forever(max(0.05, poll), lambda: self._store.beat(me) if me else None)

    def names(self) -> list[str]:  # type: ignore[valid-type]
        """Return the names of the schedules, for completion."""
        return [row["name"] for row in self._store.all()]

    @contextlib.contextmanager
    def _place(self) -> Iterator[Process]:
        me = this_process()
        other = self._store.take_over(me)
        if other is not None:
            raise Conflict(
                f"a scheduler is at work in this workspace: process {other.pid} on {other.host}.",
                "One is enough. What is due now does, beside it: nbmlops scheduler --once",
            )
        try:
            yield me
        finally:
            self._store.give_up(me)

    def _find(self, name: str) -> dict[str, Any]:
        row = self._store.find(name)
        if row is None:
            names = [one["name"] for one in self._store.all()]
            raise NotFound(f"there is no schedule {name!r}.", did_you_mean(name, names, "nbmlops pipelines schedules"))
        return row

    def _shown(self, row: dict[str, Any], settling: Settling) -> Schedule:
        trigger = trigger_of(row["kind"], row["facts"])
        last = self._store.last(row["id"])
        shown = Schedule(
            **{name: row[name] for name in _SHOWN},
            words=trigger.words,
            enabled=bool(row["enabled"]),
            last=Firing.read(last) if last else None,
            missing=missing_of(trigger, self._recorder.database),
        )
        if not shown.enabled:
            return shown
        now = utc_now()
        look = look_at(self._recorder.database, self._store, row, now, settling)
        try:
            due = trigger.next(look)
            causes = trigger.causes(look)
        except NbmlopsError as error:
            return dataclasses.replace(shown, waiting=error.message)
        waiting = choose(row["misfire"], causes, now).words if causes else ""
        return dataclasses.replace(shown, next=due.isoformat(timespec="seconds") if due else None, waiting=waiting)
