"""Due times: those of crontab, right when clocks change, each once, and what was missed."""

from __future__ import annotations

import datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.scheduling.on_time import CronTrigger, check_cron

BERLIN = "Europe/Berlin"
SPRING = datetime.datetime(2026, 3, 27, tzinfo=datetime.UTC)


def dues(cron: str, zone: str, start: str, count: int) -> list[str]:
    trigger = CronTrigger(cron, zone)
    moment = datetime.datetime.fromisoformat(start)
    return [due.astimezone(ZoneInfo(zone)).isoformat(" ", "minutes") for due in islice(trigger.after(moment), count)]


@pytest.mark.parametrize(
    ("cron", "start", "expected"),
    [
        # the clock goes from 2:00 to 3:00: what was due in between is due when the clock has moved on, once
        ("30 2 * * *", "2026-03-28T12:00+01:00", ["2026-03-29 03:00+02:00", "2026-03-30 02:30+02:00"]),
        ("0,30 2 * * *", "2026-03-29T00:00+01:00", ["2026-03-29 03:00+02:00", "2026-03-30 02:00+02:00"]),
        ("0 3 * * *", "2026-03-28T12:00+01:00", ["2026-03-29 03:00+02:00", "2026-03-30 03:00+02:00"]),
        # the clock goes from 3:00 back to 2:00: what is due in the hour that comes twice is due once
        ("30 2 * * *", "2026-10-24T12:00+02:00", ["2026-10-25 02:30+02:00", "2026-10-26 02:30+01:00"]),
        ("30 2 * * *", "2026-10-25T02:15+01:00", ["2026-10-26 02:30+01:00", "2026-10-27 02:30+01:00"]),
        # elapsed time goes on through both
        ("*/30 * * * *", "2026-03-29T01:15+01:00", ["2026-03-29 01:30+01:00", "2026-03-29 03:00+02:00"]),
        (
            "*/30 * * * *",
            "2026-10-25T02:15+02:00",
            ["2026-10-25 02:30+02:00", "2026-10-25 02:00+01:00", "2026-10-25 02:30+01:00", "2026-10-25 03:00+01:00"],
        ),
        # Sunday is 0 and 7, and a day of the month or one of the week will do
        ("0 0 * * 0", "2026-03-02T00:00+01:00", ["2026-03-08 00:00+01:00", "2026-03-15 00:00+01:00"]),
        ("0 0 * * 7", "2026-03-02T00:00+01:00", ["2026-03-08 00:00+01:00", "2026-03-15 00:00+01:00"]),
        ("0 0 13 * 5", "2026-03-02T00:00+01:00", ["2026-03-06 00:00+01:00", "2026-03-13 00:00+01:00"]),
        ("0 0 29 2 *", "2026-03-02T00:00+01:00", ["2028-02-29 00:00+01:00"]),
    ],
)
def test_due_times(cron: str, start: str, expected: list[str]) -> None:
    assert dues(cron, BERLIN, start, len(expected)) == expected


@settings(max_examples=60, deadline=None)
@given(
    minute=st.sampled_from(["0", "30", "*/20", "5-10", "1,59"]),
    hour=st.sampled_from(["*", "2", "1-3", "*/6"]),
    start=st.integers(0, 3 * 24 * 60).map(lambda minutes: SPRING + datetime.timedelta(minutes=minutes)),
    weeks=st.sampled_from([0, 30]),
)
def test_times_grow_and_none_comes_twice_on_the_days_when_clocks_change(
    minute: str, hour: str, start: datetime.datetime, weeks: int
) -> None:
    trigger = CronTrigger(f"{minute} {hour} * * *", BERLIN)
    begin = start + datetime.timedelta(weeks=weeks)
    found = list(islice(trigger.after(begin), 40))
    assert all(one < other for one, other in pairwise([begin, *found]))
    # going on from any due time, as a scheduler that is started again does, gives the rest
    assert list(islice(trigger.after(found[17]), 22)) == found[18:]


@settings(max_examples=30, deadline=None)
@given(
    begin=st.integers(0, 500_000).map(lambda minutes: SPRING + datetime.timedelta(minutes=minutes)),
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=4),
    weekdays=st.sets(st.integers(0, 6), min_size=1, max_size=3),
)
def test_times_are_those_of_a_walk_through_all_minutes(
    begin: datetime.datetime, minutes: set[int], weekdays: set[int]
) -> None:
    cron = f"{','.join(map(str, minutes))} 4,5 * * {','.join(map(str, weekdays))}"
    walked = [begin + datetime.timedelta(minutes=step) for step in range(1, 60 * 24 * 8)]
    fits = [
        moment
        for moment in walked
        if moment.minute in minutes and moment.hour in (4, 5) and (moment.weekday() + 1) % 7 in weekdays
    ]
    assert list(islice(CronTrigger(cron, "UTC").after(begin), len(fits))) == fits


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 3 * *", "4 fields"),
        ("0 0 3 * * *", "6 fields"),
        ("61 3 * * *", "cannot be read"),
        ("0 3 30 2 *", "cannot be read"),
        ("0 3 L * *", "nothing that crontab knows"),
        ("0 3 * * 5#2", "nothing that crontab knows"),
        ("0 5-3 * * *", "cannot be read"),
        ("*/0 * * * *", "cannot be read"),
    ],
)
def test_an_expression_that_crontab_does_not_know_is_refused(cron: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_cron(cron, "UTC")


def test_a_zone_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="Europe/Berlin"):
        check_cron("0 3 * * *", "Europe/Berlinn")


def test_a_day_is_done_once_at_its_time(watched) -> None:
    watched.workspace.pipelines.schedule(name="nightly", cron="0 3 * * *", timezone=BERLIN)
    watched.since("nightly", "2026-03-27T12:00+01:00")
    assert watched.at("2026-03-28T02:59:59+01:00") == []
    assert watched.at("2026-03-28T03:00:00+01:00") == ["due 2026-03-28 03:00+01:00"]
    assert watched.at("2026-03-28T03:00:00+01:00") == []
    assert watched.at("2026-03-28T23:00:00+01:00") == []
    assert watched.at("2026-03-28T02:00:00+01:00") == []  # the clock is set back
    assert watched.at("2026-03-29T03:00:01+02:00") == ["due 2026-03-29 03:00+02:00"]


@pytest.mark.parametrize(
    ("misfire", "ran", "skipped"),
    [
        ("latest", ["due 2026-03-05 03:00+00:00"], 3),
        ("skip", [], 4),
        ("all", [f"due 2026-03-0{day} 03:00+00:00" for day in (2, 3, 4, 5)], 0),
    ],
)
def test_what_was_missed(watched, misfire: str, ran: list[str], skipped: int) -> None:
    watched.workspace.pipelines.schedule(name="nightly", cron="0 3 * * *", timezone="UTC", misfire=misfire)
    watched.since("nightly", "2026-03-01T12:00+00:00")
    found = [words for _ in range(6) for words in watched.at("2026-03-05T12:00+00:00")]
    assert found == ran
    log = watched.workspace.scheduler.log("nightly")
    assert sum(firing.status == "skipped" for firing in log) == skipped
    said = [deed.words for deed in watched.deeds if deed.what in ("started", "skipped")]
    if misfire == "latest":
        assert said == ["due 2026-03-05 03:00+00:00; 3 times before it missed, and not run"]
    if misfire == "skip":
        assert said == ["4 times missed; nothing is run for what was missed (misfire: skip)"]
    [shown] = watched.workspace.pipelines.schedules()
    assert shown.last.at.startswith("2026-03-05")
    # and then it goes on
    assert watched.at("2026-03-06T03:00:10+00:00") == ["due 2026-03-06 03:00+00:00"]


def test_a_year_of_missed_minutes_costs_one_run_and_little_time(watched) -> None:
    import time

    watched.workspace.pipelines.schedule(name="often", cron="* * * * *", timezone="UTC")
    watched.since("often", "2025-03-01T12:00+00:00")
    began = time.perf_counter()
    assert watched.at("2026-03-05T12:00:30+00:00") == ["due 2026-03-05 12:00+00:00"]
    assert time.perf_counter() - began < 5
    assert watched.at("2026-03-05T12:00:31+00:00") == []


def test_the_next_one_waits_for_the_last_one(watched) -> None:
    watched.workspace.pipelines.schedule(name="often", cron="* * * * *", timezone="UTC")
    watched.since("often", "2026-03-01T12:00+00:00")
    watched.now = datetime.datetime(2026, 3, 1, 12, 1, tzinfo=datetime.UTC)
    assert watched.tick(end=False) == ["due 2026-03-01 12:01+00:00"]
    watched.now += datetime.timedelta(minutes=5)
    assert watched.tick(end=False) == []
    watched.starter.end_all()
    assert watched.tick() == ["due 2026-03-01 12:06+00:00"]


def test_a_schedule_that_rested_does_not_make_up_for_it(watched) -> None:
    pipelines = watched.workspace.pipelines
    pipelines.schedule(name="often", cron="* * * * *", timezone="UTC")
    pipelines.pause("often")
    watched.now += datetime.timedelta(hours=1)
    assert watched.tick() == []
    assert pipelines.schedules()[0].enabled is False
    pipelines.unpause("often")
    [shown] = pipelines.schedules()
    assert (shown.waiting, shown.enabled) == ("", True)
    assert shown.next is not None


def test_what_was_passed_over_does_not_wait_any_more(watched, monkeypatch) -> None:
    monkeypatch.setattr("nbmlops.pipelines.scheduling.scheduler.utc_now", lambda: watched.now)
    watched.workspace.pipelines.schedule(name="often", cron="* * * * *", timezone="UTC")
    watched.now += datetime.timedelta(minutes=5)
    [shown] = watched.workspace.pipelines.schedules()
    assert shown.waiting.endswith("; 4 times before it missed, and not run")
    assert len(watched.tick()) == 1
    [shown] = watched.workspace.pipelines.schedules()
    assert (shown.waiting, shown.last.status) == ("", "running")
    assert datetime.datetime.fromisoformat(shown.next) > watched.now
