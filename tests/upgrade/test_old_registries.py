"""A registry that an older release wrote opens, is brought up to date, and holds what it held."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from nbmlops.workspaces import Workspace

OLD = sorted(Path(__file__).parent.glob("*.db"))


@pytest.mark.parametrize("file", OLD, ids=lambda path: path.stem)
def test_a_registry_of_each_release_opens(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / ".nbmlops"
    folder.mkdir()
    shutil.copy(file, folder / "registry.db")
    with Workspace.open(tmp_path) as workspace:
        run = workspace.runs.show("rf.1")
        assert (run.params, run.tags, run.note) == ({"depth": 3, "boot": True, "none": None}, {"stage": "dev"}, "first")
        assert (run.metrics, run.status) == ({"auc": 0.8, "loss": 0.25}, "finished")
        values = [point.value for point in workspace.runs.metrics("rf.1")["loss"]]
        assert values[0] == 0.5
        assert math.isnan(values[1])
        assert run.artifacts[0].name == "file.txt"
        assert [found.name for found in workspace.runs.list(archived=True)] == ["rf·2"]
        with workspace.track("rf") as new:
            new.log(auc=0.7)
        assert workspace.runs.get("rf").name == "rf·3"


def test_there_is_one_for_each_release() -> None:
    assert [path.stem for path in OLD] == ["0.1.0"]
