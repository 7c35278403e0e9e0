"""``nbmlops pipelines …`` as scripts call it: one JSON value, exit codes, and words that help."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nbmlops.cli.app import Session
from nbmlops.cli.pipeline_progress import showing
from nbmlops.pipelines.graph import Graph

STEP = {"step", "needs", "action", "status", "seconds", "reason", "run"}


def call(project, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "nbmlops", "pipelines", *words],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def two(project):
    project.notebook("1_make", "open('made.txt', 'w').write(str(size))", parameters="size = 1")
    project.notebook("2_judge", "score = int(open('made.txt').read()) / 10")
    return project


def test_infer_and_plan_answer_in_one_shape(two) -> None:
    code, out, _ = call(two, "infer", "2_judge.ipynb", "1_make.ipynb", "--json")
    found = json.loads(out)
    assert (code, found["pipeline"], [step["needs"] for step in found["steps"]]) == (0, two.folder.name, [[], ["make"]])
    assert set(found["steps"][0]) >= STEP
    assert call(two, "infer", "1_make.ipynb")[0] == 1  # the file is there
    code, out, _ = call(two, "plan", "-p", "size=3", "--json")
    plan = json.loads(out)
    assert (code, plan["status"]) == (0, "planned")
    assert [(step["action"], step["status"]) for step in plan["steps"]] == [("run", None), ("run", None)]
    code, out, err = call(two, "plan", "-p", "sise=3")
    assert (code, out) == (1, "")
    assert err.startswith("InvalidInput: ")
    assert "Did you mean size?" in err
    assert call(two, "plan", "--no-such-option")[0] == 2


@pytest.mark.slow
def test_run_tells_done_failed_and_missed_gates_apart(two) -> None:
    steps = (
        "  make: {notebook: 1_make.ipynb, outputs: [made.txt]}\n"
        "  judge: {notebook: 2_judge.ipynb, inputs: [made.txt], gates: ['score > 0.2']}\n"
    )
    two.pipeline(steps)
    code, out, err = call(two, "run", "-p", "size=5", "--json")
    done = json.loads(out)
    assert (code, done["status"], err) == (0, "finished", "")
    assert all(set(step) >= STEP and step["status"] == "ran" and step["run"] for step in done["steps"])
    code, out, err = call(two, "run", "-p", "size=1")
    assert code == 3
    assert "gate score > 0.2: score is 0.1" in out
    assert "✗ judge  failed" in err  # how far it is goes to standard error
    code, out, _ = call(two, "show", "--json")
    assert (code, json.loads(out)["status"]) == (0, "failed")
    code, out, _ = call(two, "list", "--json")
    assert [run["status"] for run in json.loads(out)] == ["failed", "finished"]
    two.notebook("2_judge", "1 / 0")
    assert call(two, "run")[0] == 1


def test_the_picture_in_a_notebook_says_what_runs(monkeypatch) -> None:
    shown = []
    monkeypatch.setattr("IPython.display.DisplayHandle.display", lambda _, view: shown.append(view.text()))
    monkeypatch.setattr("IPython.display.DisplayHandle.update", lambda *_, **__: None)
    with showing(Session(in_notebook=True), "delays") as progress:
        progress.began(Graph((), {}))
    assert "delays" in shown[0]
