"""Gates of a project: which metric a model and the base stand for, and which steps a gate is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbmlops.integration.project_gates import Measured, check_all
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
    [found] = check_all([gate], [measured], models, CHAMPION)
    assert (found["holds"], found["step"]) == (holds, "train")
    assert found["detail"].startswith(detail)
