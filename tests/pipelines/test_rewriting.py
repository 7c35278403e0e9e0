"""A file that people wrote keeps their words when it is brought up to date: its comments, and all that is as it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbmlops.pipelines.definition import Step
from nbmlops.pipelines.inferring.rewriting import rewritten
from nbmlops.pipelines.inferring.yaml_comments import comments_in
from nbmlops.pipelines.reading import parse_pipeline, read_pipeline

PATH = Path("/p/pipeline.yaml")
WRITTEN = """\
# retrained each month, see the handbook
pipeline: mine   # never rename

params: {depth: 3}   # of the trees
steps:
  # the slow one
  load:
    notebook: "load.ipynb"   # quoted on purpose
    params:
      note: |
        # no comment
        text
    # asked of the owners
    retries: 2

  # flow, and a list in lines
  train: {notebook: train.ipynb, inputs: [old.csv], retries: 1}  # twice

  report:
    notebook: report.ipynb
    inputs:      # all of them
      # the first
      - a.csv    # of load
      - b.csv
      # the end of the inputs
    # behind train
    after: [train]  # for its metrics
    timeout: 60
# the end
"""


def changed(text: str, comments: dict[str, list[str]] | None = None, *new: Step, **steps: dict) -> str:
    before = parse_pipeline(text, PATH)
    made = tuple(replace(step, **steps.get(step.name, {})) for step in before.steps)
    now = replace(before, steps=(*made, *new))
    found = rewritten(text, before, now, comments or {})
    assert parse_pipeline(found, PATH).steps == now.steps
    assert not Counter(one.words for one in comments_in(text)) - Counter(one.words for one in comments_in(found))
    return found


def test_only_what_is_another_list_changes() -> None:
    assert changed(WRITTEN) == WRITTEN
    found = changed(
        WRITTEN,
        {"load": ["reads the table flights"], "report": ["the slow one"]},
        Step("mail", "mail.ipynb", inputs=("report.html",)),
        load={"outputs": ("a.csv", "{month}.csv")},
        train={"inputs": ("a.csv",), "outputs": ("m.skops",)},
        report={"inputs": ("a.csv", "b.csv", "c.csv"), "outputs": ("report.html",), "after": ()},
    )
    expected = WRITTEN.replace("  load:\n", "  # reads the table flights\n  load:\n")
    expected = expected.replace("        text\n", "        text\n    outputs: [a.csv, '{month}.csv']\n")
    expected = expected.replace("inputs: [old.csv],", "inputs: [a.csv], outputs: [m.skops],")
    expected = expected.replace("      - b.csv\n", "      - b.csv\n      - c.csv\n    outputs: [report.html]\n")
    expected = expected.replace("after: [train]  #", "after: []  #")
    expected = expected.replace("60\n", "60\n  mail:\n    notebook: mail.ipynb\n    inputs: [report.html]\n")
    assert found == expected


def test_comments_in_a_list_that_is_another_one_stand_above_the_step() -> None:
    found = changed(WRITTEN, report={"inputs": ("c.csv",)})
    lines = found.splitlines()
    at = lines.index("  report:")
    assert lines[at - 3 : at] == ["  # all of them", "  # the first", "  # of load"]
    assert "    inputs: [c.csv]\n      # the end of the inputs\n" in found


@pytest.mark.parametrize(
    "text",
    [
        "# head\nsteps: {a: {notebook: a.ipynb, inputs: [x]}} # all\n",
        "steps:\n  # one\n  a: &a {notebook: a.ipynb, inputs: [x]} # 1\n  # two\n  b: *a # 2\n",
        "steps:\n  b: {notebook: b.ipynb, inputs: &in [x]} # 1\n  a:\n    notebook: a.ipynb\n    inputs: *in # 2\n",
        "steps:\n  a:\n    inputs: # 1\n    - x # 2\n    notebook: a.ipynb # 3",
    ],
)
def test_no_comment_is_lost_where_the_text_is_unusual(text: str) -> None:
    for what in ({"inputs": ("y",)}, {"inputs": ("x", "y")}, {"outputs": ("y",)}, {"after": ("n",)}):
        found = changed(text, {"a": ["why"]}, Step("n", "n.ipynb"), a=what)
        assert "# why" in found
        assert changed(found) == found


paths = st.lists(st.sampled_from(["a.csv", "b c.csv", "{m}.csv", "d/*.csv", "#x", "true"]), max_size=3, unique=True)


@given(st.lists(st.tuples(paths, paths, paths), min_size=3, max_size=3), st.booleans())
def test_whatever_changes_is_read_back_and_every_comment_stays(lists: list[tuple], is_new: bool) -> None:
    found = WRITTEN
    for _ in range(2):  # the file that was written is written by hand to the next one
        steps = {
            name: {"inputs": tuple(one), "outputs": tuple(two), "after": tuple(three)}
            for name, (one, two, three) in zip(("load", "train", "report"), lists, strict=True)
        }
        found = changed(found, None, *([Step("new", "n.ipynb", outputs=("n",))] if is_new else []), **steps)
        lists, is_new = lists[::-1], False


def test_merging_keeps_the_comments_of_a_file(project) -> None:
    project.notebook("load", "open('x.csv', 'w').write('a')")
    project.notebook("show", "open('x.csv').read()")
    file = project.pipeline("  # the first\n  load: {notebook: load.ipynb, retries: 1}  # often away\n", "# mine\n")
    notebooks = [project.folder / "load.ipynb", project.folder / "show.ipynb"]
    found = project.workspace.pipelines.infer(notebooks, merge=True)
    assert (
        file.read_text()
        == found.text
        == (
            "# mine\n"
            "steps:\n"
            "  # the first\n"
            "  load: {notebook: load.ipynb, outputs: [x.csv], retries: 1}  # often away\n"
            "  show:\n"
            "    notebook: show.ipynb\n"
            "    inputs: [x.csv]\n"
        )
    )
    assert project.workspace.pipelines.infer(notebooks, merge=True).text == found.text
    assert read_pipeline(file).step("load").retries == 1
