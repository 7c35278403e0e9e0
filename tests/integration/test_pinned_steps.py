"""The lines that pin steps: what is written is read again, and merges line by line."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from nbmlops.datasets.table_facts import ColumnFacts, TableFacts
from nbmlops.integration.data_checks import data_changes, data_findings
from nbmlops.registry.pinned_steps import PinnedData, PinnedStep, read_steps, unword, word

NAMES = st.text(min_size=1, max_size=12)
TABLES = st.builds(
    TableFacts,
    st.integers(0, 10**12),
    st.dictionaries(NAMES, st.builds(ColumnFacts, NAMES, st.floats(0, 1)), max_size=3),
)
DATA = st.builds(PinnedData, st.from_regex(r"\Ab3:[0-9a-f]{4}\Z"), st.none() | TABLES)
STEPS = st.builds(
    PinnedStep,
    NAMES,
    NAMES,
    st.from_regex(r"\Ab3:[0-9a-f]{4}\Z"),
    st.dictionaries(NAMES, st.floats(allow_nan=False), max_size=3),
    st.dictionaries(NAMES, DATA, max_size=3),
)


@given(st.text())
def test_a_name_is_one_word_whatever_it_holds(name: str) -> None:
    assert len(word(name).split()) == 1
    assert unword(word(name)) == name


@given(st.lists(STEPS, max_size=3, unique_by=lambda step: (step.pipeline, step.step)), st.randoms())
def test_what_is_pinned_is_read_in_any_order_of_the_lines(steps: list[PinnedStep], order: object) -> None:
    lines = sorted({line for step in steps for line in step.lines()})
    order.shuffle(lines)  # type: ignore[attr-defined]
    assert all("\n" not in line for line in lines)
    assert read_steps("# a comment\n" + "\n".join(lines)) == {(step.pipeline, step.step): step for step in steps}


def test_what_is_not_known_is_passed_over() -> None:
    text = """
model delay@champion version 3 sha256:ab
step p train metric auc 0.5 more words
step p train metric rmse many
step p train weather sunny today
step p train metric
step p train metric loss nan
<<<<<<< HEAD
"""
    found = read_steps(text)
    assert set(found) == {("p", "train")}
    assert found["p", "train"].metrics["auc"] == 0.5
    assert math.isnan(found["p", "train"].metrics["loss"])


@given(STEPS)
def test_a_step_beside_itself_has_nothing_to_say_of_its_data(step: PinnedStep) -> None:
    assert data_changes(step, step) == []
    assert {one.what for one in data_findings(step, step)} <= {"it has no rows"}


def test_shares_of_nulls_read_as_numbers_do() -> None:
    def step(share: float) -> PinnedStep:
        facts = TableFacts(9, {"a": ColumnFacts("string", share)})
        return PinnedStep("p", "train", data={"x": PinnedData("b3:1", facts)})

    assert [one.what for one in data_findings(step(0.001), step(1.0))] == ["a has more nulls: 100 %, were 0.1 %"]
    assert [one.what for one in data_findings(step(0.0), step(0.0004))] == ["a has nulls now: 0.04 %"]
    assert [one.what for one in data_findings(step(0.0), step(0.12345))] == ["a has nulls now: 12.3 %"]
