"""The demo: the example notebooks on real data, headless, as the README's first command runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest


@pytest.mark.slow
def test_the_demo_ends_with_runs_a_champion_and_what_to_do_next(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbmlops", "demo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "nbmlops lab" in done.stdout
    listed = subprocess.run(
        [sys.executable, "-m", "nbmlops", "runs", "list", "--json"],
        cwd=tmp_path / "nbmlops-demo",
        capture_output=True,
        text=True,
        check=True,
    )
    runs = {run["name"]: run for run in json.loads(listed.stdout)}
    assert {name: runs[name]["status"] for name in ("logistic", "forest", "boosting", "neighbours")} == {
        "logistic": "finished",
        "forest": "finished",
        "boosting": "finished",
        "neighbours": "failed",
    }
    assert runs["neighbours"]["error"].startswith("ValueError: Input X contains NaN")
    assert runs["neighbours"]["metrics"] == {}
    assert 0.6 < runs["logistic"]["metrics"]["auc"] < runs["forest"]["metrics"]["auc"] < 0.8
    assert 0.1 < runs["forest"]["metrics"]["brier"] < 0.2
    assert runs["features"]["metrics"]["auc"] > runs["plain"]["metrics"]["auc"] + 0.03
    models = subprocess.run(
        [sys.executable, "-m", "nbmlops", "models", "show", "delay@champion", "--json"],
        cwd=tmp_path / "nbmlops-demo",
        capture_output=True,
        text=True,
        check=True,
    )
    [champion] = json.loads(models.stdout)
    assert champion["run"] == runs["forest"]["id"]
    assert [column["name"] for column in champion["signature"]["inputs"]][:2] == ["month", "weekday"]
    listed = subprocess.run(
        [sys.executable, "-m", "nbmlops", "pipelines", "list", "--json"],
        cwd=tmp_path / "nbmlops-demo",
        capture_output=True,
        text=True,
        check=True,
    )
    months = json.loads(listed.stdout)
    assert [(run["params"], run["status"]) for run in months] == [  # the last by the alert of the monitor
        ({"month": month}, "finished") for month in range(10, 3, -1)
    ]
    assert {step["step"]: step["status"] for step in months[0]["steps"]}["evaluate"] == "ran"
    assert 0.6 < months[0]["steps"][5]["metrics"]["auc"] < 0.8
    again = subprocess.run(
        [sys.executable, "-m", "nbmlops", "demo"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert again.returncode == 1
    assert "--force" in again.stderr


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parent.parent / "example_notebooks").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_an_example_is_stored_without_outputs(file: Path) -> None:
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
