"""A model's card: what it says, in every form, and what it measures on rows that it is given."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

import nbmlops
from nbmlops.display.model_card import ModelCardView
from nbmlops.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook

FIT = """
%%track forest --note "for <b>delays</b> | only"
from sklearn.ensemble import RandomForestClassifier
assert len(X) > 100
model = RandomForestClassifier(20, random_state=0).fit(X, late)
"""


@pytest.fixture
def judged(notebook: Notebook) -> pd.DataFrame:
    """Train and register a model; give rows that it has not seen."""
    random = np.random.default_rng(0)

    def rows(count: int) -> pd.DataFrame:
        frame = pd.DataFrame({"hour": random.integers(5, 23, count), "distance": random.lognormal(6, 0.7, count)})
        frame["origin"] = random.choice(["EWR", "JFK"], count)
        frame["late"] = random.random(count) < (0.2 + 0.4 * (frame["hour"] > 15) + 0.2 * (frame["origin"] == "EWR"))
        return frame

    learn = rows(2000)
    notebook.shell.user_ns.update(X=learn[["hour", "distance"]], late=learn["late"])
    notebook.run(FIT)
    notebook.run("%register model as delay@champion")
    return rows(1000)


def test_a_card_holds_run_data_proof_and_what_was_measured(judged: pd.DataFrame) -> None:
    workspace = nbmlops.workspace()
    assert "not replayed yet" in ModelCardView(workspace.model_card("delay")).text()
    workspace.reproduce("forest")  # its data were put into the notebook from outside
    card = workspace.model_card("delay@champion", judged, called="june", target="late", by=["origin"])
    model = nbmlops.load("delay@champion")
    inputs = judged[["hour", "distance"]]
    scores = card.performance.whole.scores
    assert scores["accuracy"].value == pytest.approx(accuracy_score(judged["late"], model.predict(inputs)))
    assert scores["roc_auc"].value == pytest.approx(roc_auc_score(judged["late"], model.predict_proba(inputs)[:, 1]))
    said = " ".join(ModelCardView(card).text().split())
    assert "it could not be replayed" in said
    assert "Performance on june" in said
    assert "demographic parity difference by origin" in said
    assert "What it looks at on june (permutation, 1,000 rows)" in said
    importances = card.explanation.importances
    assert [one.column for one in importances] == ["hour", "distance"]
    assert importances[0].low > 0.05  # distance says nothing of a delay
    assert abs(importances[1].value) < importances[0].low
    assert "roc auc falls by" in ModelCardView(card).markdown()
    assert card.to_json()["explanation"]["importances"][0]["column"] == "hour"
    assert "len(X) > 100" in said
    assert json.dumps(card.to_json())


def test_names_and_notes_are_no_markup(judged: pd.DataFrame) -> None:
    view = ModelCardView(nbmlops.workspace().model_card("delay"))
    assert "<b>delays" not in view.html()
    assert "for <b>" not in view.markdown()
    [line] = [line for line in view.markdown().splitlines() if "delays" in line]
    assert line.count("|") == 3


def test_the_command_writes_it(judged: pd.DataFrame, tmp_path: Path) -> None:
    judged.to_csv(tmp_path / "june.csv", index=False)
    program = [sys.executable, "-m", "nbmlops", "models", "card", "delay@champion", "june.csv", "--target", "late"]
    for name, start in (("card.md", "# "), ("card.html", "<!doctype html>")):
        subprocess.run([*program, "--by", "origin", "--out", name], cwd=tmp_path, check=True, capture_output=True)
        assert (tmp_path / name).read_text().startswith(start)
    wrong = subprocess.run([*program, "--out", "card.pdf"], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (wrong.returncode, wrong.stderr.splitlines()[0]) == (
        1,
        "InvalidInput: a card is written as .md or .html, not '.pdf'.",
    )


def test_what_cannot_be_measured_is_said(judged: pd.DataFrame) -> None:
    workspace = nbmlops.workspace()
    alike = workspace.model_card("delay", judged[judged["late"]], called="late ones", target="late")
    assert alike.explanation is None
    assert "have the same truth: nothing is told apart" in " ".join(ModelCardView(alike).text().split())
    with pytest.raises(InvalidInput, match="what the model predicts has to be named"):
        workspace.model_card("delay", judged)
    with pytest.raises(InvalidInput, match="the data have no column 'carrier'"):
        workspace.model_card("delay", judged, target="late", by=["carrier"])
    with pytest.raises(NotFound):
        workspace.model_card("dely")
