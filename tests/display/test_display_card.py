# ruff: noqa: F811 - fixtures are imported, and taken by name
import re
import time

import pytest
from display_fixtures import make_run, nasty, report, wide  # noqa: F401 - fixtures

from nbmlops.display.card import CardView
from nbmlops.records import Artifact, RunDetail, SliceCell, UsedDataset
from nbmlops.tracking.report import CellReport, MetricChange


def test_first_line_has_mark_name_duration_and_metrics(report):
    card = CardView(report([("auc", 0.84273, "higher", 0.83142, 0.83142)]))
    assert card.text() == "✓ rf  1.8 s  auc 0.8427 ▲ +0.0113 best"
    assert repr(card) == card.text()


def test_closed_card_shows_the_first_line_and_warnings(report, make_run):
    card = CardView(
        report(run=make_run(warnings=("default_rng() without a seed in cell [4]",), slice=(SliceCell("a = 1", 4),)))
    )
    html = card.html()
    summary = html.index("</summary>")
    assert (
        html.index("✓") < summary < html.index("1 cell: [4]") < html.index("</details>") < html.index("without a seed")
    )
    assert "! default_rng() without a seed in cell [4]" in card.text()


@pytest.mark.parametrize(
    ("direction", "value", "last", "arrow", "style"),
    [
        ("higher", 0.9, 0.8, "▲", "o-g"),
        ("higher", 0.7, 0.8, "▼", "o-w"),
        ("lower", 0.7, 0.8, "▼", "o-g"),
        ("lower", 0.9, 0.8, "▲", "o-w"),
    ],
)
def test_colour_follows_better_and_worse(report, direction, value, last, arrow, style):
    card = CardView(report([("m", value, direction, last, None)]))
    assert re.search(rf'class="{style}" title="[^"]*">{arrow} ', card.html())
    code = {"o-g": "32", "o-w": "33"}[style]
    assert f"\x1b[{code}m{arrow} " in card.text(color=True)


def test_lower_is_better_says_in_words_what_the_arrow_does_not(report):
    assert "▼ −0.1000 better" in CardView(report([("loss", 0.7, "lower", 0.8, None)])).text()
    assert "▲ +0.1000 worse" in CardView(report([("loss", 0.9, "lower", 0.8, None)])).text()


def test_no_colour_unless_asked(report):
    assert "\x1b" not in CardView(report([("auc", 0.9, "higher", 0.8, 0.8)])).text()


def test_first_run_has_no_change_and_no_best(report):
    text = CardView(report([("auc", 0.9, "higher")])).text()
    assert text == "✓ rf  1.8 s  auc 0.9000"


def test_nan_and_unchanged(report):
    text = CardView(report([("a", float("nan"), "higher", 0.5, 0.5), ("b", 0.5, "higher", 0.5, 0.5)])).text()
    assert "a nan" in text
    assert "best" not in text
    assert "b 0.5000 = as before" in text


def test_open_card_shows_evidence(report, make_run):
    run = make_run(
        metrics={"auc": 0.9},
        params={"max_depth": 6},
        slice=(SliceCell("a = 1", 3), SliceCell("b = a", 7)),
        datasets=(UsedDataset("flights", None, "b3:91ac07fe55d0", 336776, 19, 64_000_000),),
        environment={"key": "b3:45745dffff", "python": "3.11.7", "packages": {"numpy": "2.0"}},
        git={"commit": "abcdef0123456789", "branch": "main", "dirty": True},
        hardware={"peak_memory_bytes": 310_000_000, "cpu_seconds": 3.5, "mean_cpu_percent": 180.0},
        artifacts=(Artifact("forest", "b3:0000", 24_000, kind="model"),),
    )
    metric = MetricChange("auc", 0.9, "higher", 0.8, 0.85, "rf·2")
    html = CardView(CellReport(run, (metric,), (("max_depth", 3, 6),), "rf·3")).html()
    for words in (
        *("changed since rf·3", "max_depth", "2 cells: [3] [7]", "b3:91ac07", "336,776 × 19", "64 MB", "b3:45745d"),
        *("Python 3.11.7", "abcdef01", "main", "with uncommitted changes", "peak memory 310 MB", "CPU 3.5 s"),
        *("forest", "rf·2", "0.8000", "0.8500"),
    ):
        assert words in html, words
    assert 'title="b3:91ac07fe55d0"' in html


def test_best_run_given_as_an_id_is_short(report):
    html = CardView(report([("auc", 0.9, "higher", 0.8, 0.85, "0198c3d2a1b27c3d8e4f5a6b7c8d9e0f")])).html()
    assert '<span title="0198c3d2a1b27c3d8e4f5a6b7c8d9e0f">7c8d9e0f</span>' in html


def test_failed_run_is_one_line(report, make_run):
    run = make_run("knn", status="failed", error="ValueError: Input X\ncontains NaN", duration_s=12.0)
    assert CardView(report(run=run)).text() == "✗ knn  12 s  ValueError: Input X contains NaN"
    assert "ValueError: Input X contains NaN" in CardView(report(run=run)).html()


def test_interrupted_run(report, make_run):
    assert CardView(report(run=make_run(status="interrupted"))).text() == "◼ rf  1.8 s  interrupted"


def test_joined_metrics_say_so_in_one_line(report, make_run):
    card = CardView(report([("brier", 0.1325, "lower")], run=make_run("boosting"), joined=("brier",)))
    assert card.text() == "+ brier 0.1325 joined boosting"
    assert "brier 0.1325 joined boosting" in card.html()
    assert "<details>" not in card.html()


def test_children_have_a_row_each(report, make_run):
    child = report([("score", 0.77, "higher")], run=make_run("sweep/knn", 2, metrics={"score": 0.77}))
    card = CardView(report(run=make_run("sweep"), children=(child,)))
    assert "✓ sweep/knn  1.8 s  score 0.7700" in card.text()
    assert "sweep/knn" in card.html()


def test_everything_user_made_is_data(nasty, report, make_run):
    run = make_run(
        nasty,
        status="failed",
        error=f"ValueError: {nasty}\nsecond line",
        note=nasty,
        warnings=(nasty,),
        metrics={nasty: 1.0},
        datasets=(UsedDataset(nasty, nasty, nasty, 1, 1, note=nasty, kind=nasty),),
        artifacts=(Artifact(nasty, nasty, 1, kind=nasty),),
        git={"commit": nasty, "branch": nasty, "dirty": False},
        environment={"key": nasty, "python": nasty},
        randomness={"seed": 7, "generators": [nasty]},
    )
    metric = MetricChange(nasty, 1.0, "higher", 0.5, 0.5, nasty)
    for joined in ((), (nasty,)):
        card = CardView(CellReport(run, (metric,), ((nasty, nasty, nasty),), nasty, joined=joined))
        html = card.html()
        assert "<script" not in html
        assert 'alert("x")' not in html
        assert "\x1b" not in html
        assert "\x1b" not in card.text()
        assert "\u202e" not in card.text()


def test_lone_surrogates_can_be_sent(report, make_run):
    CardView(report(run=make_run("a\ud800b"))).html().encode("utf-8")


def test_long_names_and_many_of_all_stay_small(report, make_run):
    run = make_run(
        "n" * 200,
        metrics={f"metric_{i}" * 8: i / 7 for i in range(60)},
        params={f"p{i}": i for i in range(100)},
        slice=tuple(SliceCell("x = 1\n" * 500, i) for i in range(200)),
        datasets=tuple(UsedDataset(f"frame {i} " * 10, "s" * 200, "b3:" + "0" * 64, 10, 3, 100) for i in range(80)),
        artifacts=tuple(Artifact(f"a{i}" * 30, "b3:" + "0" * 64, 10) for i in range(80)),
        warnings=tuple("w" * 500 for _ in range(40)),
    )
    metrics = tuple(MetricChange(name, value, "higher", 0.1, 0.2, "0" * 32) for name, value in run.metrics.items())
    changed = tuple((f"param {i}" * 10, "x" * 300, "y" * 300) for i in range(90))
    child = report([("score", 0.77, "higher")], run=make_run("c" * 200))
    card = CardView(CellReport(run, metrics, changed, "rf·3", (child,) * 40))
    assert len(card.html().encode()) < 10_000
    assert all(len(line) <= 100 for line in card.text().splitlines())


def test_ordinary_card_is_under_ten_kilobytes_and_fast(report, make_run):
    run = make_run(
        params={f"p{i}": i for i in range(25)},
        slice=tuple(SliceCell("x = 1", i) for i in range(12)),
        datasets=tuple(UsedDataset(f"frame{i}", None, "b3:" + "0" * 64, 10, 3, 100) for i in range(6)),
        environment={"key": "b3:" + "0" * 16, "python": "3.11", "packages": {str(i): "1" for i in range(150)}},
        warnings=("default_rng() without a seed in cell [4]: write default_rng(7)",),
    )
    metrics = tuple(MetricChange(f"m{i}", 0.5, "higher", 0.4, 0.45, "0" * 32) for i in range(8))
    children = tuple(report([("score", 0.77, "higher")], run=make_run(f"child{i}", i)) for i in range(6))
    card = CardView(CellReport(run, metrics, tuple((f"p{i}", 1, 2) for i in range(10)), "rf·3", children))
    assert len(card.html().encode()) < 10_000
    times = []
    for _ in range(30):
        began = time.perf_counter()
        card.html()
        times.append(time.perf_counter() - began)
    assert min(times) < 0.005  # far above what it takes, so that a busy machine does not fail it


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_text_fits_the_terminal(monkeypatch, report, make_run, columns):
    monkeypatch.setenv("COLUMNS", columns)
    run = make_run("数据" * 40, warnings=("word " * 60,), datasets=(UsedDataset("d" * 90, None, "b3:1", 1, 1),))
    card = CardView(report([("auc" * 30, 0.9, "higher", 0.8, 0.8)], run=run))
    from nbmlops.display.terminal import columns_of

    assert max(columns_of(line) for line in card.text().splitlines()) <= int(columns)


def test_bundle_and_json(report):
    card = CardView(report([("auc", 0.9, "higher")]))
    bundle = card._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"] == card._repr_html_()
    assert card.to_json() == card.report.run.to_json()
    assert isinstance(card.report.run, RunDetail)
    assert "<script" not in bundle["text/html"]
    assert "proof" not in bundle["text/html"]
