"""What starts a pipeline beside the clock: contents, versions, runs and events; each starts it once."""

from __future__ import annotations

import os
import shutil
import time

import pandas as pd
import pytest

from nbmlops.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from nbmlops.pipelines.scheduling import on_file
from nbmlops.pipelines.scheduling.firing import given_to
from nbmlops.pipelines.scheduling.starting import cause_of
from nbmlops.store.pipelines import PipelineStore


def looks(watched, seconds: float = 1.2) -> list[str]:
    """Look twice, so that files have stood still in between."""
    found = watched.tick()
    time.sleep(seconds)
    return found + watched.tick() + watched.tick()


def a_run_of(watched, pipeline: str) -> None:
    """Note a run of a pipeline that has finished."""
    run = watched.workspace.recorder.open_run(pipeline, experiment=pipeline, source="pipeline")
    facts = {"file": None, "folder": "", "definition": {}, "params": {}, "cause": "", "steps": ()}
    PipelineStore(watched.workspace.database).create(run.id, pipeline=pipeline, **facts)
    watched.workspace.recorder.writer.end(run.id, "finished", 0.0, None)


def test_a_change_of_content_starts_once_and_a_time_does_not(watched, project) -> None:
    folder = project.folder / "data"
    folder.mkdir()
    (folder / "a.csv").write_text("1")
    watched.workspace.pipelines.schedule(name="news", on_file="data/*.csv")
    assert looks(watched) == []  # what was there before is no news
    os.utime(folder / "a.csv", (1, 1))
    assert looks(watched) == []
    (folder / "b.csv").write_text("2")
    assert looks(watched) == ["change 1 of *.csv"]
    assert looks(watched) == []
    (folder / "b.csv").write_text("3")
    assert looks(watched) == ["change 2 of *.csv"]
    (folder / "b.csv").write_text("2")  # what it held before is a change too
    assert looks(watched) == ["change 3 of *.csv"]
    (folder / "c.txt").write_text("no match")
    assert looks(watched) == []
    watched.daemon = watched.another()  # one that has seen nothing yet
    assert looks(watched) == []


def test_files_that_are_gone_start_nothing_until_others_come(watched, project) -> None:
    (project.folder / "a.csv").write_text("1")
    watched.workspace.pipelines.schedule(name="news", on_file="*.csv")
    (project.folder / "a.csv").unlink()
    assert looks(watched) == []
    (project.folder / "a.csv").write_text("1")
    assert looks(watched) == []  # nothing has changed
    (project.folder / "a.csv").write_text("12")
    assert looks(watched) == ["change 1 of *.csv"]


def test_a_file_that_is_still_written_is_waited_for(watched, project) -> None:
    watched.workspace.pipelines.schedule(name="news", on_file="big.csv")
    for size in range(1, 6):
        (project.folder / "big.csv").write_text("x" * size)
        assert watched.tick() == []
        time.sleep(0.3)
    assert looks(watched) == ["change 1 of big.csv"]


def test_a_folder_is_watched_with_all_that_is_in_it(watched, project) -> None:
    (project.folder / "raw" / "deep").mkdir(parents=True)
    (project.folder / "raw" / "deep" / "a").write_text("1")
    watched.workspace.pipelines.schedule(name="news", on_file=project.folder / "raw")
    (project.folder / "raw" / "deep" / "a").write_text("2")
    assert looks(watched) == ["change 1 of raw"]


def test_what_waits_is_shown_without_being_started(watched, project) -> None:
    watched.workspace.pipelines.schedule(name="news", on_file="a.csv")
    (project.folder / "a.csv").write_text("1")
    [shown] = watched.workspace.scheduler.next()
    assert shown.waiting == "change 1 of a.csv"
    assert watched.workspace.scheduler.log() == []


def test_a_version_of_a_data_set_starts_once_the_newest_only(watched) -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    watched.workspace.datasets.save(frame, "flights")
    watched.workspace.pipelines.schedule(name="fresh", on_dataset="flights")
    assert watched.tick() == []
    watched.workspace.datasets.save(frame.assign(a=3), "flights")
    watched.workspace.datasets.save(frame, "other")
    assert watched.tick() == ["flights@2"]
    assert watched.tick() == []
    watched.workspace.datasets.save(frame.assign(a=4), "flights")
    watched.workspace.datasets.save(frame.assign(a=5), "flights")
    assert watched.tick() == ["flights@4"]
    assert watched.tick() == []
    log = [(firing.words, firing.status) for firing in watched.workspace.scheduler.log()]
    assert log == [("flights@4", "finished"), ("flights@3", "skipped"), ("flights@2", "finished")]


def test_each_event_starts_once_in_order_and_gives_what_is_declared(watched) -> None:
    events = watched.workspace.events
    events.emit("alert", "delay", {"k": 0})
    watched.workspace.pipelines.schedule(name="retrain", on_alert="delay")
    assert watched.tick() == []  # it was there before
    events.emit("alert", "delay", {"k": 5, "psi": 0.4})
    events.emit("labels", "delay", {"k": 6})
    events.emit("alert", "other", {"k": 7})
    events.emit("alert", "delay", {"k": 8})
    assert [watched.tick() for _ in range(3)] == [["event 2, alert delay"], ["event 5, alert delay"], []]
    assert [firing.params for firing in watched.starter.started] == [{"k": 5}, {"k": 8}]
    watched.workspace.pipelines.schedule(name="any", on_event="labels", params={"k": 1})
    events.emit("labels", "queue", {"k": 9})
    assert watched.tick() == ["event 6, labels queue"]
    assert watched.starter.started[-1].params == {"k": 1}  # what the schedule says wins


def test_all_steps_that_failed_are_told_of(watched) -> None:
    watched.workspace.pipelines.schedule(name="go", on_event="go")
    watched.workspace.events.emit("go", "now")
    watched.tick(end=False)
    [firing] = watched.starter.started
    run = watched.workspace.recorder.open_run("p", experiment="p", source="pipeline")
    store = PipelineStore(watched.workspace.database)
    steps = [(name, "a.ipynb", ()) for name in ("load", "train", "report", "mail")]
    facts = {"file": None, "folder": "", "definition": {}, "params": {}, "cause": cause_of(firing), "steps": steps}
    store.create(run.id, pipeline="p", **facts)
    for name, status in (("load", "ran"), ("train", "failed"), ("report", "skipped"), ("mail", "failed")):
        store.update(run.id, name, status=status)
    watched.workspace.recorder.writer.end(run.id, "failed", 0.0, "train: cell [1]: ValueError: no")
    watched.starter.end_all(1)
    watched.daemon.tick()
    said = "train: cell [1]: ValueError: no (also failed: mail)"
    assert [one.error for one in watched.workspace.scheduler.log()] == [said]
    assert watched.deeds[-1].words.endswith(said)


@pytest.mark.parametrize("misfire", ["latest", "skip"])
@pytest.mark.parametrize("kind", ["dataset", "event", "pipeline"])
def test_none_of_many_causes_comes_back(watched, project, kind: str, misfire: str) -> None:
    options = {"dataset": {"on_dataset": "flights"}, "event": {"on_event": "go"}, "pipeline": {"on_pipeline": "first"}}
    project.pipeline("  a: {notebook: a.ipynb, cache: false}\n", head="pipeline: second\n")
    watched.workspace.pipelines.schedule(name="fresh", misfire=misfire, **options[kind])
    for number in range(1, 26):
        if kind == "dataset":
            watched.workspace.datasets.save(pd.DataFrame({"a": [number]}), "flights")
        elif kind == "event":
            watched.workspace.events.emit("go")
        else:
            a_run_of(watched, "first")
    assert len(watched.tick()) == 1
    assert [watched.tick() for _ in range(3)] == [[], [], []]
    statuses = [firing.status for firing in watched.workspace.scheduler.log()]
    assert statuses == ["finished", *["skipped"] * 24]


def test_an_event_waits_for_a_scheduler_to_come(watched) -> None:
    watched.workspace.pipelines.schedule(name="retrain", on_labels="queue")
    watched.workspace.events.emit("labels", "queue")
    import datetime

    watched.now += datetime.timedelta(days=30)
    assert watched.tick() == ["event 1, labels queue"]


def test_a_pipeline_that_finished_starts_another_and_one_that_failed_does_not(watched, project) -> None:
    other = project.folder / "other"
    other.mkdir()
    shutil.copy(project.folder / "a.ipynb", other)
    (other / "pipeline.yaml").write_text("pipeline: second\nsteps:\n  a: {notebook: a.ipynb}\n")
    watched.workspace.pipelines.schedule(other, name="chain", on_pipeline="p")
    assert watched.tick() == []
    run = watched.workspace.pipelines.run("pipeline.yaml")
    assert run.status == "finished"
    assert watched.tick() == [f"p finished ({run.id[-8:]})"]
    assert watched.tick() == []
    project.notebook("a", "1 / 0")
    assert watched.workspace.pipelines.run("pipeline.yaml").status == "failed"
    assert watched.tick() == []


def test_pipelines_that_would_start_one_another_for_ever_are_refused(watched, project) -> None:
    pipelines = watched.workspace.pipelines
    with pytest.raises(Conflict, match="start itself"):
        pipelines.schedule(name="loop", on_pipeline="p")
    for name in ("q", "r"):
        folder = project.folder / name
        folder.mkdir()
        shutil.copy(project.folder / "a.ipynb", folder)
        (folder / "pipeline.yaml").write_text(f"pipeline: {name}\nsteps:\n  a: {{notebook: a.ipynb}}\n")
    pipelines.schedule("q", on_pipeline="p")
    pipelines.schedule("r", on_pipeline="q")
    with pytest.raises(Conflict, match="start itself"):
        pipelines.schedule(name="back", on_pipeline="r")


def test_one_trigger_a_pipeline_that_can_run_and_a_name_that_is_free(watched, project) -> None:
    pipelines = watched.workspace.pipelines
    with pytest.raises(InvalidInput, match="nothing says when"):
        pipelines.schedule()
    with pytest.raises(InvalidInput, match="--cron and --on-file"):
        pipelines.schedule(cron="@daily", on_file="a")
    with pytest.raises(InvalidInput, match="--timezone"):
        pipelines.schedule(on_file="a", timezone="UTC")
    with pytest.raises(InvalidInput, match="one version"):
        pipelines.schedule(on_dataset="flights@3")
    with pytest.raises(InvalidInput, match="names no event"):
        pipelines.schedule(on_event="alert:")
    with pytest.raises(InvalidInput, match="unknown"):
        pipelines.schedule(cron="@daily", params={"unknown": 1})
    with pytest.raises(InvalidInput, match="misfire"):
        pipelines.schedule(cron="@daily", misfire="never")
    made = pipelines.schedule(cron="@daily", timezone="UTC")
    assert (made.name, made.misfire) == ("p", "latest")
    with pytest.raises(AlreadyExists):
        pipelines.schedule(cron="@hourly")
    assert pipelines.schedule(cron="@hourly", timezone="UTC", replace=True).facts["cron"] == "0 * * * *"
    assert len(pipelines.schedules()) == 1
    assert pipelines.unschedule("p").name == "p"
    with pytest.raises(NotFound):
        pipelines.unschedule("p")


def test_two_schedulers_that_look_at_once_start_it_once(watched) -> None:
    watched.workspace.pipelines.schedule(name="retrain", on_event="go", misfire="all")
    events = [watched.workspace.events.emit("go") for _ in range(3)]
    daemons = [watched.daemon, watched.another(), watched.another()]
    for _ in range(4):
        for daemon in daemons:
            daemon.tick()
        watched.starter.end_all()
    assert [firing.cause for firing in watched.starter.started] == [f"event {event.id}" for event in events]


def test_an_interrupted_firing_is_shown_and_started_again_only_when_asked(watched) -> None:
    watched.workspace.pipelines.schedule(name="retrain", on_event="go")
    watched.workspace.events.emit("go")
    watched.tick(end=False)
    watched.starter.open.clear()  # its scheduler was killed, and another one comes
    watched.workspace.database.write("UPDATE schedule_firings SET pid = 999999999")
    later = watched.another()
    later.tick()
    [firing] = watched.workspace.scheduler.log()
    assert (firing.status, firing.error) == ("interrupted", "its process ended without a word")
    later.tick()
    assert len(watched.starter.started) == 1
    assert later.again() == 1
    assert later.again() == 0
    [firing] = watched.workspace.scheduler.log()
    assert (firing.status, firing.attempts) == ("running", 2)
    watched.starter.end_all()
    later.tick()
    assert watched.workspace.scheduler.log()[0].status == "finished"


def test_a_trigger_that_cannot_be_looked_at_is_said_once_and_stops_no_other(watched, monkeypatch) -> None:
    watched.workspace.pipelines.schedule(name="broken", on_file="a.csv")
    watched.workspace.pipelines.schedule(name="whole", on_event="go")

    def fails(*_):
        raise PermissionError("not yours")

    monkeypatch.setattr(on_file.FileTrigger, "causes", fails)
    watched.workspace.events.emit("go")
    assert watched.tick() == ["event 1, go"]
    watched.tick()
    assert [deed.words for deed in watched.deeds if deed.what == "trouble"] == ["not yours"]


def test_events_are_words_with_a_payload_of_json(watched) -> None:
    events = watched.workspace.events
    for kind, name, payload in (("a b", "", {}), ("", "", {}), ("alert", "x:y", {}), ("alert", "x", {"a": object()})):
        with pytest.raises(InvalidInput):
            events.emit(kind, name, payload)
    with pytest.raises(InvalidInput):
        events.emit("alert", "x", {"a": float("nan")})
    assert events.list() == []
    made = events.emit("alert", "x", {"a": [1, {"b": None}]})
    assert events.list() == [made]
    assert made.payload == {"a": [1, {"b": None}]}
    assert given_to(str(watched.workspace.path / "none.yaml"), {"a": 1}) == {}
