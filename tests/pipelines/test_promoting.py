"""What a run judges is what it promotes: a model's name alone means, in a step, the version that this run made."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

TRAIN = (
    "%load_ext nbmlops\nfrom sklearn.linear_model import LinearRegression",
    "model = LinearRegression().fit([[0.0], [1.0]], [0.0, quality])",
    "%register model as delay",
)
EVALUATE = "import nbmlops\nauc = float(nbmlops.load('delay').coef_[0])"
STEPS = (
    "  train: {notebook: train.ipynb}\n"
    "  evaluate: {notebook: evaluate.ipynb, after: [train], gates: ['auc >= 0.5'], promote: delay@champion}\n"
)


@pytest.fixture
def judged(project):
    """Return a pipeline whose first run made delay@1, which missed its gate; then somebody registered delay@2."""
    project.notebook("train", *TRAIN, parameters="quality = 0.4")
    project.notebook("evaluate", EVALUATE)
    project.pipeline(STEPS)
    first = project.workspace.pipelines.run("pipeline.yaml")
    assert first.status == "failed"
    assert endings(first) == {"train": "ran", "evaluate": "failed"}
    assert registered_by_somebody(project) == 2
    return project


def registered_by_somebody(project) -> int:
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit([[0.0], [1.0]], [0.0, 0.9])
    return project.workspace.models.register("", "delay", model=model, features=[[0.0]]).version


def endings(run) -> dict[str, str]:
    return {step.step: step.status for step in run.steps}


def test_a_model_that_missed_its_gate_is_not_promoted_since_somebody_made_a_better_one(judged) -> None:
    pipelines, models = judged.workspace.pipelines, judged.workspace.models
    train, evaluate = pipelines.plan("pipeline.yaml").steps
    assert (train.action, evaluate.reason) == ("cached", "it failed last time")
    again = pipelines.run("pipeline.yaml")
    assert endings(again) == {"train": "cached", "evaluate": "failed"}
    forced = pipelines.run("pipeline.yaml", start="evaluate")
    assert endings(forced) == {"train": "cached", "evaluate": "failed"}
    assert "auc is 0.4" in forced.steps[1].reason
    assert models.get("delay").version == 2
    assert all(not version.aliases for version in models.list())


def test_the_version_that_passes_is_promoted_and_said(judged) -> None:
    done = judged.workspace.pipelines.run("pipeline.yaml", {"train.quality": 0.7})
    assert endings(done) == {"train": "ran", "evaluate": "ran"}
    assert done.steps[1].reason.startswith("delay@champion is delay@3 now")
    assert judged.workspace.models.get("delay@champion").version == 3
    assert registered_by_somebody(judged) == 4
    plan = judged.workspace.pipelines.plan("pipeline.yaml", {"train.quality": 0.7})
    assert {step.action for step in plan.steps} == {"cached"}  # what this run made is as it was


def test_nothing_is_promoted_where_a_step_judged_another_version_all_the_same(judged) -> None:
    judged.notebook("evaluate", "import os\ndel os.environ['NBMLOPS_MODELS']", EVALUATE)
    done = judged.workspace.pipelines.run("pipeline.yaml")
    assert endings(done) == {"train": "cached", "evaluate": "failed"}
    assert "the step judged delay@2, and this run made delay@1" in done.steps[1].reason
    assert all(not version.aliases for version in judged.workspace.models.list())
