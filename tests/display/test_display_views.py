# ruff: noqa: F811 - fixtures are imported, and taken by name
import datetime
from pathlib import Path

import pytest
from display_fixtures import make_run, nasty, service, wide  # noqa: F401 - fixtures

from nbmlops.display.format import when
from nbmlops.display.markup import esc
from nbmlops.display.terminal import columns_of
from nbmlops.display.views import Checks, DemoSummary, Message, ModelTable, ModelView, RunView
from nbmlops.records import Artifact, Metric, ModelVersion, SliceCell, UsedDataset


def version(number=1, **fields):
    defaults = {
        "name": "delay",
        "version": number,
        "run": "0198c3d2a1b27c3d8e4f5a6b7c8d9e0f",
        "created_at": "2026-03-12T15:00:00+00:00",
        "sha256": "ab" * 32,
        "flavor": "sklearn",
        "metrics": {"auc": 0.84},
        "bytes": 24_000,
    }
    return ModelVersion(**{**defaults, **fields})


SIGNATURE = {
    "inputs": [
        {"name": "age", "type": "int64", "nullable": False, "min": 31, "max": 64},
        {"name": "carrier", "type": "string", "nullable": True, "categories": ["AA", "UA"]},
    ],
    "output": {"type": "int64", "classes": [0, 1]},
}


def test_run_view_has_everything(make_run):
    run = make_run(
        "boosting",
        metrics={"auc": 0.9, "loss": 0.2},
        params={"max_depth": 6, "tol": None},
        tags={"stage": "dev"},
        note="a note",
        slice=(SliceCell("a = 1", 3, duration_s=0.002), SliceCell("b = a", 7)),
        datasets=(UsedDataset("flights", "flights.csv", "b3:91ac07fe", 336776, 19, 64_000_000),),
        environment={"key": "b3:45745dffff", "python": "3.11.7", "packages": {"numpy": "2.0"}},
        hardware={"peak_memory_bytes": 310_000_000, "cpu_seconds": 3.5},
        randomness={"seed": 7, "generators": ["numpy", "namespace.rng"]},
        artifacts=(Artifact("forest", "b3:0000", 24_000, kind="model"),),
        warnings=("mind the gap",),
        models=("delay@3",),
        values={"rows": {"value": 336776}},
        user="ada",
        host="box",
    )
    view = RunView(run, {"loss": [Metric("loss", 1.0, 0), Metric("loss", 0.2, 1)], "auc": [Metric("auc", 0.9)]})
    for words in (
        *(
            "boosting",
            "0.9000",
            "max_depth",
            "stage=dev",
            "a note",
            "flights.csv",
            "336,776 × 19",
            "b3:91ac07",
            "seed 7",
        ),
        *("Python 3.11.7", "310 MB", "forest", "mind the gap", "delay@3", "ada on box", "a = 1", "b = a", "2 values"),
    ):
        assert words in view.text(), words
        assert words in view.html(), words
    assert run.id in view.text()
    assert f'title="{run.id}"' in view.html()
    assert "<svg" in view.html()
    assert view.to_json() == run.to_json()


def test_run_view_of_a_bare_failed_run(make_run):
    run = make_run(status="failed", error="ValueError: no", duration_s=None, code="boom()")
    view = RunView(run, {})
    assert "ValueError: no" in view.text()
    assert "boom()" in view.html()


def test_run_view_of_long_code_stays_bounded(make_run):
    run = make_run(slice=tuple(SliceCell("x = 1\n" * 3000, i) for i in range(50)))
    assert len(RunView(run, {}).html()) < 100_000


def test_model_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    table = ModelTable([version(2, aliases=("champion",)), version(1, lineage={"run": "rf·3"})])
    text = table.text()
    assert "delay@2" in text
    assert "champion" in text
    assert "0.8400" in text
    assert "rf·3" in text
    assert "7c8d9e0f" in text
    assert table.to_json()[0]["aliases"] == ["champion"]
    assert "%register VARIABLE as NAME@champion" in ModelTable([]).text()
    assert "%register" in ModelTable([]).html()


def test_one_version_in_full():
    history = [{"alias": "champion", "version": 1, "user": "ada", "changed_at": "2026-03-12T15:00:00+00:00"}]
    samples = {"columns": ["age", "carrier"], "rows": [[31, "AA"], [64, None]]}
    lineage = {
        "run": "rf·3",
        "datasets": [{"name": "flights", "fingerprint": "b3:91ac07fe"}],
        "git": {"commit": "abcdef0123", "branch": "main"},
    }
    one = version(aliases=("champion",), signature=SIGNATURE, samples=samples, lineage=lineage, user="ada")
    view = ModelView([one], history)
    for words in (
        *(
            "delay@1",
            "champion",
            "rf·3",
            "flights b3:91ac07",
            "abcdef01",
            "ab" * 32,
            "31 … 64",
            "AA, UA",
            "may be missing",
        ),
        *("classes [0, 1]", "0.8400", "24 kB", "sample rows", "champion → version 1"),
    ):
        assert words in view.text(), words
        assert words in view.html(), words
    assert 'nbmlops.load("delay@champion")' in view.text()
    assert view.to_json() == [one.to_json()]


def test_all_versions_and_their_history():
    history = [{"alias": "old", "version": None, "user": None, "changed_at": "2026-03-12T15:00:00+00:00"}]
    view = ModelView([version(2), version(1)], history)
    assert "old taken away" in view.text()
    assert "delay@1" in view.html()


def test_message_keeps_its_lines():
    view = Message({"a": 1}, "made: <x>\nnext: y")
    assert view.text() == "made: <x>\nnext: y"
    assert "&lt;x&gt;" in view.html()
    assert view.to_json() == {"a": 1}


def test_checks_say_what_to_do():
    checks = [
        {"name": "Python", "state": "ok", "found": "3.11", "hint": ""},
        {"name": "plotly", "state": "missing", "found": "not installed", "hint": "pip install plotly"},
        {"name": "demo", "state": "optional", "found": "not installed", "hint": "pip install 'nbmlops[demo]'"},
    ]
    view = Checks(checks)
    text = view.text()
    assert "✓ Python" in text
    assert "✗ plotly  missing: not installed" in text
    assert "pip install plotly" in text
    assert "1 thing missing" in text
    assert "missing" in view.html()
    assert view.to_json() == checks
    assert "All that is needed is here; 1 optional thing is not." in Checks([checks[0], checks[2]]).text()


def test_demo_summary(make_run, service):
    runs = [
        make_run("knn", 1, status="failed", error="ValueError: NaN"),
        make_run("rf", 2, metrics={"auc": 0.7}),
        make_run("boosting", 3, metrics={"auc": 0.8}),
    ]
    record = {"folder": "/x/nbmlops-demo", "notebooks": ["01.ipynb"], "failed": [], "seconds": 31.4}
    view = DemoSummary(record, Path("nbmlops demo"), runs, [version(aliases=("champion",))], service)
    text = view.text()
    assert "1 notebook ran in 31 s: 3 runs, 1 model version, in nbmlops demo" in text
    assert text.index("boosting") < text.index("rf ") < text.index("knn")
    assert "ValueError: NaN" in text
    for command in (
        "cd 'nbmlops demo'",
        "nbmlops lab 'nbmlops demo'",
        "nbmlops runs list --sort auc",
        "nbmlops models show delay@champion",
    ):
        assert command in text
        assert esc(command) in view.html()
    assert view.to_json() is record


def test_demo_that_failed_says_so(service):
    record = {"folder": "/x", "notebooks": ["a", "b"], "failed": ["a: ValueError: <b>"], "seconds": 3.0}
    view = DemoSummary(record, Path("demo"), [], [], service)
    assert "2 notebooks ran in 3.0 s, 1 failed" in view.text()
    assert "✗ failed: a: ValueError: <b>" in view.text()
    assert "&lt;b&gt;" in view.html()


@pytest.mark.parametrize("columns", ["60", "120"])
def test_everything_user_made_is_data_and_fits(nasty, monkeypatch, make_run, service, columns):
    monkeypatch.setenv("COLUMNS", columns)
    long = nasty * 6
    run = make_run(
        long,
        error=long,
        note=long,
        status="failed",
        params={long: long},
        metrics={long: 1.0},
        tags={long: long},
        notebook=long,
        user=long,
        values={long: long},
        slice=(SliceCell(long, 1),),
        datasets=(UsedDataset(long, long, long, 1, 1, note=long),),
        artifacts=(Artifact(long, long, 1, kind=long),),
        warnings=(long,),
        assumptions=({long: long},),
        models=(long,),
    )
    inputs = [{"name": long, "type": long, "nullable": True, "categories": [long]}]
    one = version(
        flavor=long,
        aliases=(long,),
        variable=long,
        user=long,
        metrics={long: 1.0},
        signature={"inputs": inputs, "output": {"type": long, "classes": [long]}},
        samples={"columns": [long], "rows": [[long]]},
        lineage={"run": long, "experiment": long, "notebook": long, "datasets": [{"name": long, "fingerprint": long}]},
    )
    history = [{"alias": long, "version": 1, "user": long, "changed_at": long}]
    check = {"name": "Python", "state": "missing", "found": long, "hint": long}
    record = {"folder": "/x", "notebooks": ["a"], "failed": [long], "seconds": 3.0}
    views = [
        RunView(run, {long: [Metric(long, 1.0, 0), Metric(long, 2.0, 1)]}),
        ModelTable([one]),
        ModelView([one], history),
        ModelView([one, one], history),
        Checks([check]),
    ]
    for view in [*views, Message({}, long), DemoSummary(record, Path("demo"), [run], [one], service)]:
        html, text = view.html(), view.text()
        assert "<script" not in html
        assert 'alert("x")' not in html
        assert "\x1b" not in html + text
        assert "\u202e" not in text
    for view in views[:1] + views[-1:]:
        assert max(columns_of(line) for line in view.text().splitlines()) <= int(columns)


def test_times_are_words_of_the_reader():
    now = datetime.datetime(2026, 3, 12, 0, 30).astimezone()
    assert when((now - datetime.timedelta(minutes=45)).isoformat(), now) == "45 min ago"
    assert when((now - datetime.timedelta(hours=2)).isoformat(), now) == "yesterday 22:30"
    assert when((now + datetime.timedelta(hours=2)).isoformat(), now) == "12 Mar"
    assert when("no time", now) == "no time"
    assert when("2025-11-12T10:00:00+00:00", now) == "12 Nov 2025"


def test_views_have_no_script_and_fetch_nothing(make_run, service):
    html = RunView(make_run(), {}).html() + ModelTable([version()]).html()
    for word in ("<script", "http:", "https:", "@import", "url(", "onclick", "!important"):
        assert word not in html
