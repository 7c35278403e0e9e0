"""Data sets behind every door: command line, magic, Python, lock file; the shapes promised to scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.cli import main, run_words
from nbmlops.cli.completion import word_choices
from nbmlops.display.views import DatasetSaved, DatasetTable, DatasetView
from nbmlops.errors import InvalidInput, NotFound

from .conftest import flights

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.workspaces import Workspace


@pytest.fixture
def files(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    frame = flights(2000)[["id", "delay", "carrier"]]
    frame.to_csv("a.csv", index=False)
    frame.assign(delay=frame.delay + 1).drop(index=range(5)).to_parquet("b.parquet", index=False)
    (tmp_path / "notes.bin").write_bytes(b"abc")
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def test_the_shapes_of_the_command_line(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = asked(capsys, "datasets", "save", "a.csv", "as", "flights", "--note", "first")
    assert {"dataset", "version", "fingerprint", "rows", "columns", "bytes", "bytes_added"} <= set(first)
    assert (first["dataset"], first["version"], first["rows"], first["columns"]) == ("flights", 1, 2000, 3)
    assert (first["note"], first["source"], first["unchanged"]) == ("first", "a.csv", False)
    assert asked(capsys, "dataset", "save", "a.csv", "as", "flights")["unchanged"] is True
    assert asked(capsys, "datasets", "save", "b.parquet", "as", "flights")["version"] == 2
    assert asked(capsys, "datasets", "save", "a.csv", "as", "raw", "--file")["kind"] == "file"
    assert asked(capsys, "datasets", "save", "notes.bin", "as", "notes")["rows"] is None
    assert [one["dataset"] for one in asked(capsys, "datasets", "list")] == ["flights", "notes", "raw"]
    assert [one["version"] for one in asked(capsys, "datasets", "log", "flights")] == [2, 1]
    assert asked(capsys, "datasets", "show", "flights@1")["types"]["delay"] == "float64"
    for words in (("flights@1", "flights@2"), ("a.csv", "b.parquet"), ("flights@1", "b.parquet", "--on", "id")):
        difference = asked(capsys, "datasets", "diff", *words)
        assert (difference["rows_added"], difference["rows_removed"]) == (0, 5)
        [column] = difference["columns"]
        assert (column["column"], column["change"], column["rows_changed"]) == ("delay", "changed", 1995)
    assert asked(capsys, "datasets", "load", "flights@1", "--out", "c.csv")["out"] == "c.csv"
    pd.testing.assert_frame_equal(pd.read_csv("c.csv"), pd.read_csv("a.csv"))
    for name in ("c.parquet", "c.feather", "c.jsonl", "c.tsv"):
        asked(capsys, "datasets", "load", "flights", "--out", name)
        assert (files / name).stat().st_size
    asked(capsys, "datasets", "load", "raw", "--out", "same.csv")
    assert (files / "same.csv").read_bytes() == (files / "a.csv").read_bytes()
    assert asked(capsys, "datasets", "delete", "flights@2", "--yes") == {"dataset": "flights@2", "deleted": 1}
    assert asked(capsys, "datasets", "undelete", "flights@2") == {"dataset": "flights@2", "undeleted": 1}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["datasets", "save", "nothing.csv", "as", "x"], 1, "no file or folder nothing.csv"),
        (["datasets", "save", "a.csv", "under", "x"], 1, "PATH as NAME"),
        (["datasets", "save", "a.csv", "as", "a b"], 1, "cannot be the name"),
        (["datasets", "load", "flihgts", "--out", "x.csv"], 1, "no data set named"),
        (["datasets", "load", "flights", "--out", "x.doc"], 1, "End it on one of: .csv"),
        (["datasets", "load", "flights"], 2, "--out"),
        (["datasets", "delete", "flights"], 1, "--yes"),
        (["datasets", "undelete", "flights"], 1, "was deleted"),
        (["datasets", "diff", "flights", "notes"], 1, "only frames can be compared"),
        (["lock", "--check"], 1, "Write it: nbmlops lock"),
    ],
)
def test_errors_are_one_message(
    ws: Workspace, files: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    ws.datasets.save(pd.read_csv("a.csv"), "flights")
    ws.datasets.save(files / "notes.bin", "notes")
    assert main(words) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_damaged_table_file_says_how_to_keep_it(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "bad.parquet").write_bytes(b"no parquet")
    assert main(["datasets", "save", "bad.parquet", "as", "x"]) == 1
    assert "--file" in capsys.readouterr().err
    assert main(["datasets", "save", "bad.parquet", "as", "x", "--file"]) == 0


def test_in_a_notebook_a_name_is_a_path(ws: Workspace) -> None:
    frame = flights(300)
    view = run_words(["dataset", "save", "df", "as", "flights"], {"df": frame})
    assert isinstance(view, DatasetSaved)
    assert view.version.source == "df"
    pd.testing.assert_frame_equal(nbmlops.dataset("flights@1"), frame)
    assert nbmlops.dataset("flights", columns=["delay"]).shape == (300, 1)
    assert run_words(["datasets", "diff", "flights", "df", "--json"], {"df": frame[5:]})["rows_removed"] == 5
    with pytest.raises(NotFound, match="no file or folder"):
        run_words(["datasets", "save", "dg", "as", "flights"], {"df": frame})
    with pytest.raises(InvalidInput, match="no data that can be kept"):
        run_words(["datasets", "save", "df", "as", "flights"], {"df": 3})


def test_completion_knows_data_sets(ws: Workspace) -> None:
    ws.datasets.save(flights(10), "flights")
    for words in (["datasets", "load"], ["datasets", "diff", "flights@1"], ["dataset", "log"]):
        assert {"flights", "flights@1"} <= set(word_choices(words, ws))


def test_views_escape_and_teach(ws: Workspace) -> None:
    assert "datasets save" in DatasetTable([]).text()
    assert "datasets save" in DatasetTable([]).html()
    version = ws.datasets.save(pd.DataFrame({"<script>": [1]}), "d", note="<b>")
    shown = DatasetView(*ws.datasets.show("d"))
    for view in (DatasetTable([version]), shown, DatasetSaved(version)):
        assert "<script>" not in view.html()
        assert "<b>" not in view.html()
        assert "d@1" in view.text()
    assert "nothing was saved" in DatasetSaved(ws.datasets.save(pd.DataFrame({"<script>": [1]}), "d")).text()
    assert len(DatasetTable([version] * 50).html()) < 40_000


def test_the_lock_file(ws: Workspace, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sklearn.linear_model import LinearRegression

    frame = pd.read_csv("a.csv")
    ws.datasets.save(frame, "flights")
    with ws.track("fit") as run:
        model = LinearRegression().fit(frame[["id"]], frame["delay"])
        run.log(rmse=1.5)
    ws.models.register("fit", "delay", "champion", model=model, features=frame[["id"]])
    lines = asked(capsys, "lock")["lines"]
    assert lines == sorted(lines)
    text = (files / "nbmlops.lock").read_text()
    assert text.splitlines()[1:] == lines
    kinds = {line.split()[0] for line in lines}
    assert {"model", "metric", "dataset"} <= kinds
    assert "metric delay@champion rmse 1.5" in lines
    assert any(line.startswith("model delay@champion version 1 sha256:") for line in lines)
    assert asked(capsys, "lock", "--check")["agrees"] is True
    ws.datasets.save(frame.assign(x=np.arange(len(frame))), "flights")
    answer = asked(capsys, "lock", "--check", code=3)
    assert answer["agrees"] is False
    assert answer["only_in_file"][0].startswith("dataset flights version 1 b3:")
    assert answer["only_in_registry"][0].startswith("dataset flights version 2 b3:")
    (files / "nbmlops.lock").write_text("<<<<<<< ours\n" + text)
    assert main(["lock", "--check"]) == 1
    assert "marks of a merge" in capsys.readouterr().err
