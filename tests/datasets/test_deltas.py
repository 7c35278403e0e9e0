"""A version costs what has changed, whatever changed, and every version of any history comes back whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from nbmlops.capture.fingerprint import fingerprint
from nbmlops.datasets.recipe import Recipe
from nbmlops.datasets.saving import MAX_DEPTH
from nbmlops.workspaces import Workspace

from .conftest import flights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 300_000


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return flights(ROWS)


@pytest.fixture(scope="module")
def saved(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Workspace.open(tmp_path_factory.mktemp("deltas"), create=True) as ws:
        first = ws.datasets.save(frame, "base")
        assert first.bytes_added < first.bytes
        yield ws, frame, first


def edited(frame: pd.DataFrame, rows: Any) -> pd.DataFrame:
    other = flights(len(rows), seed=9).set_axis(rows)
    return frame.assign(**{name: _put(frame[name], rows, other[name]) for name in frame})


def _put(column: pd.Series, rows: Any, values: pd.Series) -> pd.Series:
    column = column.copy()
    column.iloc[rows] = values
    return column


def chosen(share: float) -> Any:
    return np.random.default_rng(5).random(ROWS) < share


PERCENT = ROWS // 100
CHANGES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], float]] = {
    "appended": (lambda f: pd.concat([f, flights(PERCENT, 7)], ignore_index=True), 0.02),
    "deleted in a block": (lambda f: f.drop(index=range(1000, 1000 + PERCENT)).reset_index(drop=True), 0.02),
    "deleted here and there": (lambda f: f[~chosen(0.01)].reset_index(drop=True), 0.02),
    "edited in a block": (lambda f: edited(f, np.arange(1000, 1000 + PERCENT)), 0.02),
    "edited here and there": (lambda f: edited(f, np.flatnonzero(chosen(0.01))), 0.02),
    "inserted": (lambda f: pd.concat([f[:5000], flights(PERCENT, 7), f[5000:]], ignore_index=True), 0.02),
    "one column recomputed": (lambda f: f.assign(delay=f.delay * 1.1), 0.12),
    "sorted": (lambda f: f.sort_values("delay", ignore_index=True), 0.10),
    "filtered": (lambda f: f[chosen(0.3)].reset_index(drop=True), 0.01),
    "a column added": (lambda f: f.assign(more=f.delay + f.distance), 0.12),
    "renamed": (lambda f: f.rename(columns={"delay": "minutes"}), 0.0001),
    "columns dropped and in another order": (lambda f: f[["when", "id", "kind"]], 0.0001),
    "deleted, edited and recomputed": (
        lambda f: edited(f, np.flatnonzero(chosen(0.01)))[~chosen(0.005)].assign(gate=1).reset_index(drop=True),
        0.04,
    ),
    "the index kept": (lambda f: f[chosen(0.3)], 0.02),
    "category added": (lambda f: f.assign(kind=f.kind.cat.add_categories(["new"])), 0.0001),
    "wider numbers": (lambda f: f.assign(gate=f.gate.astype("i8")), 0.12),
    "nullable": (lambda f: f.assign(late=f.late.astype("boolean")), 0.0001),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_costs_what_it_changes(saved: Any, name: str) -> None:
    ws, frame, first = saved
    change, budget = CHANGES[name]
    data = change(frame)
    dataset = name.replace(" ", "-").replace(",", "")
    ws.datasets.save(frame, dataset)
    version = ws.datasets.save(data, dataset)
    assert version.bytes_added <= budget * first.bytes, version.bytes_added / first.bytes
    found = ws.datasets.load(version.spec)
    pd.testing.assert_frame_equal(found, data)
    assert fingerprint(found).digest == version.fingerprint


def test_months_put_together_cost_nothing(ws: Workspace, frame: pd.DataFrame) -> None:
    months = [frame.iloc[start : start + 75_000].reset_index(drop=True) for start in range(0, ROWS, 75_000)]
    for month in months:
        ws.datasets.save(month, "months")
    for data in (pd.concat(months, ignore_index=True), pd.concat(months[::-1], ignore_index=True)):
        version = ws.datasets.save(data, "months")
        assert version.bytes_added < 0.001 * version.bytes
        pd.testing.assert_frame_equal(ws.datasets.load("months"), data)


def test_a_frame_of_few_distinct_rows_keeps_its_runs(ws: Workspace) -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"a": generator.integers(0, 4, 100_000), "b": generator.choice(list("xyz"), 100_000)})
    first = ws.datasets.save(frame, "d")
    second = ws.datasets.save(frame.drop(index=range(500, 600)).reset_index(drop=True), "d")
    assert second.bytes_added < 0.1 * first.bytes_added


def test_long_histories_stay_short(ws: Workspace) -> None:
    frame, versions = flights(3000), []
    generator = np.random.default_rng(0)
    for _ in range(25):
        frame = frame.drop(index=generator.choice(len(frame), 5, replace=False)).sample(frac=1, random_state=1)
        frame = frame.reset_index(drop=True)
        frame.loc[generator.integers(0, len(frame), 3), "delay"] += 1
        versions.append((ws.datasets.save(frame, "d").spec, frame))
    recipe = Recipe.from_text(ws.datasets._store.recipe("d", 25))
    assert max(column.node.depth for column in recipe.columns.values()) <= MAX_DEPTH
    for spec, data in versions:
        pd.testing.assert_frame_equal(ws.datasets.load(spec), data)


def test_what_is_filtered_hard_does_not_drag_the_rest_along(ws: Workspace) -> None:
    frame = flights(20_000)
    ws.datasets.save(frame, "d")
    version = ws.datasets.save(frame.iloc[:100], "d")
    recipe = Recipe.from_text(ws.datasets._store.recipe("d", version.version))
    assert sum(recipe.blobs().values()) < version.bytes * 2 + 10_000


CELLS = st.one_of(
    st.none(), st.floats(allow_nan=True, width=32), st.integers(-3, 3), st.sampled_from(["a", "b", "é", ""])
)


def _column(draw: st.DrawFn, rows: int) -> pd.Series:  # noqa: PLR0911
    kind = draw(st.sampled_from(["int", "float", "text", "bool", "category", "nullable", "time", "object"]))
    if kind == "int":
        return pd.Series(draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)), dtype="int64")
    if kind == "float":
        return pd.Series(draw(st.lists(st.floats(width=32), min_size=rows, max_size=rows)), dtype="float64")
    if kind == "bool":
        return pd.Series(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), dtype=bool)
    if kind == "object":
        return pd.Series(draw(st.lists(CELLS, min_size=rows, max_size=rows)), dtype=object)
    if kind == "nullable":
        return pd.Series(
            draw(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=rows, max_size=rows)), dtype="Int32"
        )
    if kind == "time":
        ticks = draw(st.lists(st.integers(0, 10**6), min_size=rows, max_size=rows))
        return pd.Series(pd.to_datetime(pd.Series(ticks, dtype="int64"), unit="s").dt.tz_localize("Europe/Rome"))
    words = pd.Series(draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=rows, max_size=rows)), dtype="str")
    return words if kind == "text" else words.astype(pd.CategoricalDtype(["a", "b", "c"]))


@st.composite
def histories(draw: st.DrawFn) -> list[pd.DataFrame]:
    """Draw the versions of a frame: each made of those before it by an edit such as people do."""
    rows = draw(st.integers(0, 30))
    frame = pd.DataFrame({f"c{i}": _column(draw, rows) for i in range(draw(st.integers(1, 4)))})
    versions = [frame]
    for step in range(draw(st.integers(1, 6))):
        frame = _changed(draw, versions, step)
        versions.append(frame)
    return versions


def _changed(draw: st.DrawFn, versions: list[pd.DataFrame], step: int) -> pd.DataFrame:  # noqa: C901, PLR0911
    frame = versions[-1].copy()
    names = list(frame.columns)
    rows = len(frame)
    what = draw(
        st.sampled_from(
            [
                "append",
                "delete",
                "edit",
                "recompute",
                "add",
                "rename",
                "drop",
                "sort",
                "filter",
                "concat",
                "type",
                "index",
                "back",
            ]
        )
    )
    if what == "append" and rows:
        return pd.concat([frame, frame.iloc[: draw(st.integers(1, rows))]], ignore_index=draw(st.booleans()))
    if what == "delete" and rows:
        start = draw(st.integers(0, rows - 1))
        return frame.drop(frame.index[start : start + draw(st.integers(1, 5))]).reset_index(
            drop=draw(st.booleans()), names=f"was{step}"
        )
    if what == "edit" and rows and names:
        name = draw(st.sampled_from(names))
        column = frame[name].copy()
        column.iloc[draw(st.integers(0, rows - 1))] = column.iloc[draw(st.integers(0, rows - 1))]
        return frame.assign(**{str(name): column})
    if what in ("add", "recompute"):
        name = f"new{step}" if what == "add" or not names else str(draw(st.sampled_from(names)))
        return frame.assign(**{name: _column(draw, rows).set_axis(frame.index)})
    if what == "rename" and names:
        return frame.rename(columns={draw(st.sampled_from(names)): f"name{step}"})
    if what == "drop" and len(names) > 1:
        return frame.drop(columns=draw(st.sampled_from(names)))
    if what == "sort" and names:
        order = draw(st.permutations(range(rows)))
        return frame.iloc[order]
    if what == "filter":
        return frame[np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), dtype=bool)]
    if what == "concat":
        older = draw(st.sampled_from(versions))
        return pd.concat([older.reset_index(drop=True), frame.reset_index(drop=True)], ignore_index=True)
    if what == "type" and names:
        name = draw(st.sampled_from(names))
        return frame.assign(**{str(name): frame[name].astype(object)})
    if what == "index":
        return frame.set_axis(pd.Index([f"r{i % 7}" for i in range(rows)], name="key", dtype="str"))
    return draw(st.sampled_from(versions))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(history=histories())
@pytest.mark.filterwarnings("ignore:The behavior of DataFrame concatenation:FutureWarning")
@pytest.mark.filterwarnings("ignore:The behavior of array concatenation:FutureWarning")
def test_every_version_of_any_history_comes_back(history: list[pd.DataFrame], tmp_path_factory: Any) -> None:
    with Workspace.open(tmp_path_factory.mktemp("history"), create=True) as ws:
        specs = [ws.datasets.save(frame, "d").spec for frame in history]
        for spec, frame in zip(specs, history, strict=True):
            found = ws.datasets.load(spec)
            before, after = fingerprint(frame), fingerprint(found)
            assert (before.digest, before.order) == (after.digest, after.order)
            pd.testing.assert_frame_equal(found, frame)
        ws.gc()
        assert ws.verify() == []
        assert [ws.datasets.load(spec).shape for spec in specs] == [frame.shape for frame in history]


def test_blobs_are_as_small_as_they_can_be(tmp_path: Path) -> None:
    with Workspace.open(tmp_path, create=True) as ws:
        version = ws.datasets.save(pd.DataFrame({"a": [1, 2, 3]}), "d")
        assert version.bytes_added < 1000
