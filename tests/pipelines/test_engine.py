"""papermill with ``--engine nbmlops``: real kernels, real notebooks, also such as know nothing of us."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import nbformat
import pytest
from waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.workspaces import Workspace


def write(path: Path, *cells: str, parameters: str = "", language: str = "python") -> None:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": language}}
    )
    if parameters:
        notebook.cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(notebook, path)


def papermill(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", *words, "--engine", "nbmlops", "--no-progress-bar"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=check)


KNOWS_NOTHING = (
    "from sklearn.datasets import load_iris\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "X, y = load_iris(return_X_y=True)",
    "model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)",
    "acc = model.score(X, y)",
)


def test_a_notebook_that_knows_nothing_of_us_is_recorded(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path / "in.ipynb", *KNOWS_NOTHING, parameters="depth = 1\nnote = 'x'")
    papermill("in.ipynb", "out.ipynb", "-p", "depth", "2")
    run = workspace.runs.show("in")
    assert (run.status, run.error, run.parent) == ("finished", None, None)
    assert run.metrics == {"acc": pytest.approx(0.96)}
    assert (run.params["depth"], run.params["max_depth"], run.params["model"]) == (2, 2, "DecisionTreeClassifier")
    assert run.notebook == "in.ipynb"
    assert {artifact.name for artifact in run.artifacts} == {"executed.ipynb", "model"}
    executed = nbformat.reads(workspace.artifact(run.artifacts[0].digest)[1].decode(), 4)
    assert len(executed.cells) == 5
    assert workspace.models.register("in", "tree").version == 1
    assert not any("nbmlops" in cell.source for cell in nbformat.read(tmp_path / "out.ipynb", 4).cells)


def test_tracked_cells_are_children(workspace: Workspace, tmp_path: Path) -> None:
    write(
        tmp_path / "in.ipynb",
        "%load_ext nbmlops",
        *KNOWS_NOTHING[:1],
        "%%track child\nval_loss = 0.5 * 1",
        parameters="depth = 1",
    )
    papermill("in.ipynb", "out.ipynb")
    parent, child = workspace.runs.show("in"), workspace.runs.get("child")
    assert parent.children == (child.id,)
    assert child.metrics == {"val_loss": 0.5}
    assert (parent.metrics, parent.params) == ({}, {"depth": 1})
    outputs = [output for cell in nbformat.read(tmp_path / "out.ipynb", 4).cells for output in cell.get("outputs", ())]
    assert sum("child" in str(output.get("data", {}).get("text/plain", "")) for output in outputs) == 1


def test_a_failing_notebook_is_recorded_as_failed(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path / "in.ipynb", "before = 1", "1 / 0", "after = 1")
    done = papermill("in.ipynb", "out.ipynb", check=False)
    assert done.returncode != 0
    run = workspace.runs.show("in")
    assert (run.status, run.error) == ("failed", "ZeroDivisionError: division by zero")
    assert [artifact.name for artifact in run.artifacts] == ["executed.ipynb"]
    cells = json.loads(workspace.artifact(run.artifacts[0].digest)[1])["cells"]
    assert "An Exception was encountered" in "".join(cells[0]["source"])  # what a reader sees first
    names = [output.get("ename") for cell in cells for output in cell.get("outputs", ())]
    assert names == ["ZeroDivisionError"]


def test_an_interrupted_notebook_is_recorded_as_interrupted(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path / "in.ipynb", "print('ready')", "import time; time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--engine", "nbmlops", "--no-progress-bar"],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(
        lambda: '"ready\\n"' in (tmp_path / "out.ipynb").read_text() if (tmp_path / "out.ipynb").exists() else False
    )
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    process.wait(60)
    assert workspace.runs.get("in").status == "interrupted"


def test_a_killed_kernel_and_a_killed_papermill_leave_no_running_run(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path / "dies.ipynb", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    papermill("dies.ipynb", "out.ipynb", check=False)
    assert workspace.runs.get("dies").status == "failed"
    write(tmp_path / "in.ipynb", "import nbmlops, os\nprint('pid', os.getpid())", "import time; time.sleep(600)")
    process = subprocess.Popen(
        [sys.executable, "-m", "papermill", "in.ipynb", "out2.ipynb", "--engine", "nbmlops", "--no-progress-bar"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(lambda: any(run.name == "in" for run in workspace.runs.list()))
    time.sleep(2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert workspace.runs.get("in").status == "interrupted"


def test_a_kernel_without_nbmlops_is_recorded_from_outside(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import sys\nif any('ipykernel' in word for word in sys.orig_argv):\n    sys.modules['nbmlops'] = None\n"
    )
    write(tmp_path / "in.ipynb", "x = 1", parameters="depth = 1")
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    papermill("in.ipynb", "out.ipynb", "-p", "depth", "4")
    run = workspace.runs.show("in")
    assert (run.status, run.params) == ("finished", {"depth": 4})
    assert [cell.code.splitlines()[-1] for cell in run.slice] == ["depth = 1", "depth = 4", "x = 1"]
