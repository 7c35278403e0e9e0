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
