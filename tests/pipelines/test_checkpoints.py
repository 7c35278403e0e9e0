"""A step that failed goes on at the cell that failed, with what the cells before had left, to the last bit."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

CELLS = (
    "import random, numpy as np, pandas as pd, pathlib",
    "random.seed(3); np.random.seed(4); rng = np.random.default_rng(5)",
    "with open('log.txt', 'a') as log:\n    log.write('slow ')",
    "frame = pd.read_csv('in.csv')",
    "class Model:\n    def predict(self): return factor * frame.x.sum()\nmodel = Model()",
    "factor = 2\nif pathlib.Path('broken').exists():\n    raise RuntimeError('not today')",
    "open('out.txt', 'w').write(f'{model.predict()} {random.random()} {np.random.rand()} {rng.random()}')",
)


def set_up(project) -> None:
    (project.folder / "in.csv").write_text("x\n1\n2\n")
    project.notebook("long", *CELLS)
    project.pipeline("  long: {notebook: long.ipynb}\n")


def test_it_goes_on_at_the_failed_cell_and_ends_as_if_it_had_not_failed(project) -> None:
    set_up(project)
    pipelines = project.workspace.pipelines
    pipelines.run("pipeline.yaml")
    right = project.read("out.txt")
    (project.folder / "log.txt").unlink()
    (project.folder / "broken").touch()
    failed = pipelines.run("pipeline.yaml", force=True, checkpoint=True)
    assert failed.status == "failed"
    (project.folder / "broken").unlink()
    done = pipelines.run("pipeline.yaml", force=True, checkpoint=True)
    assert done.status == "finished", done.error
    assert done.steps[0].reason == "--force; went on at cell 6"
    assert (project.read("log.txt"), project.read("out.txt")) == ("slow ", right)
    run = project.workspace.runs.show(done.steps[0].run)
    assert sorted(one.named for one in run.inputs) == ["in.csv"]  # it was read by the cells that did not run again
    assert project.workspace.reproduce(run.id).verdict == "not_replayable"
    assert not list((project.workspace.path / "checkpoints").iterdir())


def test_it_begins_anew_when_what_was_before_has_changed(project) -> None:
    set_up(project)
    pipelines = project.workspace.pipelines
    (project.folder / "broken").touch()
    pipelines.run("pipeline.yaml", checkpoint=True)
    (project.folder / "broken").unlink()
    (project.folder / "in.csv").write_text("x\n10\n")
    done = pipelines.run("pipeline.yaml", checkpoint=True)
    assert (done.status, project.read("log.txt")) == ("finished", "slow slow ")
    assert project.read("out.txt").startswith("20 ")


def test_a_later_cell_may_be_mended_and_an_earlier_one_starts_anew(project) -> None:
    project.notebook("long", "a = 1\nopen('log.txt', 'a').write('1')", "b = a + 1", "1 / 0")
    project.pipeline("  long: {notebook: long.ipynb}\n")
    pipelines = project.workspace.pipelines
    pipelines.run("pipeline.yaml", checkpoint=True)
    project.notebook(
        "long", "a = 1\nopen('log.txt', 'a').write('1')", "b = a + 1", "open('out.txt', 'w').write(str(a + b))"
    )
    done = pipelines.run("pipeline.yaml", checkpoint=True)
    assert (done.status, project.read("out.txt"), project.read("log.txt")) == ("finished", "3", "1")
    project.notebook("long", "a = 5\nopen('log.txt', 'a').write('1')", "b = a + 1", "1 / 0")
    pipelines.run("pipeline.yaml", checkpoint=True)
    project.notebook(
        "long", "a = 6\nopen('log.txt', 'a').write('1')", "b = a + 1", "open('out.txt', 'w').write(str(a + b))"
    )
    pipelines.run("pipeline.yaml", checkpoint=True)
    assert (project.read("out.txt"), project.read("log.txt")) == ("13", "111")


def test_what_cannot_be_held_is_no_trouble(project) -> None:
    project.notebook(
        "long", "lines = (line for line in 'ab')", "open('log.txt', 'a').write('1')", "assert next(lines) == 'a'\n1 / 0"
    )
    project.pipeline("  long: {notebook: long.ipynb}\n")
    pipelines = project.workspace.pipelines
    first = pipelines.run("pipeline.yaml", checkpoint=True)
    assert first.steps[0].reason == "cell [3]: ZeroDivisionError: division by zero"
    pipelines.run("pipeline.yaml", checkpoint=True)
    assert project.read("log.txt") == "11"
