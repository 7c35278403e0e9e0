"""The monitors of a workspace, as ``workspace.monitors``."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbmlops.errors import AlreadyExists, Conflict, InvalidInput, NbmlopsError, NotFound, did_you_mean
from nbmlops.features.spans import microseconds
from nbmlops.measures.drift.comparing import Roles
from nbmlops.monitoring.defining import facts_of, name_of
from nbmlops.monitoring.judging import limit_of
from nbmlops.monitoring.looking import SHORT, Look, look_at
from nbmlops.monitoring.named_columns import check_named
from nbmlops.monitoring.notifying import deliver, emit, is_muted
from nbmlops.monitoring.records import Alert, Check, Monitor
from nbmlops.monitoring.self_test import MOST_ROWS, TIMES, SelfTest, self_test
from nbmlops.monitoring.sides import Sides
from nbmlops.monitoring.times import AsOf
from nbmlops.store.ids import now
from nbmlops.store.monitors import MonitorStore

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nbmlops.datasets import Datasets
    from nbmlops.events import Events
    from nbmlops.monitoring.clock import Clock
    from nbmlops.registry import Models
    from nbmlops.store.database import Database
    from nbmlops.tracking.runs import Runs

MonitorList = list[Monitor]
CheckList = list[Check]
AlertList = list[Alert]
Findings = list[dict[str, Any]]
Words = list[str]
Moment = str | datetime.datetime | None


class Monitors:
    """What is watched: each monitor compares current data with a reference, keeps what it found, and raises alerts.

    Examples
    --------
    >>> import nbmlops, tempfile
    >>> import numpy as np
    >>> workspace = nbmlops.workspace(tempfile.mkdtemp(), create=True)
    >>> random = np.random.default_rng(0)
    >>> saved = workspace.datasets.save(__import__("pandas").DataFrame({"delay": random.normal(size=500)}), "may")
    >>> monitor = workspace.monitors.create("may@1", name="delay")
    >>> workspace.monitors.run("delay", {"delay": random.normal(2, 1, 500)}).outcome
    'severe'
    >>> [(alert.column, alert.state) for alert in workspace.monitors.alerts()]
    [('delay', 'open')]
    """

    def __init__(
        self,
        database: Database,
        models: Models,
        datasets: Datasets,
        runs: Runs,
        events: Events,
        folder: Path,
        user: str | None,
        clock: Callable[[], Clock],
    ) -> None:
        self._store = MonitorStore(database)
        self._sides = Sides(models, datasets, runs, folder)
        self._events = events
        self._folder = folder
        self._user = user
        self._clock = clock

    def create(
        self,
        reference: str,
        *,
        name: str | None = None,
        source: str = "",
        time: str | None = None,
        trailing: str | None = None,
        max_age: str | None = None,
        target: str | None = None,
        prediction: str | None = None,
        truth: str | None = None,
        probability: str | None = None,
        positive: str | None = None,
        metric: str | None = None,
        floor: float | None = None,
        drop: float | None = None,
        tested_on: str | None = None,
        by: str | Sequence[str] = (),
        gap: float = 0.1,
        ignore: Sequence[str] = (),
        warn: float = 0.05,
        severe: float = 0.1,
        notify: Sequence[str] = (),
        cron: str | None = None,
        timezone: str | None = None,
        on_file: str | os.PathLike[str] | None = None,
        on_dataset: str | None = None,
        on_pipeline: str | None = None,
        misfire: str | None = None,
        replaces: bool = False,
    ) -> Monitor:
        """Set up a monitor. With a time or a change it looks by itself, as long as ``nbmlops scheduler`` is at work.

        Parameters
        ----------
        reference : str
            A model (``delay@champion``: what its present version was trained on), a version of a data set, or a file.
        name : str, optional
            What it is called; the reference's own name by default.
        source : str
            Where current data come from: a data set, or a pattern of files of which the newest is meant
            (``data/features-*.parquet``). Without one each look is handed its data.
        time : str, optional
            The column that says when a row was; a season is compared with the same season of a reference of rows.
        trailing : str, optional
            Only look at the rows of the last span, such as ``7d``; needs ``time``. Rows later than now are not.
        max_age : str, optional
            An alert where the newest row is older, such as ``2d``; needs ``time``.
        target, prediction : str, optional
            The columns of what is to be predicted and of what was.
        truth, probability : str, optional
            The columns of the true value, where it is known, and of the probability that was said.
        positive : str, optional
            The label that counts as positive; of 0 and 1 it is 1.
        metric : str, optional
            How well the model does: ``roc_auc``, ``accuracy``, ``mae``, … Measured where rows hold the truth; estimated
            where none does and the reference has rows, and said to be.
        floor, drop : float, optional
            What the metric must not fall below, or by how much it may be worse than on the reference. An alert needs
            its whole interval to be beyond; of errors the limit is from above.
        tested_on : str, optional
            Rows with truth and answers that the model had not seen, a data set or a file: a drop is from these, and
            estimates are made by them. The reference's own rows by default, of which a model has none.
        by : str or sequence of str
            Columns of groups between which predictions must not differ by more than ``gap``.
        gap : float
            Of demographic parity and equalized odds; an alert needs the whole interval to be above.
        ignore : sequence of str
            Columns that are not looked at.
        warn, severe : float
            The distances from which a column's drift counts, and is severe.
        notify : sequence of str
            Addresses that are told, by where they are kept: ``env:ALERTS_URL``.
        cron, timezone : str, optional
            Look at these times, as in crontab: ``0 6 * * *``; by this machine's clock by default.
        on_file : path, optional
            Look when what a file, a folder or a pattern holds has changed; as ``source``, from the workspace's folder.
        on_dataset : str, optional
            Look at each new version of a data set.
        on_pipeline : str, optional
            Look when a run of a pipeline has finished.
        misfire : {"latest", "skip", "all"}, optional
            What is done about looks that were missed: one for the latest by default, none, or one for each.
        replaces : bool
            Put a monitor of the same name away.

        Raises
        ------
        InvalidInput
            Something said of it cannot be, or a column that is named is not there.
        AlreadyExists
            There is one of this name, and ``replaces`` is false.
        """
        called = name_of(reference, name)
        facts = facts_of(
            {
                "reference": reference,
                "source": source,
                "time": time,
                "trailing": trailing,
                "max_age": max_age,
                "target": target,
                "prediction": prediction,
                "truth": truth,
                "probability": probability,
                "positive": positive,
                "metric": metric,
                "floor": floor,
                "drop": drop,
                "tested_on": tested_on,
                "by": (by,) if isinstance(by, str) else by,
                "gap": gap,
                "ignore": ignore,
                "warn": warn,
                "severe": severe,
                "notify": notify,
            }
        )
        if not replaces and any(row["name"] == called for row in self._store.all()):
            raise AlreadyExists(f"there is a monitor {called} already.", "Another --name, or replace it: --force")
        watching = _monitor(called, facts)
        compared = self._sides.reference(reference)
        tested = self._sides.tested(watching, compared)
        check_named(watching, compared, tested, lambda: self._sides.current(watching)[1])
        if drop is not None:
            limit_of(watching, tested)
        triggers = {"cron": cron, "on_file": on_file, "on_dataset": on_dataset, "on_pipeline": on_pipeline}
        schedule = self._schedule(called, source, {**triggers, "timezone": timezone}, misfire)
        self._store.add(called, facts, self._user, schedule)
        return self.get(called)

    def list(self) -> MonitorList:
        """Return the monitors by name, each with its newest look."""
        rows = self._store.all()
        looks = self._looks(rows)
        return [self._read(row, looks) for row in rows]

    def get(self, name: str) -> Monitor:
        """Return one monitor.

        Raises
        ------
        NotFound
            There is none of this name.
        """
        rows = self._store.all()
        for row in rows:
            if row["name"] == name:
                return self._read(row, self._looks([row]))
        known = [row["name"] for row in rows]
        raise NotFound(f"there is no monitor {name!r}.", did_you_mean(name, known, "nbmlops monitors list"))

    def names(self) -> Words:
        """Return the names of all monitors."""
        return [row["name"] for row in self._store.all()]

    def run(self, name: str, current: Any = None, *, called: str = "", cause: str = "", as_of: Moment = None) -> Check:
        """Look once: compare, keep what was found, raise alerts and end those that are over.

        Parameters
        ----------
        name : str
            The monitor.
        current : frame, optional
            The data; those of the monitor's source by default.
        called : str
            What these data are called in the list of looks.
        cause : str
            What has it look, where that is nobody. A monitor looks once by each cause: asked again, it gives that look.
        as_of : str or datetime, optional
            The time that counts as now, where rows are asked how old they are; rows behind it are none of the last.

        Raises
        ------
        NotFound
            There is no such monitor.
        InvalidInput
            No data are given, and it has no source of its own.
        NbmlopsError
            The look failed, whatever the reason. It is kept, and raises an alert of the kind *failed* that ends with
            the next look that does not; other alerts stay as they are.
        """
        monitor = self.get(name)
        if current is None and not monitor.source:
            raise InvalidInput(
                f"the monitor {name} has no source of its own.",
                f"Name the data: monitors run {name} FILE   or create it with --source",
            )
        moment = AsOf.read(as_of)
        before = self._store.check_by(name, cause) if cause else None
        if before is not None:
            return deliver(self._store, monitor, self.check(before))
        try:
            words, frame = (called or "a frame", current) if current is not None else self._sides.current(monitor)
            reference = self._sides.reference(monitor.reference)
            tested = self._sides.tested(monitor, reference)
            look = look_at(monitor, reference, tested, words, frame, moment, is_source=current is None)
        except Exception as error:
            known = isinstance(error, NbmlopsError)
            why = error.message if isinstance(error, NbmlopsError) else f"{type(error).__name__}: {error}"
            self._keep(monitor, Look(monitor.reference, called or monitor.source, failed=why), cause)
            if known:
                raise
            raise NbmlopsError(f"the monitor {name} could not look: {why}", "Look at the data it was given.") from error
        return self._keep(monitor, look, cause)

    def checks(self, name: str | None = None, limit: int | None = None) -> CheckList:
        """Return looks, newest first; without what differs in full."""
        if name is not None:
            self.get(name)
        return [_check(row) for row in self._store.checks(name, limit)]

    def check(self, number: int) -> Check:
        """Return one look with what differs in full.

        Raises
        ------
        NotFound
            There is none of this number.
        """
        row = self._store.check(number)
        if row is None:
            raise NotFound(f"there is no look {number}.", "nbmlops monitors show NAME")
        return _check(row)

    def test(
        self,
        name: str,
        *,
        times: int = TIMES,
        rows: int | None = None,
        told: Callable[[int, int], object] | None = None,
    ) -> SelfTest:
        """Say how many false alarms a monitor raises: compare its reference with draws of itself.

        Parameters
        ----------
        name : str
            The monitor.
        times : int
            How many looks.
        rows : int, optional
            How many rows each sees; those of the last look by default.
        told : callable, optional
            Is told how many are done, of how many.
        """
        if times < 1 or (rows is not None and rows < 1):
            raise InvalidInput("a self-test needs looks and rows.", "--times 200 --rows 1000")
        monitor = self.get(name)
        seen = rows or (monitor.last.rows if monitor.last and monitor.last.rows else 1000)
        reference = self._sides.reference(monitor.reference)
        roles = Roles(None, monitor.target, monitor.prediction)
        return self_test(
            name,
            reference,
            roles,
            rows=min(seen, MOST_ROWS),
            times=times,
            ignore=monitor.ignore,
            limits=(monitor.warn, monitor.severe),
            told=told,
        )

    def alerts(self, name: str | None = None, state: str | None = None, limit: int | None = None) -> AlertList:
        """Return alerts, newest first; ``state`` is open, acknowledged or over."""
        return [Alert(**row) for row in self._store.alerts(name, state, limit)]

    def acknowledge(self, number: int, note: str = "") -> Alert:
        """Note that somebody has seen an alert; it raises its voice again only where it becomes severe.

        Raises
        ------
        NotFound
            There is none of this number.
        Conflict
            It is over, or was acknowledged before.
        """
        was_open = self._store.acknowledge(number, self._user, note)
        row = self._store.alert(number)
        if row is None:
            raise NotFound(f"there is no alert {number}.", "nbmlops monitors alerts")
        alert = Alert(**row)
        if not was_open:
            by = f" by {alert.acknowledged_by}" if alert.acknowledged_by else ""
            how = "is over" if alert.state == "over" else f"was acknowledged before{by}"
            raise Conflict(
                f"alert {number} {how}: nothing was noted.", "Those that wait: nbmlops monitors alerts --state open"
            )
        return alert

    def mute(self, name: str, span: str) -> Monitor:
        """Let a monitor tell nobody and start nothing for a span, such as ``2d``; it looks on, and alerts are kept."""
        self.get(name)
        until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(microseconds=microseconds(span))
        self._store.mute(name, until.isoformat())
        return self.get(name)

    def unmute(self, name: str) -> Monitor:
        """Let a monitor tell again."""
        self.get(name)
        self._store.mute(name, None)
        return self.get(name)

    def delete(self, name: str) -> None:
        """Put a monitor away, with what has it look; what it found stays in the registry."""
        self.get(name)
        self._store.delete(name)

    def _keep(self, monitor: Monitor, look: Look, cause: str) -> Check:
        """Write a look, raise its alerts, with the event that tells of the new ones, and tell the addresses."""
        values = {**look.to_row(), "at": now(), "cause": cause}
        found = [{name: one[name] for name in SHORT} for one in look.found]
        with self._store.database.transaction():
            number, fresh = self._store.add_check(monitor.name, values, found, look.ends, tells=not is_muted(monitor))
            check = self.check(number)
            if fresh:
                emit(self._events, check, fresh)
        return deliver(self._store, monitor, check)

    def _schedule(self, name: str, source: str, when: dict[str, Any], misfire: str | None) -> dict[str, Any] | None:
        """Return the row of the schedule by which a monitor looks, None where it waits to be asked."""
        if misfire is None and all(value is None for value in when.values()):
            return None
        if not source:
            raise InvalidInput(
                f"the monitor {name} has no source of data, and it cannot look by itself without one.",
                "Name a data set, or files: --source 'data/*.parquet'",
            )
        if when["on_file"] is not None:
            when["on_file"] = self._folder / when["on_file"]
        return self._clock().look(name, misfire=misfire, **when)

    def _looks(self, rows: Findings) -> dict[str, tuple[str, str | None, str]]:
        return self._clock().looks() if any(row["looks_by_itself"] for row in rows) else {}

    def _read(self, row: dict[str, Any], looks: dict[str, tuple[str, str | None, str]]) -> Monitor:
        last = None if row["last_check"] is None else self._store.check(row["last_check"])
        when, due, missing = looks.get(row["name"], ("", None, ""))
        return replace(
            _monitor(row["name"], row["facts"]),
            when=when,
            next=due,
            missing=missing,
            muted_until=row["muted_until"] if (row["muted_until"] or "") > now() else None,
            user=row["user"],
            created_at=row["created_at"],
            last=None if last is None else _check({**last, "drift": None, "measured": None}),
            open_alerts=row["open_alerts"],
        )


def _monitor(name: str, facts: dict[str, Any]) -> Monitor:
    several = ("by", "ignore", "notify")
    values: dict[str, Any] = {key: tuple(value) if key in several else value for key, value in facts.items()}
    return Monitor(name, **values)


def _check(row: dict[str, Any]) -> Check:
    return Check(**{**row, "columns": tuple(row["columns"])})
