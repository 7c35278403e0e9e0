"""Each of the six factors, changed on purpose, is named with evidence: alone, and two at a time."""

from __future__ import annotations

import itertools
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import nbmlops
from nbmlops.wall import landlock_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Notebook

CELLS = [
    "import os\nimport numpy as np\nimport pandas as pd\n"
    "from sklearn.linear_model import Ridge\nfrom helper import scaled",
    "frame = pd.read_csv('flights.csv')\nscale = float(os.environ['SCALE'])",
    "%%track rf\n"
    "X = scaled(frame[['distance']].to_numpy()) * scale\n"
    "y = frame['delay'].to_numpy() + {noise}\n"
    "model = Ridge().fit(X, y)\n"
    "r2 = model.score(X, y)",
]
SEEDED, UNSEEDED = "np.random.rand(len(frame))", "np.random.default_rng().random(len(frame))"


@dataclass(frozen=True)
class Change:
    """What is done between the run and its replay, and a word that the evidence must hold."""

    make: Callable[[Path, pytest.MonkeyPatch], None]
    word: str


def _code(folder: Path, _: pytest.MonkeyPatch) -> None:
    (folder / "helper.py").write_text("def scaled(values):\n    return values / 10\n")


def _data(folder: Path, _: pytest.MonkeyPatch) -> None:
    with (folder / "flights.csv").open("a") as file:
        file.write("9999,500\n")


def _settings(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "3")


def _facts(table: str, column: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Let the registry say that the run was made elsewhere: what is there now then differs."""
    database = nbmlops.workspace().database
    [(key, text)] = (
        database.rows(f"SELECT {column}, facts FROM {table} ORDER BY rowid DESC LIMIT 1")
        if (table == "environments_")
        else database.rows(f"SELECT {column}, facts FROM {table} LIMIT 1")
    )
    facts = json.loads(text)
    change(facts)
    database.write(f"UPDATE {table} SET facts = ? WHERE {column} = ?", (json.dumps(facts), key))


def _environment(_: Path, __: pytest.MonkeyPatch) -> None:
    _facts("environments", "key", lambda facts: facts["packages"].update({"scikit-learn": "0.9.9"}))


def _implementation(_: Path, __: pytest.MonkeyPatch) -> None:
    _facts("captures", "run_id", lambda facts: facts["machine"].update(processor="Babbage's Engine"))


def _randomness(_: Path, __: pytest.MonkeyPatch) -> None:
    """Nothing: the run itself draws from an unseeded generator."""


CHANGES = {
    "code": Change(_code, "helper.py"),
    "data": Change(_data, "flights.csv"),
    "settings": Change(_settings, "SCALE: 2 → 3"),
    "randomness": Change(_randomness, "default_rng() without a seed"),
    "environment": Change(_environment, "scikit-learn 0.9.9 → "),
    "implementation": Change(_implementation, "Babbage's Engine"),
}


def run_and_replay(notebook: Notebook, folder: Path, monkeypatch: pytest.MonkeyPatch, changed: tuple[str, ...]) -> Any:
    (folder / "helper.py").write_text("def scaled(values):\n    return values / 1000\n")
    (folder / "flights.csv").write_text(
        "distance,delay\n" + "\n".join(f"{i * 37 % 900},{i % 50}" for i in range(200)) + "\n"
    )
    monkeypatch.setenv("SCALE", "2")
    sys.modules.pop("helper", None)  # that of another test
    monkeypatch.syspath_prepend(str(folder))
    for cell in CELLS:
        notebook.run(cell.replace("{noise}", UNSEEDED if "randomness" in changed else SEEDED))
    nbmlops.workspace().recorder.background.wait()
    for name in changed:
        CHANGES[name].make(folder, monkeypatch)
    return nbmlops.workspace().reproduce("rf")


PAIRS = [*((name,) for name in CHANGES), *itertools.combinations(CHANGES, 2)]


@pytest.mark.slow
@pytest.mark.parametrize("changed", PAIRS, ids="+".join)
def test_every_factor_is_named_with_its_evidence(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: tuple[str, ...]
) -> None:
    replay = run_and_replay(notebook, tmp_path, monkeypatch, changed)
    assert {one.factor for one in replay.factors} == set(changed), (replay.reason, replay.factors)
    for name in changed:
        assert any(CHANGES[name].word in one.detail for one in replay.factors if one.factor == name), replay.factors
    assert replay.verdict == ("diverged" if "randomness" in changed else "identical"), replay


def test_a_run_that_nothing_changed_is_identical(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = run_and_replay(notebook, tmp_path, monkeypatch, ())
    problems = notebook.shell._nbmlops_session.notebook.history.problems
    assert (replay.verdict, replay.factors, replay.refused) == ("identical", (), ()), (replay.reason, problems)
    assert replay.contained or landlock_version() < 6
    assert replay.metrics["r2"]["recorded"] == replay.metrics["r2"]["replayed"]
    assert nbmlops.runs().show("rf").verdict == "identical"
    assert nbmlops.runs().show("rf").proof["compared"] == replay.compared


def test_current_data_diverges_and_says_which(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_and_replay(notebook, tmp_path, monkeypatch, ("data",))
    replay = nbmlops.workspace().reproduce("rf", current_data=True)
    assert replay.verdict == "diverged"
    assert {one.factor for one in replay.factors} == {"data"}
    assert any("taken as it is now" in one.detail for one in replay.factors)
    assert "r2" in replay.differs


def test_unseeded_estimators_in_workers_are_warned_of_and_named(notebook: Notebook) -> None:
    notebook.run(
        "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression\n"
        "from sklearn.ensemble import ExtraTreesClassifier\nfrom sklearn.model_selection import cross_val_score\n"
        "X, y = load_iris(return_X_y=True)\ntrees = ExtraTreesClassifier(5)\nplain = LogisticRegression(max_iter=500)"
    )
    notebook.run("%%track drawn\nscores = cross_val_score(trees, X, y, cv=10, n_jobs=2)")
    said = (
        "numbers that the workers of cross_val_score draw in cell [2] are not restored: make trees with random_state=7"
    )
    assert said in nbmlops.runs().show("drawn").warnings
    replay = nbmlops.reproduce("drawn")
    assert replay.verdict == "identical" or ("randomness", said) in [(one.factor, one.detail) for one in replay.factors]
    notebook.run("%%track none\nscores = cross_val_score(plain, X, y, n_jobs=2)")
    assert nbmlops.runs().show("none").warnings == ()
    assert nbmlops.reproduce("none").verdict == "identical"
