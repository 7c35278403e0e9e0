"""A scheduler at work: how long it waits, what it takes for missed, and what it outlives."""

from __future__ import annotations

import datetime

from nbmlops.errors import WorkspaceUnusable


class Waits:
    """Lets the time go by for a scheduler that waits; says how long it did, and ends it."""

    def __init__(self, watched, times: int) -> None:
        self.watched, self.left, self.pauses = watched, times, []

    def __call__(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.watched.now += datetime.timedelta(seconds=seconds)
        self.watched.starter.end_all()
        self.left -= 1
        return self.left > 0


def test_what_comes_between_two_looks_was_not_missed(watched, monkeypatch) -> None:
    watched.workspace.pipelines.schedule(name="fresh", on_event="go", misfire="skip")
    waits = Waits(watched, 2)
    monkeypatch.setattr(watched.daemon, "_wait", waits)
    watched.workspace.events.emit("go")
    watched.now += datetime.timedelta(seconds=300)
    watched.daemon.forever(600.0, lambda: None)
    assert waits.pauses == [600.0, 600.0]
    assert [firing.words for firing in watched.starter.started] == ["event 1, go"]


def test_a_scheduler_outlives_a_registry_that_is_busy(watched, monkeypatch) -> None:
    watched.workspace.pipelines.schedule(name="fresh", on_event="go")
    watched.workspace.events.emit("go")
    waits = Waits(watched, 4)
    monkeypatch.setattr(watched.daemon, "_wait", waits)
    known = watched.store.all
    answers = iter([True, True, False])

    def busy() -> list[dict[str, object]]:
        if next(answers, False):
            raise WorkspaceUnusable("the registry is locked by another program for more than 30 s.", "Close it.")
        return known()

    monkeypatch.setattr(watched.store, "all", busy)
    watched.daemon.forever(7.0, lambda: None)
    assert waits.pauses == [7.0] * 4
    assert [(deed.schedule, deed.what) for deed in watched.deeds] == [
        ("registry", "trouble"),
        ("fresh", "started"),
        ("fresh", "finished"),
    ]


def test_a_scheduler_of_some_waits_for_these_alone(watched, monkeypatch) -> None:
    watched.workspace.pipelines.schedule(name="often", cron="* * * * *", timezone="UTC")
    watched.workspace.pipelines.schedule(name="fresh", on_event="go")
    watched.daemon = watched.another(only=["fresh"])
    waits = Waits(watched, 1)
    monkeypatch.setattr(watched.daemon, "_wait", waits)
    watched.daemon.forever(300.0, lambda: None)
    assert waits.pauses == [300.0]
