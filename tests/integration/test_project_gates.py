"""Gates of a project: which metric a model and the base stand for, and which steps a gate is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbmlops.integration.planning import untouched_steps
from nbmlops.integration.project_gates import Measured, check_all
from nbmlops.registry.pinned_steps import PinnedStep
from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbmlops.registry import Models

CHAMPION = {"m@champion": {"auc": 0.5, "val_auc": 0.95}}


@pytest.fixture
def models(tmp_path: Path) -> Iterator[Models]:
    """The models of a workspace that has none: what a lock pins is all there is."""
    with Workspace.open(tmp_path, create=True) as workspace:
        yield workspace.models


@pytest.mark.parametrize(
    ("gate", "holds", "detail"),
    [
        ("val_auc >= m@champion", False, "val_auc is 0.9, m@champion is 0.95"),
        ("auc >= m@champion", True, "auc is 0.6, m@champion is 0.5"),
        ("m@champion <= val_auc", False, "m@champion is 0.95, val_auc is 0.9"),
        ("auc > 0.1 and val_auc >= m@champion", False, "auc is 0.6, val_auc is 0.9, m@champion is 0.95"),
        ("val_auc > 0.1 and auc >= m@champion", True, "val_auc is 0.9, auc is 0.6, m@champion is 0.5"),
        ("train.auc >= m@champion", True, "train.auc is 0.6, m@champion is 0.5"),
        ("train.val_auc >= m@champion", False, "train.val_auc is 0.9, m@champion is 0.95"),
        ("auc >= m@champion and val_auc >= m@champion", False, "m@champion stands beside auc and val_auc"),
        ("auc > 0.1 and val_auc >= base", False, "auc is 0.6, val_auc is 0.9, base is 0.92"),
        ("rows >= m@champion", False, "m@champion has no metric rows"),
    ],
)
def test_a_model_stands_for_its_value_of_the_metric_beside_it(
    models: Models, gate: str, holds: bool, detail: str
) -> None:
    measured = Measured("train", {"auc": 0.6, "val_auc": 0.9, "rows": 5.0}, {"auc": 0.7, "val_auc": 0.92})
    [found], _ = check_all([gate], [measured], models, CHAMPION)
    assert (found["holds"], found["step"]) == (holds, "train")
    assert found["detail"].startswith(detail)


def test_each_of_two_notebooks_of_one_name_has_its_verdict(models: Models) -> None:
    measured = [
        Measured("train", {"auc": 0.2}, {}, pipeline="notebooks/a"),
        Measured("train", {"auc": 0.9}, {}, pipeline="notebooks/b"),
        Measured("test", {"auc": 0.5}, {}, pipeline="notebooks/b"),
    ]
    found, _ = check_all(["train.auc >= 0.7", "train.auc > test.auc"], measured, models, {})
    assert [(one["step"], one["holds"]) for one in found] == [
        ("notebooks/a/train", False),
        ("notebooks/b/train", True),
        ("notebooks/a/train, test", False),
        ("notebooks/b/train, test", True),
    ]


@pytest.mark.parametrize("gate", ["score > 0.5", "one.score > 0.5", "auc > 0.1 and score > 0.5", "one.score > two.auc"])
def test_a_gate_about_a_step_that_a_change_does_not_touch_is_a_note(models: Models, gate: str) -> None:
    measured = [Measured("two", {"auc": 0.9}, {})]
    idle = [PinnedStep("notebooks", "one", metrics={"score": 0.4})]
    assert check_all([gate], measured, models, {}, idle) == (
        [],
        [f"{gate} is about one, which the change does not touch"],
    )
    [missed], notes = check_all([gate], measured, models, {})
    assert (missed["holds"], notes) == (False, [])


def test_a_step_that_ran_and_computes_a_metric_no_more_misses_its_gate(models: Models) -> None:
    idle = [PinnedStep("notebooks/b", "one", metrics={"score": 0.9})]
    [missed], notes = check_all(["one.score > 0.5"], [Measured("one", {"auc": 0.9}, {})], models, {}, idle)
    assert (missed["holds"], notes) == (False, [])


def test_untouched_is_what_had_no_reason_to_run() -> None:
    names = [("notebooks", "a"), ("notebooks/sub", "b"), ("notebooks/sub", "c"), ("monthly", "train"), ("other", "fit")]
    pinned = {key: PinnedStep(*key) for key in names}
    assert [one.step for one in untouched_steps(pinned, [("notebooks/sub", "b")], ["sub/c.ipynb"])] == [
        "a",
        "train",
        "fit",
    ]
    # a step that its pipeline has no more is not untouched
    assert [one.step for one in untouched_steps(pinned, [("monthly", "test")], [])] == ["a", "b", "c", "fit"]
