"""The graph of a pipeline: what needs what, in which order, and all that is wrong before anything starts."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.definition import Pipeline, Step
from nbmlops.pipelines.graph import check_pipeline, edges_of, ordered
from nbmlops.pipelines.parameters import declared_by, params_for
from nbmlops.pipelines.paths import meet, parts_of
from nbmlops.pipelines.reading import parse_pipeline

FOLDER = Path("/p")


def save(folder: Path, *names: str, parameters: str = "", language: str = "python") -> None:
    for name in names:
        notebook = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "k", "display_name": "k", "language": language}}
        )
        if parameters:
            notebook.cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        notebook.cells.append(nbformat.v4.new_code_cell("pass"))
        nbformat.write(notebook, folder / f"{name}.ipynb")


def parsed(folder: Path, text: str) -> Pipeline:
    return parse_pipeline(text, folder / "pipeline.yaml")


def wrong(folder: Path, text: str, params: dict[str, Any] | None = None) -> list[str]:
    """Return the sentences of the one error, without the folder."""
    with pytest.raises(InvalidInput) as caught:
        check_pipeline(parsed(folder, text), params)
    lines = caught.value.message.replace(f"{folder}/", "").splitlines()
    return [line.strip() for line in lines if not line.endswith("things are wrong:")]


DIAMOND = """
steps:
  report: {notebook: report.ipynb, inputs: [models/, data/test.csv]}
  train: {notebook: train.ipynb, inputs: ["data/tr*.csv"], outputs: ["models/{kind}.skops"]}
  split: {notebook: split.ipynb, inputs: [raw.csv], outputs: [data/train.csv, ./data/test.csv]}
  mail: {notebook: mail.ipynb, after: [report]}
"""


def test_steps_need_those_whose_outputs_they_read(tmp_path: Path) -> None:
    save(tmp_path, "report", "split", "mail")
    save(tmp_path, "train", parameters="kind = 'tree'")
    (tmp_path / "raw.csv").write_text("a\n")
    graph = check_pipeline(parsed(tmp_path, DIAMOND))
    assert [step.name for step in graph.steps] == ["split", "train", "report", "mail"]
    assert graph.needs == {"report": ("train", "split"), "train": ("split",), "split": (), "mail": ("report",)}
    assert graph.steps[1].outputs == ("models/tree.skops",)
    assert graph.steps[1].params == {}


def test_a_sweep_is_all_of_its_members(tmp_path: Path) -> None:
    save(tmp_path, "train", parameters="depth = 1\nseed = 0")
    save(tmp_path, "pick", parameters="seed = 0")
    text = """
params: {seed: 7}
steps:
  train: {notebook: train.ipynb, sweep: {depth: [3, 6]}, outputs: ["model-{depth}-{seed}.skops"]}
  pick: {notebook: pick.ipynb, inputs: ["model-*.skops"], params: {seed: 8}}
  note: {notebook: pick.ipynb, after: [train]}
  deep: {notebook: pick.ipynb, after: ["train[depth=6]"]}
"""
    graph = check_pipeline(parsed(tmp_path, text))
    both = ("train[depth=3]", "train[depth=6]")
    assert graph.needs == {both[0]: (), both[1]: (), "pick": both, "note": both, "deep": both[1:]}
    assert [step.outputs for step in graph.steps[:2]] == [("model-3-7.skops",), ("model-6-7.skops",)]
    assert [step.params for step in graph.steps[:3]] == [{"seed": 7, "depth": 3}, {"seed": 7, "depth": 6}, {"seed": 8}]
    graph = check_pipeline(parsed(tmp_path, text), {"seed": 1, "pick.seed": 2})
    assert [step.params["seed"] for step in graph.steps] == [1, 1, 2, 1, 1]
    assert wrong(tmp_path, text.replace("-{depth}", "")) == [
        "pipeline.yaml, line 4, step train: members of its sweep write the same model-7.skops."
    ]


def test_a_condition_over_metrics_of_a_step_comes_after_it(tmp_path: Path) -> None:
    save(tmp_path, "a")
    text = "steps: {ship: {notebook: a.ipynb, when: 'score.auc > 0.7'}, score: {notebook: a.ipynb}}"
    assert check_pipeline(parsed(tmp_path, text)).needs == {"ship": ("score",), "score": ()}


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    save(tmp_path, "a", parameters="depth: int = 3\nmonth = 'june'")
    save(tmp_path, "b")
    (tmp_path / "broken.ipynb").write_text("{")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x")]), tmp_path / "empty.ipynb")
    said = wrong(
        tmp_path,
        """
steps:
  one: {notebook: a.ipynb, inputs: [two.csv], outputs: [one.csv], params: {depht: 1}}
  two: {notebook: b.ipynb, inputs: [one.csv, nowhere.csv], outputs: [two.csv]}
  three: {notebook: a.ipynb, outputs: [one.csv], after: [tow], sweep: {size: [1, 2]}}
  four: {notebook: gone.ipynb}
  five: {notebook: broken.ipynb, inputs: ["old/*.csv"]}
  six: {notebook: empty.ipynb, params: {depth: deep}}
  seven: {notebook: a.ipynb, params: {depth: deep}, inputs: ["{year}.csv"]}
""",
        {"one.mnth": "july", "eight.depth": 2},
    )
    assert set(said) == {
        "pipeline.yaml, line 6, step four: there is no notebook gone.ipynb.",
        said[1],
        "pipeline.yaml, line 8, step six: empty.ipynb has no code cells.",
        "-p eight.depth: there is no step 'eight'. Steps are one, two, three, four, five, six, seven.",
        "pipeline.yaml, line 3, step one: params: depht: a.ipynb does not declare depht. Did you mean depth? "
        "It declares depth, month.",
        "pipeline.yaml, line 3, step one: -p one.mnth: a.ipynb does not declare mnth. Did you mean month? "
        "It declares depth, month.",
        "pipeline.yaml, line 5, step three: sweep: size: a.ipynb does not declare size. It declares depth, month.",
        "pipeline.yaml, line 9, step seven: params: depth: a.ipynb declares depth: int, not 'deep'.",
        "pipeline.yaml, line 9, step seven: the path {year}.csv needs a value for 'year'.",
        "pipeline.yaml, line 5, step three: after: there is no step 'tow'. Did you mean two? "
        "Steps are one, two, three, four, five, six, seven.",
        "pipeline.yaml, line 5, step three: one and three write the same one.csv.",
        "pipeline.yaml, line 5, step three: members of its sweep write the same one.csv.",
        "pipeline.yaml, line 4, step two: missing producer: there is no nowhere.csv, and no step makes it. "
        "Did you mean one.csv?",
        "pipeline.yaml, line 7, step five: missing producer: no file fits old/*.csv, and no step makes it. "
        "Did you mean two.csv?",
        "pipeline.yaml, line 3, step one: a cycle: one → two → one "
        "(two reads one.csv of one, one reads two.csv of two).",
    }
    assert said[1].startswith("pipeline.yaml, line 7, step five: broken.ipynb is no notebook")


def test_gates_and_conditions_are_read_before_anything_starts(tmp_path: Path) -> None:
    save(tmp_path, "a", parameters="depth = 3\nseed = 1")
    text = """
params: {seed: 2}
steps:
  train: {notebook: a.ipynb, sweep: {depth: [3, 6]}}
  evaluate: {notebook: a.ipynb, gates: [assumptions, base.auc >= 0.6]}
  ship: {notebook: a.ipynb, when: "evaluate.auc > 0.7 and train[depth=3].auc > 0.6 and seed < 4"}
"""
    assert check_pipeline(parsed(tmp_path, text)).needs["ship"] == ("train[depth=3]", "evaluate")
    ship = "pipeline.yaml, line 6, step ship: when: "
    steps = "Steps are train, evaluate, ship."
    for condition, said in {
        "evaluat.auc > 1": f"there is no step 'evaluat'. Did you mean evaluate? {steps}",
        "train.auc > 1": "train is a sweep. Name one of its steps, such as train[depth=3].auc.",
        "ship.auc > 1": "ship.auc is a metric of the step itself, which has not run by then.",
        "sead > 1": "sead is no parameter of ship and no metric of an earlier step. Did you mean seed?",
        "depth > 1": "depth has its value in a.ipynb alone, where it is not seen. Set it under params.",
    }.items():
        changed = text.replace("evaluate.auc > 0.7 and train[depth=3].auc > 0.6 and seed < 4", condition)
        assert wrong(tmp_path, changed) == [ship + said]
    assert check_pipeline(parsed(tmp_path, changed), {"depth": 4})
    with pytest.raises(InvalidInput) as caught:
        check_pipeline(parsed(tmp_path, text.replace("base.auc >=", "auc =>")))
    assert caught.value.message.endswith(
        "line 5, step evaluate: gates: the condition 'auc => 0.6' cannot be read: a name or a value was expected."
    )
    assert caught.value.hint.startswith("auc => 0.6\n       ^\n")


def test_a_pipeline_without_a_file_names_its_steps(tmp_path: Path) -> None:
    save(tmp_path, "a")
    steps = (Step("a", "a.ipynb", after=("b",)), Step("b", "a.ipynb", after=("a",)))
    with pytest.raises(InvalidInput, match=r"^step a: a cycle: a → b → a \(b is after a, a is after b\)\.\n"):
        check_pipeline(Pipeline("p", tmp_path, steps))


def test_parameters_go_to_those_who_declare_them(tmp_path: Path) -> None:
    save(tmp_path, "a", parameters="depth: int = 3\nurl = 'x?a=b'  # type: str")
    save(tmp_path, "b", parameters='max.depth <- 3L\nname <- "x" # a name', language="R")
    text = "steps: {a: {notebook: a.ipynb}, 'b.c': {notebook: b.ipynb}, plain: {notebook: c.ipynb}}"
    save(tmp_path, "c")
    pipeline = parsed(tmp_path, text)
    assert params_for(pipeline, {"depth": 4, "max.depth": 2, "a.url": "y", "b.c.name": "z"}) == {
        "a": {"depth": 4, "url": "y"},
        "b.c": {"max.depth": 2, "name": "z"},
        "plain": {},
    }
    for given_, words in (
        ({"dept": 1}, "-p dept: no notebook declares dept. Did you mean depth?"),
        ({"plain.depth": 1}, "step plain: -p plain.depth: c.ipynb declares no parameters."),
        ({"depth": "x"}, "step a: -p depth: a.ipynb declares depth: int, not 'x'."),
        ({"depth": True}, "step a: -p depth: a.ipynb declares depth: int, not True."),
    ):
        with pytest.raises(InvalidInput) as caught:
            params_for(pipeline, given_)
        assert words in caught.value.message
    swept = replace(pipeline, steps=(replace(pipeline.steps[0], sweep={"depth": [1, 2]}), *pipeline.steps[1:]))
    assert params_for(swept)["a[depth=2]"] == {"depth": 2}
    with pytest.raises(InvalidInput, match="-p depth: the step a sweeps over depth, and no other declares it"):
        params_for(swept, {"depth": 1})
    with pytest.raises(InvalidInput, match=r"-p a\.depth: the step sweeps over depth"):
        params_for(swept, {"a.depth": 1})


def test_what_may_be_given_is_known_before_it_runs(tmp_path: Path) -> None:
    save(tmp_path, "a", parameters="depth: int = 3\nurl = 'x'\nwhen = today()")
    save(tmp_path, "b", parameters="depth = 5\nseed = 1")
    pipeline = parsed(
        tmp_path,
        "params: {url: y}\nsteps: {a: {notebook: a.ipynb}, b: {notebook: b.ipynb, sweep: {seed: [1, 2]}}}",
    )
    assert [(one.name, one.steps, one.kind, one.value) for one in declared_by(pipeline)] == [
        ("depth", ("a", "b"), "int", "3"),
        ("url", ("a",), "", '"y"'),
        ("when", ("a",), "", ""),
    ]


def test_a_file_that_is_updated_in_place(tmp_path: Path) -> None:
    save(tmp_path, "a")
    text = """
steps:
  report: {notebook: a.ipynb, inputs: [flights.db]}
  clean: {notebook: a.ipynb, inputs: [flights.db], outputs: [flights.db], after: [early]}
  load: {notebook: a.ipynb, outputs: [flights.db]}
  early: {notebook: a.ipynb, inputs: [flights.db], outputs: [early.txt]}
"""
    graph = check_pipeline(parsed(tmp_path, text))
    assert [step.name for step in graph.steps] == ["load", "early", "clean", "report"]
    assert graph.needs["early"] == ("load",)
    assert graph.needs["report"] == ("clean", "load")
    # a reader comes after all who update the file, unless one of these says that it is after the reader
    index = "  index: {notebook: a.ipynb, inputs: [flights.db], outputs: [flights.db]}\n"
    assert [step.name for step in check_pipeline(parsed(tmp_path, text + index)).steps[:2]] == ["load", "index"]
    alone = text.replace(", after: [early]", "") + index
    assert wrong(tmp_path, alone) == ["pipeline.yaml, line 7, step index: clean and index write the same flights.db."]
    graph = check_pipeline(
        parsed(tmp_path, alone.replace("[flights.db]}\n  load", "[flights.db], after: [index]}\n  load"))
    )
    assert [step.name for step in graph.steps] == ["load", "index", "clean", "report", "early"]


PART = st.text("ab*?.", min_size=1, max_size=4) | st.sampled_from(["**", "[ab]x", "a", "b"])


@given(st.lists(PART, min_size=1, max_size=4), st.lists(PART, min_size=1, max_size=4))
def test_meeting_is_mutual_and_each_meets_itself(one: list[str], other: list[str]) -> None:
    assert meet(one, other) == meet(other, one)
    assert meet(one, one)


@given(
    st.lists(st.text("ab*?", min_size=1, max_size=5), min_size=1, max_size=3),
    st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4),
)
def test_a_pattern_meets_the_names_that_a_glob_finds(pattern: list[str], name: list[str]) -> None:
    fits = len(pattern) <= len(name) and PurePosixPath("/".join(name[: len(pattern)])).match("/".join(pattern))
    if "**" not in pattern and len(pattern) <= len(name):
        assert meet(pattern, name) == fits


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Step], dict[str, set[str]]]:
    """Steps in any order, joined by files, folders, patterns and ``after``; and what each truly needs."""
    count = draw(st.integers(1, 12))
    truth: dict[str, set[str]] = {f"s{index}": set() for index in range(count)}
    inputs: dict[str, list[str]] = {name: [] for name in truth}
    after: dict[str, list[str]] = {name: [] for name in truth}
    for index in range(count):
        for earlier in range(index):
            how = draw(st.sampled_from(["no", "no", "no", "file", "folder", "pattern", "deep", "after"]))
            before, name = f"s{earlier}", f"s{index}"
            if how == "no":
                continue
            truth[name].add(before)
            if how == "after":
                after[name].append(before)
            else:
                path = {"file": "/a.csv", "folder": "", "pattern": "/?.csv", "deep": "/**/part-*"}[how]
                inputs[name].append(f"out-{before}{path}")
    outputs = {name: (f"out-{name}/a.csv", f"./out-{name}/parts") for name in truth}
    steps = [
        Step(name, "n.ipynb", inputs=tuple(inputs[name]), outputs=outputs[name], after=tuple(after[name]))
        for name in truth
    ]
    random.Random(draw(st.integers(0, 9))).shuffle(steps)
    return steps, truth


@given(graphs())
def test_needs_are_those_that_the_paths_say_and_the_order_keeps_them(drawn: Any) -> None:
    steps, truth = drawn
    edges = edges_of(steps, FOLDER)
    assert {name: set(needs) for name, needs in edges.items()} == truth
    order, cycles = ordered(edges)
    assert (cycles, sorted(order)) == ([], sorted(truth))
    assert all(order.index(need) < order.index(name) for name, needs in truth.items() for need in needs)
    names = [step.name for step in steps]
    for place, name in enumerate(order):  # of those that are ready, the one that stands first in the file
        ready = [one for one in order[place:] if truth[one] <= set(order[:place])]
        assert name == min(ready, key=names.index)


@given(graphs(), st.data())
def test_a_way_back_is_found_as_a_cycle(drawn: Any, data: st.DataObject) -> None:
    steps, truth = drawn
    edges = {name: set(needs) for name, needs in edges_of(steps, FOLDER).items()}
    pairs = [(name, need) for name in truth for need in truth[name]]
    if not pairs:
        return
    name, need = data.draw(st.sampled_from(pairs))
    edges[need].add(name)
    order, cycles = ordered(edges)
    assert sorted(order) == sorted(truth)
    assert cycles
    for cycle in cycles:
        assert len(set(cycle)) == len(cycle) >= 2
        assert all(before in edges[one] for before, one in zip(cycle, [*cycle[1:], cycle[0]], strict=True))


def test_paths_outside_and_in_the_folder_are_the_same_however_they_are_written() -> None:
    assert parts_of("/p/../q/x", FOLDER) == ("..", "q", "x")
    assert meet(parts_of("data/../data/x/", FOLDER), parts_of("/p/data/x/y.csv", FOLDER))
    assert not meet(parts_of("data/x.csv", FOLDER), parts_of("data/x.csv.gz", FOLDER))
    assert not meet(parts_of("data", FOLDER), parts_of("database", FOLDER))
