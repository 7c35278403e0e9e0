"""The example pipeline: what is inferred from its notebooks is what is written by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

from nbmlops.pipelines.graph import check_pipeline
from nbmlops.pipelines.reading import read_pipeline

EXAMPLE = Path(__file__).parents[2] / "example_notebooks" / "04_pipeline"


def test_the_graph_of_the_monthly_pipeline_is_inferred(project) -> None:
    for notebook in EXAMPLE.glob("*.ipynb"):
        shutil.copy(notebook, project.folder)
    found = project.workspace.pipelines.infer(sorted(project.folder.glob("*.ipynb")))
    by_hand = read_pipeline(EXAMPLE)
    inferred, written = (check_pipeline(one, {"month": 6}) for one in (read_pipeline(project.folder), by_hand))
    assert inferred.needs == written.needs
    for step in by_hand.steps:
        same = found.pipeline.step(step.name)
        assert (same.notebook, same.inputs, same.outputs, same.after) == (
            step.notebook,
            step.inputs,
            step.outputs,
            step.after,
        )
