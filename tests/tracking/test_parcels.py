"""A run that is carried to another workspace in one file replays there."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

import nbmlops
from nbmlops.errors import AlreadyExists, Conflict, InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook


@pytest.fixture
def parcel(models: Notebook, tmp_path: Path) -> Path:
    """A run that read a file and fitted two models, exported; what it read is gone."""
    (tmp_path / "a.csv").write_text("x\n1\n2\n3\n")
    models.run("import pandas as pd, numpy as np\nframe = pd.read_csv('a.csv')")
    models.run(
        "%%track rf --tag stage=dev\n"
        "noise = np.random.rand()\n"
        "total = float(frame['x'].sum()) + noise\n"
        "a = DecisionTreeClassifier(max_depth=1).fit(X, y)\nb = DecisionTreeClassifier(max_depth=2).fit(X, y)\n"
        "accuracy = b.score(X, y)"
    )
    file = tmp_path / "rf.run"
    record = nbmlops.runs().export("rf", file)
    assert (record["runs"], record["inputs"]) == (3, 1)
    (tmp_path / "a.csv").unlink()
    return file


def test_it_replays_in_another_workspace(parcel: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    original = nbmlops.runs().show("rf")
    other = nbmlops.workspace(tmp_path_factory.mktemp("elsewhere"), create=True)
    with other.track("rf"):
        pass
    assert [run.name for run in other.runs.import_(parcel)] == ["rf·2", "rf/a", "rf/b"]
    carried = other.runs.show("rf·2")
    assert (carried.id, carried.metrics, carried.params, carried.tags) == (
        original.id,
        original.metrics,
        original.params,
        {"stage": "dev"},
    )
    replay = other.reproduce("rf·2")
    assert replay.verdict == "identical", replay
    assert other.models.register("rf/b", "tree@champion").run == original.children[1]
    assert other.models.load("tree@champion").max_depth == 2
    with pytest.raises(AlreadyExists, match="is here already"):
        other.runs.import_(parcel)
    assert other.verify() == []


def test_what_was_tampered_with_is_refused(parcel: Path, tmp_path: Path) -> None:
    other = nbmlops.workspace(tmp_path / "other", create=True)
    folder = tmp_path / "opened"
    with tarfile.open(parcel) as tar:
        tar.extractall(folder, filter="data")
    [content] = (folder / "inputs").iterdir()
    content.write_text("something else")
    bad = tmp_path / "bad.run"
    with tarfile.open(bad, "w:gz") as tar:
        for name in ("run.json", "inputs", "blobs"):
            tar.add(folder / name, name)
    with pytest.raises(Conflict, match="damaged"):
        other.runs.import_(bad)
    (tmp_path / "text.run").write_text("no run")
    with pytest.raises(InvalidInput, match="is no exported run"):
        other.runs.import_(tmp_path / "text.run")
    assert other.runs.list() == []
    with pytest.raises(AlreadyExists):
        nbmlops.runs().export("rf", parcel)
