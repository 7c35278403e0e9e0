"""The command line: JSON shapes, exit codes, words before and after options, errors that say what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

import nbmlops
from nbmlops.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbmlops.workspaces import Workspace

RUN_KEYS = {
    "id",
    "parent",
    "name",
    "experiment",
    "status",
    "started_at",
    "duration_s",
    "params",
    "metrics",
    "tags",
    "verdict",
}
DETAIL_KEYS = {"code", "slice", "datasets", "environment", "git", "randomness", "assumptions", "artifacts", "warnings"}
MODEL_KEYS = {"name", "version", "aliases", "run", "metrics", "created_at", "sha256", "flavor"}


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    data, y = load_iris(return_X_y=True, as_frame=True)
    for depth in (1, 2, 3):
        with nbmlops.track("tree", params={"depth": depth}, tags={"stage": "dev"}) as run:
            model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(data, y)
            run.log(acc=model.score(data, y))
    workspace.recorder.background.wait()
    return workspace


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs a command with --json; gives the one value on standard output."""

    def run(*words: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert main([*words, "--json"]) == code
        out = capsys.readouterr().out
        return json.loads(out) if out else None

    return run


def test_runs_list_and_show_have_the_promised_shape(filled: Workspace, answer: Callable[..., Any]) -> None:
    runs = answer("runs", "list")
    assert [run["name"] for run in runs] == ["tree·3", "tree·2", "tree"]
    assert all(run.keys() >= RUN_KEYS for run in runs)
    assert runs[0]["metrics"] == {"acc": pytest.approx(0.9733, abs=1e-3)}
    assert (runs[0]["params"]["depth"], runs[0]["parent"], runs[0]["verdict"]) == (3, None, None)
    shown = answer("runs", "show", "tree.2")
    assert shown.keys() >= RUN_KEYS | DETAIL_KEYS
    assert shown["environment"]["packages"]["scikit-learn"]
    assert shown["artifacts"][0]["kind"] == "model"


def test_options_stand_before_or_after_and_groups_have_a_singular(
    filled: Workspace, answer: Callable[..., Any]
) -> None:
    for words in (
        ["runs", "list", "acc > 0.9", "--sort", "acc", "--limit", "1"],
        ["run", "list", "--sort", "acc", "--limit", "1", "acc", ">", "0.9"],
        ["--json", "runs", "--limit", "1", "--sort=acc", "list", "acc > 0.9"],
        ["runs", "list", "-w", ".", "acc > 0.9", "--sort", "acc", "--limit", "1"],
    ):
        assert [run["name"] for run in answer(*words)] == ["tree·3"]


def test_runs_are_marked_compared_and_put_away(filled: Workspace, answer: Callable[..., Any]) -> None:
    assert answer("runs", "tag", "tree", "tree.1", "stage=prod", "owner=ann")[0]["tags"] == {
        "stage": "prod",
        "owner": "ann",
    }
    assert answer("runs", "star", "tree")[0]["starred"] is True
    assert answer("runs", "unstar", "tree")[0]["starred"] is False
    assert answer("runs", "note", "tree", "two", "words")[0]["note"] == "two words"
    assert answer("runs", "rename", "tree.2", "shrub")[0]["name"] == "shrub"
    assert answer("runs", "archive", "shrub")[0]["archived"] is True
    assert [run["name"] for run in answer("runs", "list", "--archived")] == ["shrub"]
    assert answer("runs", "unarchive", "shrub")[0]["archived"] is False
    assert answer("runs", "delete", "shrub", code=1) is None
    assert [run["name"] for run in answer("runs", "delete", "shrub", "--yes")] == ["shrub"]
    assert [run["name"] for run in answer("runs", "undelete", "shrub")] == ["shrub"]
    compared = answer("runs", "compare", "tree.1", "tree")
    assert compared.keys() >= {"runs", "metrics", "params", "data", "code", "environment", "curves", "same"}
    assert compared["params"][0]["name"] == "depth"
    assert compared["metrics"][0]["best"] == 1


def test_models_are_registered_promoted_and_shown(filled: Workspace, answer: Callable[..., Any]) -> None:
    [first] = answer("models", "register", "tree.1:model", "as", "delay")
    [second] = answer("models", "register", "@best:acc", "as", "delay@champion")
    assert first.keys() >= MODEL_KEYS
    assert (first["version"], second["version"], second["aliases"]) == (1, 2, ["champion"])
    assert answer("models", "promote", "delay@1", "champion")[0]["aliases"] == ["champion"]
    assert [item["version"] for item in answer("models", "list")] == [2, 1]
    assert answer("model", "show", "delay@champion")[0]["version"] == 1
    assert answer("models", "demote", "delay", "champion")[0]["aliases"] == []


def test_init_status_gc_backup_and_restore(filled: Workspace, answer: Callable[..., Any], tmp_path: Path) -> None:
    assert answer("status")["runs"] == 3
    assert answer("gc", "--dry-run")["blobs_removed"] == 0
    saved = answer("backup", str(tmp_path / "copy.tgz"))
    assert (saved["runs"], saved["models"]) == (3, 0)
    assert answer("backup", str(tmp_path / "copy.tgz"), code=1) is None
    other = tmp_path / "other"
    assert answer("restore", str(tmp_path / "copy.tgz"), "--workspace", str(other))["runs"] == 3
    assert [run["name"] for run in answer("runs", "list", "--workspace", str(other))] == ["tree·3", "tree·2", "tree"]
    assert answer("restore", str(tmp_path / "copy.tgz"), "--workspace", str(other), code=1) is None
    again = answer("restore", str(tmp_path / "copy.tgz"), "--workspace", str(other), "--force")
    assert again["moved_aside"]
    (tmp_path / "no.tgz").write_bytes(b"no backup")
    assert answer("restore", str(tmp_path / "no.tgz"), "--workspace", str(tmp_path / "third"), code=1) is None
    made = answer("init", str(tmp_path / "fresh"), "--capture", "data=fingerprint")
    assert (made["created"], made["capture"]["data"]) == (True, "fingerprint")
    assert answer("init", str(tmp_path / "fresh"))["capture"]["data"] == "fingerprint"


def test_doctor_looks_at_everything(
    filled: Workspace, answer: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["doctor", "--verify", "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert checks["workspace"]["state"] == "ok"
    assert checks["pandas"]["state"] == "ok"
    assert checks.keys() >= {"Python", "SQLite", "side panel", "server extension", "Python kernel"}
    assert all(check["hint"] for check in checks.values() if check["state"] == "missing")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["runs", "show", "tere"], 1, "Did you mean 'tree'"),
        (["models", "show", "nothing"], 1, "no model named 'nothing'"),
        (["runs", "list", "acuracy > 1"], 1, "Did you mean acc"),
        (["runs", "list", "--limit", "x"], 2, "not a valid integer"),
        (["runs", "lits"], 2, "Did you mean list"),
        (["rusn"], 2, "Did you mean runs"),
        (["runs", "compare", "tree"], 1, "two different runs"),
        (["runs", "tag", "tree"], 1, "key=value"),
        (["runs", "delete", "tree"], 1, "--yes"),
        (["models", "register", "tree", "under", "delay"], 1, "RUN[:VARIABLE] as NAME"),
        (["init", "--capture", "data=never"], 1, "Choose one of: keep, fingerprint, off"),
        (["--workspace"], 2, "wants a folder"),
    ],
)
def test_errors_are_one_message_with_the_next_step(
    filled: Workspace, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(words) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert "Traceback" not in captured.err


def test_without_a_workspace_every_command_names_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["runs", "list"], ["models", "list"], ["gc"], ["status"], ["backup", "x"], ["runs", "show", "x"]):
        assert main(words) == 1
        assert "nbmlops init" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_ipython_can_be_told_to_load_it_always(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    file = tmp_path / "ipython" / "profile_default" / "startup" / "50-nbmlops.py"
    assert main(["init", str(tmp_path), "--ipython"]) == 0
    assert "load_ext" in file.read_text()
    assert main(["init", str(tmp_path), "--no-ipython"]) == 0
    assert not file.exists()


def test_help_of_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    import click

    from nbmlops.cli.app import root

    def walk(command: click.Command, words: list[str]) -> None:
        assert main([*words, "--help"]) == 0
        assert "Usage: nbmlops" in capsys.readouterr().out
        assert command.help, words
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, (words, option.name)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk(inner, [*words, name])

    walk(root, [])


def test_both_ways_to_call_it_are_the_same_and_a_closed_pipe_is_no_error(filled: Workspace, tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m nbmlops runs list --json | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[", "")
