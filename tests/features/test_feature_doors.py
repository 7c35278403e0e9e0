"""The feature store behind every door: magic, Python, command line; the shapes promised to scripts; replays."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import nbmlops
from nbmlops.cli import main, run_words
from nbmlops.cli.completion import word_choices
from nbmlops.display.views import FeatureTable, FeatureViewShown, TrainingSetView
from nbmlops.errors import InvalidInput, NotFound

from .conftest import define

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.workspaces import Workspace
    from tests.conftest import Notebook

SQL = "SELECT origin, time_hour::TIMESTAMPTZ AS time_hour, temp, wind_speed FROM weather"
CELL = f"%%feature weather --entity origin --timestamp time_hour --ttl 2h --owner ann --tag team=ops\n{SQL}"
SETUP = """
import pandas as pd, nbmlops
weather = pd.DataFrame({
    "origin": ["EWR", "EWR", "JFK"],
    "time_hour": ["2013-01-01T06:00:00Z", "2013-01-01T07:00:00Z", "2013-01-01T01:00:00Z"],
    "temp": [39.0, 40.0, 41.0],
    "wind_speed": [12.0, None, 8.0],
})
flights = pd.DataFrame({
    "origin": ["EWR", "JFK", "LGA"],
    "time_hour": pd.to_datetime(["2013-01-01T07:30:00Z"] * 3),
    "late": [1, 0, 1],
})
"""


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def test_a_cell_defines_a_view_and_the_same_cell_again_does_not(notebook: Notebook, workspace: Workspace) -> None:
    notebook.run(SETUP)
    shown = notebook.run(CELL).result
    assert isinstance(shown, FeatureViewShown)
    assert (shown.view.spec, shown.view.unchanged, shown.view.owner) == ("weather@1", False, "ann")
    assert shown.view.tags == {"team": "ops"}
    assert "temp" in shown.text()
    again = notebook.run(CELL.replace("SELECT ", "-- of the airports\nSELECT   ")).result
    assert (again.view.spec, again.view.unchanged) == ("weather@1", True)
    assert "no new version" in again.text()
    python = "%%feature celsius --entity origin --timestamp time_hour\nimport ibis\n" + (
        "def celsius(weather):\n"
        "    at = weather.time_hour.cast(\"timestamp('UTC')\")\n"
        "    return weather.select('origin', time_hour=at, celsius=(weather.temp - FREEZING) / 1.8)"
    )
    notebook.run(python, fails=True)
    notebook.run("FREEZING = 32")
    assert notebook.run(python).result.view.definition.language == "python"
    table = notebook.run("%feature").result
    assert isinstance(table, FeatureTable)
    assert [view.spec for view in table.views] == ["celsius@1", "weather@1"]
    joined = notebook.run("nbmlops.training_set(flights, ['weather:temp', 'celsius'])").result
    assert joined["temp"].tolist()[0] == 40.0
    assert joined["temp"].isna().tolist() == [False, True, True]
    assert joined["celsius"].tolist()[1] == pytest.approx(5.0)


def test_a_tracked_cell_knows_its_training_set_and_replays(notebook: Notebook, workspace: Workspace) -> None:
    notebook.run(SETUP)
    notebook.run(CELL)
    notebook.run(
        "%%track fit\nfrom sklearn.linear_model import LinearRegression\n"
        "train = nbmlops.training_set(flights, ['weather:temp']).fillna(0)\n"
        "model = LinearRegression().fit(train[['temp']], train['late'])\n"
        "score = model.score(train[['temp']], train['late'])"
    )
    notebook.run("later = nbmlops.training_set(flights, ['weather:temp', 'weather:wind_speed'])")
    notebook.run("%%track second\nrows = len(later)")
    for name in ("fit", "second"):
        sources = [used.source for used in workspace.runs.show(name).datasets if used.source]
        assert len([source for source in sources if source.startswith("training set ")]) == 1, (name, sources)
    assert workspace.reproduce("fit").verdict == "identical"
    assert workspace.reproduce("second").verdict == "identical"
    version = workspace.models.register("fit", "delay")
    assert [used["view"] for used in version.lineage["features"]] == ["weather@1"]
    shown = notebook.run(CELL.replace("temp, wind_speed", "temp, wind_speed, temp * 2 AS double")).result
    assert shown.view.spec == "weather@2"
    assert shown.view.users_before == ("run fit", "run second", "model delay@1")
    assert workspace.features.show("weather@1").users == shown.view.users_before
    # a replay of the older run still sees the older version only where it is named
    assert workspace.features.show("weather").users == ()


def test_a_run_without_its_views_says_that_they_are_not_here(
    notebook: Notebook, workspace: Workspace, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    notebook.run(SETUP)
    notebook.run(CELL)
    notebook.run("%%track mean\nwarm = float(nbmlops.training_set(flights, ['weather:temp'])['temp'].mean())")
    workspace.runs.export("mean", tmp_path / "mean.run")
    other = nbmlops.workspace(tmp_path_factory.mktemp("elsewhere"), create=True)
    other.runs.import_(tmp_path / "mean.run")
    workspace.features.delete("weather")
    for place in (other, workspace):
        replay = place.reproduce("mean")
        assert replay.verdict == "not_replayable"
        assert replay.reason.startswith("needs feature view weather@1 in cell [")
        assert replay.reason.endswith("replay it where it was made, or take back what was deleted")
        assert [factor.detail for factor in replay.factors] == ["feature view weather@1 is not in this workspace"]
    workspace.features.undelete("weather")
    assert workspace.reproduce("mean").verdict == "identical"


def test_the_shapes_of_the_command_line(
    ws: Workspace, nyc: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pathlib import Path as File

    File("weather.sql").write_text(SQL)
    source = f"weather={nyc / 'weather.csv'}"
    define_ = ["features", "define", "weather", "weather.sql", "--entity", "origin", "--timestamp", "time_hour"]
    first = asked(capsys, *define_, "--ttl", "2h", "--source", source, "--check", "temp BETWEEN -40 AND 130")
    assert (first["name"], first["version"], first["ttl"], first["rows"]) == ("weather", 1, "2h", 26115)
    pd.read_csv(nyc / "flights.csv.zip", nrows=500)[["origin", "time_hour", "carrier"]].to_csv("f.csv", index=False)
    made = asked(capsys, "features", "training-set", "f.csv", "weather:temp", "--out", "train.parquet")
    assert {"id", "rows_in", "rows_out", "missing_by_ttl"} <= set(made)
    assert (made["rows_in"], made["rows_out"], made["missing_by_ttl"]) == (500, 500, {"temp": 0.0})
    assert list(pd.read_parquet("train.parquet").columns) == ["origin", "time_hour", "carrier", "temp"]
    assert [view["name"] for view in asked(capsys, "feature", "list")] == ["weather"]
    assert asked(capsys, "features", "show", "weather")["checks"] == ["temp BETWEEN -40 AND 130"]
    assert asked(capsys, *define_, "--source", source)["version"] == 2
    assert [view["version"] for view in asked(capsys, "features", "log", "weather")] == [2, 1]
    assert asked(capsys, "features", "delete", "weather@2", "--yes") == {"view": "weather@2", "deleted": 1}
    assert asked(capsys, "features", "show", "weather")["version"] == 1
    assert asked(capsys, "features", "undelete", "weather@2") == {"view": "weather@2", "undeleted": 1}
    assert main(["features", "show", "wether"]) == 1
    assert "Did you mean 'weather'?" in capsys.readouterr().err
    assert {"weather", "weather:temp"} <= set(word_choices(["features", "training-set", "labels.csv"], ws))
    for words in ("show", "get", "materialize", "push", "log"):  # these take a view, never one of its features
        assert {name for name in word_choices(["features", words], ws) if name[0] != "-"} == {"weather"}
    view = run_words(["features", "training-set", "df", "weather", "--out", "t.csv"], {"df": pd.read_csv("f.csv")})
    assert isinstance(view, TrainingSetView)
    assert "training set" in view.text()


def test_another_process_uses_a_view_of_a_frame(ws: Workspace, tmp_path: Path) -> None:
    weather = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-01"]), "x": [1.5]})
    factor = 2

    @nbmlops.feature(entity="k", timestamp="t", ttl="2d", sources={"weather": weather}, name="doubled")
    def view(weather):
        """Twice the weather."""
        return weather.mutate(x=weather.x * factor)

    assert ws.features.get("doubled").description == "Twice the weather."
    code = (
        "import pandas as pd, nbmlops\n"
        "f = pd.DataFrame({'k': ['a'], 't': pd.to_datetime(['2013-01-02'])})\n"
        "print(nbmlops.training_set(f, ['doubled'])['x'].tolist())"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[3.0]\n", done.stderr


def test_what_another_process_cannot_know_is_refused(ws: Workspace) -> None:
    weather = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-01"]), "x": [1.5]})
    handle = object()
    with pytest.raises(InvalidInput, match="another process cannot know"):

        @nbmlops.feature(entity="k", timestamp="t", sources={"weather": weather})
        def view(weather):
            return weather.mutate(x=weather.x * len(str(handle)))

    assert ws.features.list() == []


def test_without_the_packages_of_the_extra_it_says_what_to_install(ws: Workspace) -> None:
    define(ws, "v", "SELECT 'a' AS k, TIMESTAMP '2013-01-01' AS t, 1 AS x")
    code = """
import sys
for name in ("duckdb", "ibis", "sqlglot"):
    sys.modules[name] = None
import pandas as pd, nbmlops
print([view.spec for view in nbmlops.workspace().features.list()])
frame = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-02"])})
for ask in (lambda: nbmlops.training_set(frame, ["v"]), lambda: nbmlops.feature(entity="k", timestamp="t")(len)):
    try:
        ask()
    except nbmlops.NbmlopsError as error:
        print(type(error).__name__, error.hint)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["['v@1']", "MissingExtra Install it with: pip install 'nbmlops[features]'"], done.stderr


def test_views_escape_and_teach(ws: Workspace) -> None:
    assert "%%feature" in FeatureTable([]).text()
    assert "%%feature" in FeatureTable([]).html()
    body = "SELECT '<b>' AS k, TIMESTAMP '2013-01-01' AS t, 1 AS \"<script>\""
    view = define(ws, "v", body)
    frame = pd.DataFrame({"k": ["<b>"], "t": pd.to_datetime(["2013-01-02"])})
    _, record = ws.features.training_set(frame, ["v"])
    for shown in (FeatureTable([view]), FeatureViewShown(view), TrainingSetView(record)):
        assert "<script>" not in shown.html()
        assert "v@1" in shown.text()
        json.dumps(shown.to_json(), allow_nan=False)


@pytest.mark.parametrize("address", ["postgresql://ann:hunter2@db/flights::weather", "https://ann:pw12@host/a.csv"])
def test_a_secret_in_an_address_is_refused(ws: Workspace, address: str) -> None:
    with pytest.raises(InvalidInput, match="holds a secret"):
        define(ws, "v", "SELECT * FROM w", sources={"w": address})


def test_sources_of_every_kind_give_the_same(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import contextlib
    import sqlite3
    from pathlib import Path as File

    import duckdb

    frame = pd.DataFrame({"k": ["a", "b"], "t": ["2013-01-01 00:00:00", "2013-01-02 00:00:00"], "x": [1.5, None]})
    labels = pd.DataFrame({"k": ["b", "a"], "t": pd.to_datetime(["2013-01-03"] * 2)})
    frame.to_csv("w.csv", index=False)
    frame.to_parquet("w.parquet")
    File("parts").mkdir()
    for at in range(2):
        frame[at : at + 1].to_parquet(f"parts/{at}.parquet")
    with contextlib.closing(sqlite3.connect("w.db")) as connection:
        frame.to_sql("weather", connection, index=False)
    with duckdb.connect("w.duckdb") as database:
        database.register("frame", frame)
        database.execute("CREATE TABLE weather AS FROM frame")
    ws.datasets.save(frame, "kept")
    monkeypatch.setenv("WEATHER", str(File("w.csv").absolute()))
    addresses: list[Any] = ["w.csv", File("w.parquet"), "parts", "w.db::weather", "w.duckdb::weather", "kept@1"]
    for address in [*addresses, "env:WEATHER", frame, f"file://{File('w.csv').absolute()}"]:
        body = "SELECT k, t::TIMESTAMP AS t, x FROM w"
        view = define(ws, "v", body, sources={"w": address})
        assert nbmlops.training_set(labels, ["v"])["x"].isna().tolist() == [True, False], address
        assert view.definition.sources[0].address != "", address
    define(ws, "v", "SELECT k, t::TIMESTAMP AS t, x FROM 'w.csv'")
    assert nbmlops.training_set(labels, ["v"])["x"].isna().tolist() == [True, False]
    monkeypatch.delenv("WEATHER")
    define_by_env = ws.features.log("v")
    [secret] = [view for view in define_by_env if view.definition.sources[0].address == "env:WEATHER"]
    with pytest.raises(NotFound, match="WEATHER is not set"):
        nbmlops.training_set(labels, [secret.spec])
    with pytest.raises(InvalidInput, match="which table"):
        define(ws, "v", "SELECT * FROM w", sources={"w": "w.db"})


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_real_kernel_defines_shows_and_joins(workspace: Workspace, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    cells = ["%load_ext nbmlops", SETUP, CELL, "nbmlops.training_set(flights, ['weather:temp'])['temp'].tolist()"]
    cells += ["%%feature weather --entity orgin --timestamp time_hour\n" + SQL, "%feature show weather"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    [shown] = notebook.cells[2].outputs
    assert "weather@1" in shown.data["text/plain"]
    assert "<table" in shown.data["text/html"]
    assert notebook.cells[3].outputs[0].data["text/plain"] == "[40.0, nan, nan]"
    [error] = notebook.cells[4].outputs
    assert error.ename == "InvalidInput"
    assert "Did you mean 'origin'?" in "".join(error.traceback)
    assert "wind_speed" in notebook.cells[5].outputs[0].data["text/html"]
    assert [view.spec for view in workspace.features.list()] == ["weather@1"]


def test_a_training_set_of_a_file_replays_after_the_file_was_overwritten(
    notebook: Notebook, workspace: Workspace, tmp_path: Path
) -> None:
    notebook.run(SETUP)
    notebook.shell.user_ns["weather"].to_csv(tmp_path / "weather.csv", index=False)
    cell = CELL.replace("FROM weather", "FROM 'weather.csv'")
    assert notebook.run(cell).result.view.definition.sources[0].kind == "file"
    notebook.run("%%track sum\ntrain = nbmlops.training_set(flights, ['weather:temp'])\ntotal = train['temp'].sum()")
    assert "weather.csv" in [one.named for one in workspace.runs.show("sum").inputs]
    workspace.recorder.background.wait()
    (tmp_path / "weather.csv").write_text("origin,time_hour,temp,wind_speed\nEWR,2013-01-01T06:00:00Z,0.5,1.5\n")
    verdict = workspace.reproduce("sum")
    assert verdict.verdict == "identical", verdict
    assert [factor.factor for factor in verdict.factors] == ["data"]


def test_the_function_of_a_view_is_in_the_slice_of_its_training_set(notebook: Notebook, workspace: Workspace) -> None:
    notebook.run(SETUP)
    notebook.run(
        "@nbmlops.feature(entity='origin', timestamp='time_hour', sources={'readings': weather})\n"
        "def warm(readings):\n"
        "    at = readings.time_hour.cast(\"timestamp('UTC')\")\n"
        "    return readings.select('origin', time_hour=at, warm=readings.temp > 39)"
    )
    notebook.run("other = 1")
    notebook.run("%%track sum\ntotal = int(nbmlops.training_set(flights, ['warm:warm'])['warm'].sum())")
    cells = [cell.code for cell in workspace.runs.show("sum").slice]
    assert len(cells) == 3
    assert "def warm" in cells[1]
    assert workspace.reproduce("sum").verdict == "identical"
