"""Conditions of ``when`` and ``gates``: what they mean, and what is told of those that cannot be read."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.conditions import Unset, check_condition, names_in

VALUES = {"auc": 0.72, "rows": 5, "model": "rf", "ok": True, "step.auc": 0.5, "delay@champion": 0.75, "delay@3": 0.7}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("auc > 0.7", True),
        ("auc >= delay@champion - 0.05", True),
        ("auc >= delay@champion - 0.01", False),
        ("auc > delay@3", True),
        ("not auc > 0.7", False),
        ("auc > 0.9 or rows = 5", True),
        ("auc > 0.9 and rows = 5 or model = 'rf'", True),
        ("auc > 0.9 and (rows = 5 or model = 'rf')", False),
        ("(auc + rows) * 2 > 11", True),
        ("(auc) > 0.7", True),
        ("-rows < 0", True),
        ("rows / 2 = 2.5", True),
        ("ok = true", True),
        ('model != "knn"', True),
        ("step.auc <= .5", True),
        ("rows - 1 - 1 = 3", True),
    ],
)
def test_what_a_condition_means(text: str, holds: bool) -> None:
    assert check_condition(text, VALUES.__getitem__).holds is holds


@pytest.mark.parametrize(
    "text",
    ["", "auc", "auc >", "> 3", "auc > 0.7 and", "auc > 0.7 0.8", "(auc > 0.7", "auc ~ 3", "auc > 'x", "auc = = 3"],
)
def test_what_cannot_be_read_is_pointed_at(text: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        check_condition(text, VALUES.__getitem__)


def test_words_are_not_compared_with_numbers() -> None:
    with pytest.raises(InvalidInput, match="compares 'rf' with 3"):
        check_condition("model > 3", VALUES.__getitem__)


def test_a_test_about_what_is_not_there_yet_holds() -> None:
    found = check_condition("auc >= champion - 0.01", {"auc": 0.1, "champion": Unset("not there yet")}.__getitem__)
    assert (found.holds, found.detail) == (True, "auc is 0.1, champion is not there yet")
    assert names_in("auc >= delay@champion and evaluate.auc > 1") == ["auc", "delay@champion", "evaluate.auc"]


OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


@given(st.integers(-99, 99), st.integers(-99, 99), st.integers(-99, 99), st.sampled_from(sorted(OPERATORS)))
def test_numbers_are_compared_as_python_does(a: int, b: int, c: int, sign: str) -> None:
    values = {"a": a, "b": b, "c": c}
    expected = OPERATORS[sign](a + b, c)
    assert check_condition(f"a + b {sign} c", values.__getitem__).holds is expected
    assert check_condition(f"not (a + b {sign} c)", values.__getitem__).holds is not expected
