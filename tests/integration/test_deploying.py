"""Whether a model can go where it is asked: what it needs, what it answers, how fast."""

from __future__ import annotations

import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import GitProject

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, 5.0, None], "b": ["x", "y"] * 3, "n": range(6)})


def check(project: GitProject, *words: str) -> tuple[int, dict[str, Any], dict[str, dict[str, Any]]]:
    code, out = project.run("ci", "deploy-check", "--json", *words)
    found = json.loads(out)
    return code, found, {one["check"]: one for one in found["checks"]}


@pytest.fixture
def project(repository: GitProject) -> GitProject:
    """A workspace with a registered model that was fitted in a run."""
    features = FRAME[["n"]]
    with Workspace.open(repository.folder, create=True) as workspace:
        with workspace.track("fit") as run:
            run.log_model(LogisticRegression().fit(features, FRAME["b"]), "model", features=features)
        workspace.models.register("fit", "city", "champion")
    return repository


@pytest.mark.slow
def test_a_model_that_is_as_it_was_made_passes_and_its_limits_count(project: GitProject) -> None:
    code, found, checks = check(project, "city@champion", "--load", "2", "--latency-ms", "5000", "--throughput", "0.1")
    assert (code, found["status"], found["model"]) == (0, "passed", "city@1")
    assert checks["requirements"]["holds"] is True
    assert checks["known input"]["detail"] == "5 answers are as kept"
    assert checks["latency with 2 at once"]["holds"] is True
    assert checks["load with 2 at once"]["holds"] is True
    needs = found["measured"]["needs"]
    assert {"scikit-learn", "numpy", "skops", "pandas"} <= set(needs)
    assert "pytest" not in needs
    assert found["measured"]["load"]["threads"] == 2

    project.write("other.txt", "")
    wanted = project.write("requirements.txt", "numpy<1\nscikit-learn\npandas # frames\n-r other.txt\n")
    code, found, checks = check(
        project, "city", "--latency-ms", "0", "--memory-mb", "0.001", "--requirements", str(wanted)
    )
    assert (code, found["status"]) == (3, "failed")
    said = checks["requirements"]["detail"]
    assert "numpy<1 does not allow numpy" in said
    assert "skops is not among the requirements" in said
    assert "joblib" not in said  # scikit-learn brings it
    assert [name for name, one in checks.items() if one["holds"] is False] == [
        "requirements",
        "memory",
        "latency, 95 % of requests",
    ]


@pytest.mark.slow
def test_an_answer_that_is_not_the_known_one_fails(project: GitProject, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "from sklearn.linear_model import LinearRegression\n\n\n"
        "class Wobbly(LinearRegression):\n    def predict(self, X):\n        return super().predict(X) + {shift}\n"
    )
    project.write("wobbly_models.py", source.format(shift=0))
    monkeypatch.syspath_prepend(str(project.folder))
    module = importlib.import_module("wobbly_models")
    model = module.Wobbly().fit(FRAME[["n"]], FRAME["n"])
    with Workspace.open(project.folder) as workspace:
        workspace.models.register("", "wobbly", model=model, features=FRAME[["n"]])
    sys.modules.pop("wobbly_models")
    code, _, checks = check(project, "wobbly", "--allow-code")
    assert (code, checks["known input"]["holds"]) == (0, True)
    assert checks["requirements"]["holds"] is None  # it came without a run
    project.write("wobbly_models.py", source.format(shift=0.5))
    code, _, checks = check(project, "wobbly", "--allow-code")
    assert code == 3
    assert checks["known input"]["detail"].startswith("row 1: 0.5, expected ")
    assert check(project, "wobbly", "--allow-code", "--tolerance", "1")[0] == 0
    code, _, checks = check(project, "wobbly")
    assert code == 3
    assert "Untrusted" in checks["loads and answers"]["detail"]


def test_limits_that_are_none_are_said(project: GitProject) -> None:
    assert project.run("ci", "deploy-check", "city", "--load", "0")[0] == 1
    assert "at least one thread" in project.errors
    assert project.run("ci", "deploy-check", "city", "--latency-ms=-1")[0] == 1
    assert "--latency-ms -1.0 is no limit" in project.errors
    assert project.run("ci", "deploy-check", "town")[0] == 1
    assert "no model named 'town'" in project.errors


def test_answers_are_kept_in_the_form_that_the_model_takes(tmp_path: Path) -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    frame = FRAME.assign(c=FRAME["b"].astype("category"), when=pd.Timestamp("2026-01-05"), ok=[True, False] * 3)
    mixed = make_column_transformer((OneHotEncoder(), ["b", "c"]), (SimpleImputer(), ["a", "n", "ok"]))
    models = {
        "frame": make_pipeline(mixed, LinearRegression()).fit(frame, FRAME["n"]),
        "array": LinearRegression().fit(FRAME[["n"]].to_numpy(), FRAME["n"]),
        "values": make_pipeline(TfidfVectorizer(token_pattern="."), LinearRegression()).fit(FRAME["b"], FRAME["n"]),
    }
    given = {"frame": frame, "array": FRAME[["n"]].to_numpy(), "values": FRAME["b"]}
    with Workspace.open(tmp_path, create=True) as workspace:
        for form, model in models.items():
            samples = workspace.models.register("", form, model=model, features=given[form]).samples
            assert samples["form"] == form
            assert samples["answers"] == pytest.approx(model.predict(given[form])[:5].tolist())


def test_asking_for_answers_leaves_no_trace_and_answers_at_random_are_not_kept(tmp_path: Path) -> None:
    import numpy as np
    from sklearn.dummy import DummyClassifier

    features = FRAME[["n"]]
    model = DummyClassifier(strategy="uniform").fit(features, FRAME["b"])  # draws from numpy's global generator
    with Workspace.open(tmp_path, create=True) as workspace:
        np.random.seed(3)
        expected = np.random.random()
        np.random.seed(3)
        samples = workspace.models.register("", "dice", model=model, features=features).samples
        assert np.random.random() == expected
        assert samples["rows"]
        assert "answers" not in samples
