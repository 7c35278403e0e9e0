# ruff: noqa: F811 - fixtures are imported, and taken by name
import subprocess
import sys

import pytest
from display_fixtures import make_run, nasty, service, wide  # noqa: F401 - fixtures

from nbmlops.display.run_columns import varying
from nbmlops.display.run_table import RunTable
from nbmlops.display.terminal import columns_of


def rows_of(text, *names):
    return [line for line in text.splitlines() if any(name in line for name in names)]


def test_what_does_not_vary_is_said_once_above(make_run, service):
    found = [
        make_run(f"rf{i}", i, params={"max_depth": i, "n_estimators": 200}, data=("flights b3:91ac",)) for i in (6, 3)
    ]
    text = RunTable(found, service).text()
    first, head = text.splitlines()[:2]
    assert first.startswith("same for all:")
    assert "experiment delay" in first
    assert "n_estimators 200" in first
    assert "data flights b3:91ac" in first
    assert "max_depth" in head
    assert "n_estimators" not in head
    assert "data" not in head


def test_best_value_is_bold_by_direction(make_run, service):
    found = [make_run("a", 1, metrics={"auc": 0.8, "loss": 0.3}), make_run("b", 2, metrics={"auc": 0.9, "loss": 0.5})]
    table = RunTable(found, service)
    assert "\x1b[1m0.9000\x1b[0m" in table.text(color=True)
    assert "\x1b[1m0.3000\x1b[0m" in table.text(color=True)
    assert "<b>0.9000</b>" in table.html()
    assert "<b>0.3000</b>" in table.html()
    assert "<b>0.8000</b>" not in table.html()


def test_nan_is_never_best(make_run, service):
    found = [make_run("a", 1, metrics={"auc": float("nan")}), make_run("b", 2, metrics={"auc": 0.9})]
    text = RunTable(found, service).text(color=True)
    assert "nan" in text
    assert "\x1b[1m0.9000\x1b[0m" in text


def test_missing_metric_and_none(make_run, service):
    found = [make_run("a", 1, metrics={"auc": 0.9}, params={"d": None}), make_run("b", 2, params={"d": 3})]
    lines = RunTable(found, service).text().splitlines()
    assert lines[2].rstrip().endswith("–")
    assert "–" in lines[3]


def test_sort_is_marked_and_its_metric_comes_first(make_run, service):
    found = [make_run("a", 1, metrics={"f1": 0.5, "auc": 0.9})]
    head = RunTable(found, service, sort="auc").text().splitlines()[0]
    assert "auc ▾" in head
    assert head.index("auc") < head.index("f1")
    assert "auc ▴" in RunTable(found, service, sort="-auc").text()
    assert "time ▾" in RunTable(found, service, sort="duration_s").text()


def test_cut_table_says_how_many_there_are(make_run, service):
    table = RunTable([make_run(f"r{i}", i) for i in range(20)], service, total=134)
    assert "20 of 134 shown" in table.text()
    assert "20 of 134 shown" in table.html()
    assert "shown" not in RunTable([make_run()], service).text()


def test_few_params_have_columns_and_the_rest_is_counted(make_run, service):
    found = [make_run(f"r{i}", i, params={f"p{n}": i for n in range(20)} | {"model": f"M{i}"}) for i in range(3)]
    facts = varying(found)
    assert facts.params[0] == "model"
    table = RunTable(found, service)
    assert table.html().count('<th class="o-x">p') == 5
    assert "+15 more params that vary: nbmlops runs compare" in table.text()


def test_params_of_most_runs_come_first():
    from nbmlops.records import Run

    def run(**params):
        return Run("0" * 32, "rf", "x", "finished", "", params=params)

    facts = varying([run(a=1, b=1), run(b=2, c=1), run(b=3, a=2)])
    assert facts.params == ["b", "a"]
    assert facts.partial == 1


def test_a_run_without_params_does_not_make_params_vary(make_run):
    facts = varying([make_run("a", 1, params={"n": 1}), make_run("b", 2, params={"n": 1}), make_run("c", 3)])
    assert facts.params == []
    assert ("n", "1") in facts.same


def test_a_run_without_data_does_not_make_data_vary(make_run):
    facts = varying([make_run("a", 1, data=("x b3:91ac",)), make_run("b", 2)])
    assert ("data", "x b3:91ac") in facts.same
    assert "data" not in facts.fields


def test_children_stand_under_their_parent(make_run, service):
    parent = make_run("sweep", 1)
    children = [make_run(f"sweep/{name}", number, parent=parent.id) for number, name in ((3, "tree"), (2, "knn"))]
    newer = make_run("rf", 4)
    names = [line.split()[1:3] for line in RunTable([newer, *children, parent], service).text().splitlines()[2:]]
    assert [name[0] for name in names] == ["rf", "sweep", "└", "└"]
    assert [name[1] for name in names[2:]] == ["sweep/knn", "sweep/tree"]


def test_sorted_table_keeps_its_order(make_run, service):
    parent = make_run("sweep", 1, metrics={"auc": 0.1})
    child = make_run("sweep/knn", 2, parent=parent.id, metrics={"auc": 0.9})
    text = RunTable([child, parent], service, sort="auc").text()
    assert "└" not in text
    assert text.index("sweep/knn") < text.index("sweep  ")


def test_a_cycle_of_parents_loses_nothing(make_run, service):
    run = make_run("a", 1)
    own = make_run("a", 1, parent=run.id)
    assert "a" in RunTable([own], service).text()


def test_failed_run_shows_its_error(make_run, service):
    found = [
        make_run("a", 1, metrics={"auc": 0.9}),
        make_run("knn", 2, status="failed", error="ValueError: X\nhas NaN"),
    ]
    table = RunTable(found, service)
    [line] = rows_of(table.text(), "knn")
    assert line.startswith("✗  knn")
    assert line.endswith("ValueError: X has NaN")
    assert "ValueError: X has NaN" in table.html()


def test_star_note_and_states(make_run, service):
    found = [
        make_run("a", 1, starred=True, note="deeper is better"),
        make_run("b", 2, status="running", duration_s=None),
        make_run("c", 3, status="interrupted"),
        make_run("d", 4, archived=True),
    ]
    text = RunTable(found, service).text()
    for words in ("★ a", "deeper is better", "●  b", "running", "◼  c", "interrupted", "◌  d"):
        assert words in text


def test_id_is_short_with_the_whole_one_on_hover(make_run, service):
    run = make_run()
    html = RunTable([run], service).html()
    assert f'title="{run.id}">{run.id[-8:]}<' in html


def test_empty_states_teach(service):
    assert "%%track NAME" in RunTable([], service).text()
    assert "%%track NAME" in RunTable([], service).html()
    filtered = RunTable([], service, filter="auc > <2>")
    assert "No run fits: auc > <2>" in filtered.text()
    assert "&lt;2&gt;" in filtered.html()
    assert "nbmlops runs archive" in RunTable([], service, archived=True).text()


def test_it_is_a_sequence_and_a_frame(make_run, service):
    found = [make_run("a", 1, metrics={"auc": 0.9}, params={"d": 3}, tags={"stage": "x"}), make_run("b", 2)]
    table = RunTable(found, service)
    assert len(table) == 2
    assert table[0] is found[0]
    assert table[-1].name == "b"
    assert [run.name for run in table] == ["a", "b"]
    frame = table.frame()
    assert frame.loc[0, "metrics.auc"] == 0.9
    assert frame.loc[0, "params.d"] == 3
    assert frame.loc[0, "tags.stage"] == "x"
    assert frame["started_at"].dt.tz is not None
    assert RunTable([], service).frame().empty


def test_json_is_the_list_of_records(make_run, service):
    found = [make_run("a", 1), make_run("b", 2)]
    assert RunTable(found, service).to_json() == [run.to_json() for run in found]


def test_everything_user_made_is_data(nasty, make_run, service):
    found = [
        make_run(nasty, 1, note=nasty, params={nasty: nasty}, metrics={nasty: 1.0}, data=(nasty,), experiment=nasty),
        make_run(nasty, 2, status="failed", error=nasty, params={nasty: "y"}, started_at=nasty),
    ]
    for table in (RunTable(found, service), RunTable(found[:1], service), RunTable(found, service, sort=nasty)):
        assert "<script" not in table.html()
        assert 'alert("x")' not in table.html()
        assert "\x1b" not in table.html() + table.text()
        assert "\u202e" not in table.text()


@pytest.mark.parametrize("columns", ["50", "80", "120", "200"])
def test_text_fits_the_terminal(monkeypatch, make_run, service, columns):
    monkeypatch.setenv("COLUMNS", columns)
    found = [
        make_run(
            ("name🚀" * 40) if i % 2 else "数据" * 50,
            i,
            metrics={f"metric{n}": n / 7 for n in range(9)},
            params={f"param{n}": "value " * i for n in range(15)},
            note="a note " * 30,
        )
        for i in range(5)
    ]
    lines = RunTable(found, service, total=99).text().splitlines()
    assert max(columns_of(line) for line in lines) <= int(columns)


def test_sort_column_is_never_left_out(monkeypatch, make_run, service):
    monkeypatch.setenv("COLUMNS", "50")
    found = [make_run("n" * 50, i, metrics={f"m{n}": 0.5 for n in range(9)}) for i in range(2)]
    assert "m8 ▾" in RunTable(found, service, sort="m8").text()


def test_of_counts_what_the_limit_cuts(tmp_path):
    import nbmlops

    with nbmlops.workspace(tmp_path, create=True) as workspace:
        for i in range(3):
            with workspace.track("rf") as run:
                run.log(auc=i / 10)
        table = RunTable.of(workspace.runs, "", "auc", 2)
        assert len(table) == 2
        assert "2 of 3 shown" in table.text()
        assert "auc ▾" in table.text()
        assert "No run fits" in RunTable.of(workspace.runs, "auc > 5", None, 20).text()
        assert "Nothing is archived" in RunTable.of(workspace.runs, "", None, 20, archived=True).text()


def test_import_is_light():
    code = (
        "import sys, nbmlops.display.views, nbmlops.display.card; "
        "print([m for m in ('pandas', 'plotly', 'IPython', 'numpy', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
