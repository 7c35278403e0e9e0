"""The filter grammar: what it keeps, and what it says when it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbmlops.errors import InvalidInput
from nbmlops.store.filters import Known, parse_filter

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace


@pytest.fixture
def many(workspace: Workspace) -> Workspace:
    rows = [
        ("rf", {"model": "rf", "depth": 3, "boot": True}, {"auc": 0.81, "loss": 0.4}, {"stage": "x"}),
        ("rf", {"model": "rf", "depth": 6, "boot": False}, {"auc": 0.84, "loss": 0.3}, {"stage": "y"}),
        ("knn", {"model": "knn", "k": 5}, {"auc": 0.7}, {}),
        ("a name with 'quotes'", {"model": "50%_off"}, {"auc": float("nan")}, {"stage": "x"}),
        ("failed", {}, {}, {}),
    ]
    for name, params, metrics, tags in rows:
        try:
            with workspace.track(name, params=params, tags=tags) as run:
                run.log(metrics)
                if name == "failed":
                    raise RuntimeError
        except RuntimeError:
            pass
    return workspace


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ["failed", "a name with 'quotes'", "knn", "rf·2", "rf"]),
        ("auc > 0.8", ["rf·2", "rf"]),
        ("auc > 0.8 and model = rf and tag.stage = x and status = finished", ["rf"]),
        ("metric.auc >= 0.84 or param.k = 5", ["knn", "rf·2"]),
        ("not auc > 0.8", ["failed", "a name with 'quotes'", "knn"]),
        ("(depth = 3 or depth = 6) and boot = true", ["rf"]),
        ("depth in (3, 9)", ["rf"]),
        ("name ~ quotes", ["a name with 'quotes'"]),
        ("name = \"a name with 'quotes'\"", ["a name with 'quotes'"]),
        ("model ~ '50%_'", ["a name with 'quotes'"]),
        ("status != finished", ["failed"]),
        ("tag.stage", ["a name with 'quotes'", "rf·2", "rf"]),
        ("started_at > 2020-01-01", ["failed", "a name with 'quotes'", "knn", "rf·2", "rf"]),
        ("k = null", []),
        ("error ~ Runtime", ["failed"]),
    ],
)
def test_a_filter_keeps_what_it_says(many: Workspace, text: str, kept: list[str]) -> None:
    assert [run.name for run in many.runs.list(text)] == kept
    assert many.runs.count(text) == len(kept)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("auc", ["rf·2", "rf", "knn", "failed", "a name with 'quotes'"]),
        ("-auc", ["knn", "rf", "rf·2", "failed", "a name with 'quotes'"]),
        ("loss", ["rf·2", "rf", "failed", "a name with 'quotes'", "knn"]),
        ("name", ["a name with 'quotes'", "failed", "knn", "rf", "rf·2"]),
        ("param.depth", ["rf", "rf·2", "failed", "a name with 'quotes'", "knn"]),
    ],
)
def test_sorting_puts_the_best_first_and_the_missing_last(many: Workspace, sort: str, order: list[str]) -> None:
    assert [run.name for run in many.runs.list(sort=sort)] == order
    for size in (1, 2, 3):
        pages = [run.name for start in range(0, 6, size) for run in many.runs.list(sort=sort, limit=size, offset=start)]
        assert pages == order


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acu > 0.8", "auc"),
        ("auc >", "a value was expected"),
        ("auc > 0.8 and", "a name was expected"),
        ("auc 0.8", "'and', 'or' or the end"),
        ("name = 'open", "quote is not closed"),
        ("(auc > 1", "'\\)' was expected"),
        ("auc > 1)", "the end was expected"),
        ("; drop table runs", "no run has a metric, param or tag named ';'|end was expected"),
    ],
)
def test_a_filter_that_cannot_be_read_says_why(many: Workspace, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        many.runs.list(text)
    assert len(many.runs.list()) == 5


def test_an_unknown_sort_names_the_nearest(many: Workspace) -> None:
    with pytest.raises(InvalidInput, match="Did you mean 'auc'"):
        many.runs.list(sort="aucc")


def test_an_empty_workspace_has_no_wrong_names(workspace: Workspace) -> None:
    assert workspace.runs.list("auc > 0.8", sort="auc") == []


@given(st.text(max_size=60))
def test_no_text_does_anything_but_parse_or_complain(text: str) -> None:
    known = Known(frozenset({"auc"}), frozenset({"depth"}), frozenset({"stage"}))
    try:
        sql, values = parse_filter(text, known)
    except InvalidInput:
        return
    assert sql.count("?") == len(values)
    assert not any(isinstance(value, str) and len(value) > 3 and value in sql for value in values)
