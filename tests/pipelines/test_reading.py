"""``pipeline.yaml``: what is wrong is told with file, line and step, and what is written is read back."""

from __future__ import annotations

import string
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.pipelines.definition import Pipeline, Step
from nbmlops.pipelines.reading import parse_pipeline, read_pipeline, schema, write_pipeline

PATH = Path("/p/pipeline.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "steps:\n  a:\n    notebook: a.ipynb\n    retires: 3\n",
            "line 4, step a: there is no 'retires'. Did you mean retries?",
        ),
        ("steps:\n  a:\n    params: {x: 1}\n", "line 2, step a: notebook is missing."),
        (
            "steps:\n  a:\n    notebook: a.ipynb\n    timeout: soon\n",
            "line 4, step a: timeout must be a number, not 'soon'.",
        ),
        (
            "steps:\n  a:\n    notebook: a.ipynb\n    cache: sometimes\n",
            "line 4, step a: cache must be one of true, false, always",
        ),
        ("steps:\n  a:\n    notebook: a.ipynb\n    retries: -1\n", "line 4, step a: retries must be 0 or more."),
        (
            "steps:\n  a:\n    notebook: a.ipynb\n    inputs: x.csv\n",
            "line 4, step a: inputs must be a list, not 'x.csv'.",
        ),
        ("steps:\n  a: {notebook: a.ipynb}\n  a: {notebook: b.ipynb}\n", "line 3: a stands there twice."),
        ("steps:\n  a: {notebook: [}\n", "line 2"),
        ("pipeline: x\n", "line 1: steps is missing."),
        ("steps: {}\n", "line 1: steps is empty."),
        ("steps:\n  ? [a, b]\n  : {notebook: a.ipynb}\n", "line 2: a name is text, not a list or map."),
        ("steps: &all\n  a: *all\n", "line 2, step a: notebook is missing."),
        ("- a\n", "line 1: a pipeline is a map with the key steps."),
        ("", "line 1: a pipeline is a map with the key steps."),
        ("pipeline: 'a/b'\nsteps: {a: {notebook: a.ipynb}}\n", "line 1: pipeline cannot be 'a/b': letters"),
        ("steps:\n  'a b': {notebook: a.ipynb}\n", "line 2, step a b: 'a b' cannot be the name of a step"),
        (
            "steps:\n  a:\n    notebook: a.ipynb\n    promote: champion\n",
            "line 4, step a: promote cannot be 'champion': write",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_pipeline(text, PATH)
    assert said in caught.value.message
    assert caught.value.message.startswith(str(PATH))


def told(caught: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    """Return what one error says, without the folder."""
    return [line.strip().replace(f"{PATH.parent}/", "") for line in caught.value.message.splitlines()]


def test_all_mistakes_of_form_are_told_at_once_with_those_of_gates_and_names() -> None:
    text = """
steps:
  train:
    notebok: train.ipynb
    retries: lots
    timeout: -3
    gates: [3, "auc => 0.6"]
  evaluate:
    notebook: evaluate.ipynb
    promot: delay@champion
    after: [trian]
    when: trian.auc > 1
    retries: 101
  twice: {notebook: a.ipynb, cache: false, cache: true}
"""
    with pytest.raises(InvalidInput) as caught:
        parse_pipeline(text, PATH)
    known = ", ".join(schema()["$defs"]["step"]["properties"])
    steps = "Steps are train, evaluate, twice."
    assert told(caught) == [
        "pipeline.yaml: 9 things are wrong:",
        f"pipeline.yaml, line 4, step train: there is no 'notebok'. Did you mean notebook? Known are {known}.",
        "pipeline.yaml, line 5, step train: retries must be a whole number, not 'lots'.",
        "pipeline.yaml, line 6, step train: timeout must be more than 0.",
        "pipeline.yaml, line 7, step train: entry 1 of gates must be text, not 3.",
        f"pipeline.yaml, line 10, step evaluate: there is no 'promot'. Did you mean promote? Known are {known}.",
        "pipeline.yaml, line 13, step evaluate: retries must be 100 or less.",
        "pipeline.yaml, line 14, step twice: cache stands there twice.",
        f"pipeline.yaml, line 8, step evaluate: after: there is no step 'trian'. Did you mean train? {steps}",
        f"pipeline.yaml, line 8, step evaluate: when: there is no step 'trian'. Did you mean train? {steps}",
    ]
    assert caught.value.hint == "The form of the file: nbmlops pipelines schema"


def test_mistakes_of_form_hide_no_other_where_the_graph_can_be_made(project) -> None:
    project.notebook("a", "1", parameters="month = 5")
    text = """  a: {notebok: a.ipynb, outputs: ["{month}.csv"], timeout: -3}
  b: {notebook: gone.ipynb, inputs: [6.csv, nowhere.csv], gates: ["auc => 0.6"]}
"""
    file = project.pipeline(text)
    with pytest.raises(InvalidInput) as caught:
        project.workspace.pipelines.plan(file, {"month": 6})
    said = caught.value.message.replace(f"{project.folder}/", "")
    for words in (
        "line 3, step a: there is no 'notebok'. Did you mean notebook?",
        "line 3, step a: timeout must be more than 0.",
        "line 4, step b: there is no notebook gone.ipynb.",
        "line 4, step b: missing producer: there is no nowhere.csv, and no step makes it.",
        "line 4, step b: gates: the condition 'auc => 0.6' cannot be read: a name or a value was expected.\n"
        "    auc => 0.6\n"
        "         ^\n",
    ):
        assert f"\n  pipeline.yaml, {words}" in said
    assert said.startswith("pipeline.yaml: 5 things are wrong:\n")
    # what was meant by this list nobody knows: that a file has no producer is not said, that a notebook is gone is
    file = project.pipeline(text.replace("outputs", "writes"))
    with pytest.raises(InvalidInput, match="there is no 'writes'") as caught:
        project.workspace.pipelines.plan(file, {"month": 6})
    assert "there is no notebook gone.ipynb" in caught.value.message
    assert "missing producer" not in caught.value.message


def test_the_name_of_a_step_may_look_like_a_number() -> None:
    with pytest.raises(InvalidInput, match=r"line 1, step 1: the name of a step is text, not 1: write '1'\."):
        parse_pipeline("steps: {1: {notebook: a.ipynb}}", PATH)
    assert parse_pipeline("steps: {'1': {notebook: a.ipynb}}", PATH).steps[0].name == "1"


def test_a_missing_file_says_what_makes_one(tmp_path) -> None:
    with pytest.raises(NotFound, match="there is no file") as caught:
        read_pipeline(tmp_path)
    assert "nbmlops pipelines infer" in caught.value.hint
    (tmp_path / "pipeline.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="cannot be read as text"):
        read_pipeline(tmp_path)


names = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8)
texts = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12)
values = st.one_of(st.integers(), st.booleans(), st.none(), texts, st.lists(st.integers(), max_size=3))
steps = st.builds(
    Step,
    name=names,
    notebook=texts,
    params=st.dictionaries(names, values, max_size=2),
    inputs=st.lists(texts, max_size=2).map(tuple),
    outputs=st.lists(texts, max_size=2).map(tuple),
    after=st.lists(names, max_size=2).map(tuple),
    retries=st.integers(0, 9),
    backoff=st.sampled_from([0.5, 1.0, 3]),
    timeout=st.sampled_from([None, 1.5, 60]),
    cache=st.sampled_from([True, False, "always"]),
    sweep=st.dictionaries(names, st.lists(st.integers(), min_size=1, max_size=3), max_size=2),
    when=st.sampled_from(["", "a.auc > 0.5"]),
    gates=st.lists(texts, max_size=2).map(tuple),
)


@given(
    st.lists(steps, min_size=1, max_size=4, unique_by=lambda step: step.name),
    st.dictionaries(names, values, max_size=2),
)
def test_what_is_written_is_read_back(made: list[Step], params: dict) -> None:
    pipeline = Pipeline("p", PATH.parent, tuple(made), params, PATH)
    text = write_pipeline(pipeline, comments={made[0].name: ["why"]})
    assert parse_pipeline(text, PATH) == pipeline


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    fields = set(schema()["$defs"]["step"]["properties"])
    assert fields == {name for name in Step.__dataclass_fields__ if name not in ("name", "line")}
