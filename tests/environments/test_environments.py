"""The environment of a run is written down, compared, and built again so that the run replays in it."""

from __future__ import annotations

import json
import sys
import tomllib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

import nbmlops
from nbmlops.capture.lock import environment_lock
from nbmlops.cli import main
from nbmlops.environments.records import PackageDifference
from nbmlops.errors import InvalidInput, MissingExtra, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook

    from nbmlops.records import RunDetail


def _run(notebook: Notebook) -> RunDetail:
    notebook.run("%%track rf\nimport numpy as np\nm = float(np.random.rand(3).sum())")
    nbmlops.workspace().recorder.background.wait()
    return nbmlops.runs().show("rf")


def _record(change: Any) -> None:
    """Change what the registry has noted of the environment."""
    database = nbmlops.workspace().database
    [(key, facts, lock)] = database.rows("SELECT key, facts, lock FROM environments")
    facts, lock = json.loads(facts), tomllib.loads(lock)
    change(facts, lock)
    import tomli_w

    database.write(
        "UPDATE environments SET facts = ?, lock = ? WHERE key = ?", [json.dumps(facts), tomli_w.dumps(lock), key]
    )


def test_the_lock_says_what_is_installed_and_where_it_came_from() -> None:
    lock = environment_lock()
    packages = {package["name"]: package for package in lock["packages"]}
    assert packages["numpy"]["version"] == version("numpy")
    assert packages["numpy"]["tool"]["nbmlops"]["files"].startswith("b3:")
    assert list(packages) == sorted(packages)
    assert environment_lock() == lock


def test_a_lock_is_written_once_for_each_environment(notebook: Notebook) -> None:
    run = _run(notebook)
    found = nbmlops.workspace().environments.of(run)
    assert found.packages["numpy"] == version("numpy")
    assert {one["name"] for one in tomllib.loads(found.lock)["packages"]} >= {"numpy", "pandas", "scikit-learn"}
    before = nbmlops.workspace().database.rows("SELECT lock FROM environments")
    notebook.run("%%track again\nn = 1")
    nbmlops.workspace().recorder.background.wait()
    assert nbmlops.workspace().database.rows("SELECT lock FROM environments") == before


def test_the_same_environment_is_the_same_and_each_change_is_named(notebook: Notebook) -> None:
    run = _run(notebook)
    environments = nbmlops.workspace().environments
    assert environments.check(run).same

    def change(facts: dict[str, Any], lock: dict[str, Any]) -> None:
        facts["packages"] |= {"numpy": "1.0.0", "left-pad": "1.3"}
        [pandas] = [one for one in lock["packages"] if one["name"] == "pandas"]
        pandas["tool"]["nbmlops"]["files"] = "b3:0"

    _record(change)
    check = environments.check(nbmlops.runs().show("rf"))
    assert not check.same
    assert check.differences == (
        PackageDifference("left-pad", "1.3", None, "missing"),
        PackageDifference("numpy", "1.0.0", version("numpy"), "version"),
        PackageDifference("pandas", version("pandas"), version("pandas"), "files"),
    )


def test_the_command_line_shows_writes_and_checks(
    notebook: Notebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(notebook)
    assert main(["env", "show", "rf", "--out", str(tmp_path / "pylock.toml")]) == 0
    assert f"numpy {version('numpy')}" in capsys.readouterr().out
    assert tomllib.loads((tmp_path / "pylock.toml").read_text())["lock-version"] == "1.0"
    assert main(["env", "show", "rf", "--out", str(tmp_path / "pylock.toml")]) == 1
    assert "there already" in capsys.readouterr().err
    assert main(["env", "check", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["same"], answer["differences"]) == (True, [])
    _record(lambda facts, lock: facts["packages"].update({"left-pad": "1.3"}))
    assert main(["env", "check", "rf"]) == 3
    assert "left-pad  1.3 → not installed" in capsys.readouterr().out


def test_what_cannot_be_built_is_said(notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(notebook)
    environments = nbmlops.workspace().environments
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    with pytest.raises(InvalidInput, match="not empty"):
        environments.rebuild(run, full)
    assert (full / "mine.txt").read_text() == "mine"
    monkeypatch.setitem(sys.modules, "uv", None)
    with pytest.raises(MissingExtra, match=r"nbmlops\[env\]"):
        environments.rebuild(run)
    with nbmlops.workspace().track("block"):
        pass
    nbmlops.workspace().database.write("UPDATE runs SET environment_key = NULL WHERE name = 'block'")
    with pytest.raises(NotFound, match="no environment was recorded"):
        environments.of(nbmlops.runs().show("block"))


@pytest.mark.slow
def test_a_run_replays_in_its_environment_built_again(notebook: Notebook) -> None:
    notebook.run("%%track rf\nimport numpy as np\nm = float(np.random.rand(3).sum())")
    workspace = nbmlops.workspace()
    workspace.recorder.background.wait()

    def change(facts: dict[str, Any], lock: dict[str, Any]) -> None:
        facts["packages"]["six"] = "1.16.0"
        lock["packages"] = [one for one in lock["packages"] if one["name"] != "six"]
        lock["packages"].append({"name": "six", "version": "1.16.0"})

    _record(change)
    run = workspace.runs.show("rf")
    told: list[str] = []
    built = workspace.environments.rebuild(run, told=told.append)
    assert [one.package for one in built.differences] == []
    assert told[0] == f"Python {run.environment['python']}"
    [six] = [one for one in tomllib.loads(workspace.environments.of(run).lock)["packages"] if one["name"] == "six"]
    assert six["wheels"][0]["hashes"]["sha256"]
    replay = workspace.reproduce("rf", rebuild_env=True)
    assert (replay.verdict, replay.factors) == ("identical", ())
    assert any(factor.factor == "environment" for factor in workspace.reproduce("rf").factors)
    workspace.runs.delete(["rf"])
    assert workspace.gc(deleted=True)["environments_removed"] == 1


def test_a_file_in_the_way_is_named(notebook: Notebook, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _run(notebook)
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    assert main(["env", "rebuild", "rf", "--out", str(file)]) == 1
    assert "is a file" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert main(["env", "show", "rf", "--out", str(tmp_path / "nowhere/lock.toml")]) == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
