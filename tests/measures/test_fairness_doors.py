"""Fairness through its doors: files and data sets, command line, notebook; what is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl
import pytest

import nbmlops
from nbmlops.display.fairness_view import FairnessView
from nbmlops.magics.completion import complete
from nbmlops.measures.fairness import fairness_of
from nbmlops.measures.fairness.limits import broken_limits, limits_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook


@pytest.fixture
def people() -> pd.DataFrame:
    """Women are chosen half as often as men; what they earn and where they live makes no difference."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"sex": random.choice(["f", "m"], 2000), "home": random.choice(["A", "B"], 2000)})
    frame["good"] = random.random(2000) < 0.5
    frame["said"] = random.random(2000) < np.where(frame["sex"] == "m", 0.6, 0.3)
    frame.loc[:9, "home"] = "few"
    return frame


def command(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nbmlops", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_columns_of_any_frame_and_arrays_say_the_same(people) -> None:
    expected = fairness_of(people["good"], people["said"], people[["sex", "home"]])
    for frame in (people, pl.from_pandas(people), people.to_dict("list")):
        found = nbmlops.fairness(frame, truth="good", prediction="said", by=["sex", "home"])
        assert found.to_json() == expected.to_json()
    beside = nbmlops.fairness(truth=people["good"], prediction=people["said"].to_numpy(), by=people[["sex", "home"]])
    assert beside.to_json() == expected.to_json()


def test_a_wrong_name_says_which_columns_there_are(people) -> None:
    with pytest.raises(nbmlops.InvalidInput, match=r"no column 'sx'[\s\S]*Did you mean 'sex'"):
        nbmlops.fairness(people, prediction="said", by=["sx"])
    with pytest.raises(nbmlops.InvalidInput, match="no groups"):
        nbmlops.fairness(people, prediction="said", by=[])


def test_files_need_no_workspace_and_labels_are_typed_as_text(people, tmp_path: Path) -> None:
    people.assign(said=people["said"].astype(int)).to_csv(tmp_path / "scored.csv", index=False)
    words = ("fairness", "scored.csv", "--prediction", "said", "--by", "sex")
    one, zero = (
        json.loads(command(*words, "--positive", label, "--json", folder=tmp_path).stdout)["groupings"][0]["groups"]
        for label in "10"
    )
    rates = [side[0]["metrics"]["selection_rate"]["value"] for side in (one, zero)]
    assert rates[0] == pytest.approx(people.loc[people["sex"] == "f", "said"].mean())
    assert sum(rates) == pytest.approx(1)
    assert not (tmp_path / ".nbmlops").exists()


def test_a_limit_is_answered_by_the_exit_code(people, tmp_path: Path) -> None:
    people.to_parquet(tmp_path / "scored.parquet")
    words = ("fairness", "scored.parquet", "--truth", "good", "--prediction", "said", "--by")
    broken = command(*words, "sex", "--by", "home", "--fail-below", "0.8", folder=tmp_path)
    assert broken.returncode == 3
    said = [line for line in broken.stdout.splitlines() if "below" in line]
    assert said[0].startswith("demographic parity 0.")
    assert said[0].endswith("is below 0.8: sex = f beside sex = m")
    assert len(said) == 2
    assert broken.stdout.startswith(f"{said[0]}\n{said[1]}\nscored.parquet: ")
    assert "no room here for of" not in broken.stdout
    below = json.loads(command(*words, "sex", "--fail-below", "0.8", "--json", folder=tmp_path).stdout)["below"]
    assert [(one["name"], one["limit"]) for one in below] == [("demographic_parity_ratio", 0.8)]
    kept = command(*words, "sex", "--fail-below", "0.2", folder=tmp_path)
    assert (kept.returncode, "below" in kept.stdout) == (0, False)


def test_a_limit_is_of_a_ratio_that_can_be_told(people) -> None:
    homes = nbmlops.fairness(people, truth="good", prediction="said", by="home")
    assert not broken_limits(homes, limits_of(["equalized_odds_ratio=0.7"]))
    for word in ("parity=0.8", "80", "0", "few"):
        with pytest.raises(nbmlops.InvalidInput):
            limits_of([word])
    found = nbmlops.fairness(people, prediction="said", by="sex")
    with pytest.raises(nbmlops.InvalidInput, match="equalized_odds_ratio cannot be told"):
        broken_limits(found, {"equalized_odds_ratio": 0.8})


def test_a_probability_has_the_name_that_performance_knows(people, tmp_path: Path) -> None:
    people = people.assign(p=np.random.default_rng(1).random(2000))
    words = {"truth": "good", "prediction": "said", "by": "sex"}
    found = nbmlops.fairness(people, probability="p", **words)
    assert "roc_auc" in found.metrics
    assert found.to_json() == nbmlops.fairness(people, scores="p", **words).to_json()
    with pytest.raises(nbmlops.InvalidInput, match="say the same"):
        nbmlops.fairness(people, probability="p", scores="p", **words)
    people.to_parquet(tmp_path / "scored.parquet")
    told = [
        command(
            *"fairness scored.parquet --truth good --prediction said --by sex".split(), option, "p", folder=tmp_path
        )
        for option in ("--probability", "--scores")
    ]
    assert told[0].stdout == told[1].stdout
    assert "roc auc" in told[0].stdout
    assert "--scores" not in command("fairness", "--help", folder=tmp_path).stdout


def test_versions_of_a_data_set(people, workspace: nbmlops.Workspace) -> None:
    workspace.datasets.save(people, "scored")
    found = workspace.fairness("scored@1", prediction="said", by=["sex"])
    assert found.by("sex").gap("demographic_parity_ratio").value == pytest.approx(0.5, abs=0.08)
    assert nbmlops.fairness("scored", prediction="said", by="sex").to_json() == found.to_json()


def test_a_frame_of_the_notebook(people, notebook: Notebook) -> None:
    notebook.shell.user_ns["people"] = people
    view = notebook.shell.run_line_magic("nbmlops", "fairness people --prediction said --by sex --by home")
    assert [one.columns for one in view.groupings] == [("sex",), ("home",), ("sex", "home")]


def test_tab_knows_data_sets_and_options(people, notebook: Notebook) -> None:
    workspace = nbmlops.workspace(create=True)
    workspace.datasets.save(people, "scored")
    session = SimpleNamespace(shell=notebook.shell, workspace=workspace)
    assert "scored" in complete(session, "%nbmlops fairness sc")
    assert complete(session, "%nbmlops fairness --fa") == ["--fail-below"]


def test_the_view_tells_the_widest_gap_first_and_chance_in_words(people, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    view = FairnessView(nbmlops.fairness(people, truth="good", prediction="said", by=["sex", "home"]), "people")
    lines = view.text().splitlines()
    assert lines[0].startswith("people: 2,000 rows, 3 groupings; ")
    first = next(line for line in lines if "equalized odds ratio" in line)
    assert "more than chance" in first
    homes = [line for line in lines if " difference" in line and " home " in line and "sex" not in line]
    assert all("may be chance" in line for line in homes)
    assert any(line.split()[:2] == ["few", "10"] and "uncertain: few rows" in line for line in lines)


def test_the_page_is_small_and_shows_names_as_text() -> None:
    random = np.random.default_rng(0)
    frame = {f"<b>{at}": random.choice([f"<i>{one}" for one in range(30)], 6000) for at in range(5)}
    said = random.integers(0, 2, 6000)
    html = FairnessView(nbmlops.fairness(frame, truth=random.permutation(said), prediction=said, by=frame)).html()
    assert len(html) < 100_000
    assert "<b>" not in html
    assert "<i>" not in html
    assert html.count("<svg") > 3


def test_nothing_unfair_is_said_so(people) -> None:
    people["said"] = np.random.default_rng(5).random(2000) < 0.5
    view = FairnessView(nbmlops.fairness(people, truth="good", prediction="said", by="sex"))
    assert "no gap is larger than chance makes it" in view.text().splitlines()[0]
