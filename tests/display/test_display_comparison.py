# ruff: noqa: F811 - fixtures are imported, and taken by name
import itertools
import sys

import pytest
from display_fixtures import make_run, nasty, wide  # noqa: F401 - fixtures

from nbmlops.display.comparison import ComparisonView
from nbmlops.display.terminal import columns_of
from nbmlops.errors import MissingExtra
from nbmlops.records import CodeDifference, Comparison, Difference, Metric


@pytest.fixture
def compare(make_run):
    def make(names=("a", "b"), **sections):
        defaults = {"metrics": (), "params": (), "data": (), "environment": (), "code": (), "curves": {}, "same": {}}
        runs = tuple(make_run(name, number) for number, name in enumerate(names))
        return Comparison(runs, **{**defaults, **sections})

    return make


def curve(count):
    return [Metric("loss", 1 / (step + 1), step) for step in range(count)]


DIFF = "--- a\n+++ b\n@@ -1,2 +1,2 @@\n x = 1\n-depth = 3\n+depth = 6"


def test_sections_stand_in_order_and_only_with_what_differs(compare):
    view = ComparisonView(
        compare(
            metrics=(Difference("auc", (0.8, 0.9), 1, "higher"),),
            params=(Difference("depth", (3, 6)),),
            data=(Difference("flights", ("b3:91ac07fe", "b3:07fe91ac")),),
            environment=(Difference("numpy", ("2.0", "2.1")),),
            code=(CodeDifference("a", "b", DIFF),),
            same={"metrics": 0, "params": 18, "data": 0, "environment": 130, "code": 0},
        )
    )
    for shown in (view.text(), view.html().partition("</style>")[2]):
        places = [shown.index(word) for word in ("metrics", "params", "data", "code", "environment", "same for all")]
        assert places == sorted(places)
    assert "same for all: 18 params, 130 packages and facts of the environment" in view.text()
    assert "+depth = 6" in view.text()
    assert "--- a" not in view.text()


def test_best_is_bold_and_change_follows_the_direction(compare):
    metrics = (Difference("auc", (0.8, 0.9), 1, "higher"), Difference("loss", (0.5, 0.7), 0, "lower"))
    view = ComparisonView(compare(metrics=metrics))
    text = view.text(color=True)
    assert "\x1b[1m0.9000\x1b[0m" in text
    assert "\x1b[1m0.5000\x1b[0m" in text
    assert "\x1b[32m▲ +0.1000 better\x1b[0m" in text
    assert "\x1b[33m▲ +0.2000 worse\x1b[0m" in text
    assert "<b>0.9000</b>" in view.html()


def test_three_runs_have_no_change_column(compare):
    view = ComparisonView(compare("abc", metrics=(Difference("auc", (0.8, 0.9, None), 1, "higher"),)))
    assert "change" not in view.text()
    assert "–" in view.text()


def test_what_only_one_run_has_is_a_sentence(compare):
    view = ComparisonView(compare(params=(Difference("C", (0.5, None)), Difference("depth", (None, 6)))))
    assert "params only in a: C 0.5" in view.text()
    assert "params only in b: depth 6" in view.html()


def test_nan_does_not_break_anything(compare):
    nan = float("nan")
    for names in ("ab", "abc"):
        values = (nan, *(0.5 for _ in names[1:]))
        view = ComparisonView(compare(names, metrics=(Difference("auc", values, 1, "higher"),)))
        assert "nan" in view.text()
        assert "nan" in view.html()


def test_two_runs_have_bars_more_have_parallel_coordinates(compare):
    metrics = (Difference("auc", (0.8, 0.9), 1, "higher"),)
    assert "<rect" in ComparisonView(compare(metrics=metrics)).html()
    metrics = (Difference("auc", (0.8, 0.9, 0.7), 1, "higher"), Difference("loss", (0.5, 0.4, 0.6), 1, "lower"))
    html = ComparisonView(compare("abc", metrics=metrics, params=(Difference("depth", (1, 2, 3)),))).html()
    plot = html[html.index("<svg") :]
    assert "metrics and params of each run" in plot
    assert plot.index(">depth<") < plot.index(">loss<") < plot.index(">auc<")


def test_curves_are_drawn_with_a_legend(compare):
    html = ComparisonView(compare(curves={"loss": [curve(50), curve(30)]})).html()
    assert 'aria-label="loss by step"' in html
    assert "step 49" in html
    assert html.count("stroke-dasharray") >= 2  # the line and its legend: colour is never alone


def test_long_comparison_stays_small(compare):
    names = [f"run {i}" for i in range(6)]
    diff = "--- a\n+++ b\n" + "\n".join(f"+{'x' * 400}" for _ in range(5000))
    view = ComparisonView(
        compare(
            names,
            metrics=tuple(Difference(f"m{i}", tuple(range(6)), 5, "higher") for i in range(100)),
            params=tuple(Difference(f"p{i}", tuple("v" * 300 for _ in names)) for i in range(100)),
            environment=tuple(Difference(f"e{i}", tuple("1" for _ in names)) for i in range(100)),
            code=tuple(CodeDifference(a, b, diff) for a, b in itertools.pairwise(names)),
            curves={f"m{i}": [curve(5000) for _ in names] for i in range(20)},
        )
    )
    html = view.html()
    assert len(html.encode()) < 100_000
    assert "more lines" in html


def test_bundle_has_no_plotly_and_figure_is_one(compare):
    view = ComparisonView(compare(metrics=(Difference("auc", (0.8, 0.9), 1, "higher"),)))
    assert set(view._repr_mimebundle_()) == {"text/html", "text/plain"}
    figure = view.figure()
    assert [trace.type for trace in figure.data] == ["bar", "bar"]
    three = compare(
        "abc", metrics=(Difference("loss", (0.8, 0.9, 0.7), 2, "lower"),), params=(Difference("d", (1, 2, 3)),)
    )
    [trace] = ComparisonView(three).figure().data
    assert trace.type == "parcoords"
    assert [axis.label for axis in trace.dimensions] == ["run", "d", "loss"]


def test_without_plotly_the_figure_says_what_to_install(compare, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtra, match="pip install plotly"):
        ComparisonView(compare()).figure()


def test_nothing_differs(compare):
    view = ComparisonView(compare(same={"params": 3, "code": 1}))
    assert "no difference was found; same for all: 3 params, code" in view.text()


def test_everything_user_made_is_data(nasty, compare):
    view = ComparisonView(
        compare(
            (nasty, nasty, "c"),
            metrics=(Difference(nasty, (1.0, 2.0, 3.0), 1, "higher"),),
            params=(
                Difference(nasty, (1, nasty, 2)),
                Difference(nasty, (nasty, None, None)),
                Difference("n", (1, 2, 3)),
            ),
            data=(Difference(nasty, (nasty, None, nasty)),),
            environment=(Difference(nasty, (nasty, "1", "2")),),
            code=(CodeDifference(nasty, nasty, f"@@\n+{nasty}\n-{nasty}"),),
            curves={nasty: [curve(3), curve(4), []]},
        )
    )
    assert "<script" not in view.html()
    assert 'alert("x")' not in view.html()
    assert "\x1b" not in view.text()


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_text_fits_the_terminal(monkeypatch, compare, columns):
    monkeypatch.setenv("COLUMNS", columns)
    names = tuple(f"a long name of run {i}" for i in range(9))
    params = tuple(Difference(f"param{i}", tuple("some value " * 5 for _ in names)) for i in range(50))
    view = ComparisonView(compare(names, params=params, code=(CodeDifference("a", "b", "+" + "x" * 500),)))
    assert max(columns_of(line) for line in view.text().splitlines()) <= int(columns)


def test_of_a_real_workspace(tmp_path):
    import nbmlops

    with nbmlops.workspace(tmp_path, create=True) as workspace:
        for depth in (3, 6):
            with workspace.track("rf", params={"depth": depth}) as run:
                run.log(auc=depth / 10)
        view = ComparisonView(workspace.runs.compare(["rf·1", "rf·2"]))
        assert "▲ +0.3000 better" in view.text()
        assert view.to_json()["params"][0]["name"] == "depth"
