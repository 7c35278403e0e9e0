"""Rows come to their place out of any pieces, in any order, whichever way is taken."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from nbmlops.datasets import gathering, placing
from nbmlops.datasets.gathering import Spare, finish, gathered_column, in_batches
from nbmlops.datasets.packing import packed
from nbmlops.datasets.placing import Patched, Rows, place

KINDS = {
    "number": (pa.int64(), st.one_of(st.none(), st.integers(-(2**40), 2**40))),
    "narrow": (pa.uint32(), st.integers(0, 100)),
    "whole": (pa.float64(), st.floats(allow_nan=False)),
    "truth": (pa.bool_(), st.one_of(st.none(), st.booleans())),
    "time": (pa.timestamp("us"), st.one_of(st.none(), st.integers(-(10**15), 10**15))),
    "text": (pa.large_string(), st.one_of(st.none(), st.sampled_from(["", "a", "é", "delayed"]))),
    "list": (pa.list_(pa.int8()), st.one_of(st.none(), st.lists(st.integers(0, 3), max_size=2))),
}


@st.composite
def columns(draw: st.DrawFn) -> tuple[Any, list[Any], Rows]:
    kind, values = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    sizes = draw(st.lists(st.integers(0, 9), min_size=1, max_size=6))
    pieces = [pa.array(draw(st.lists(values, min_size=size, max_size=size)), kind) for size in sizes]
    return kind, pieces, draw(chosen_rows(sum(sizes)))


@st.composite
def chosen_rows(draw: st.DrawFn, total: int) -> Rows:
    if not total:
        return Rows(None, np.zeros(0, "i4"))
    how = draw(st.sampled_from(["runs", "some", "any", "patched"]))
    numbers = st.integers(0, total - 1)
    if how == "runs":
        starts = draw(st.lists(numbers, max_size=4))
        return Rows([(start, draw(st.integers(1, total - start))) for start in starts])
    if how == "some":
        return Rows(None, np.array(sorted(draw(st.sets(numbers))), "i4"))
    if how == "any":
        return Rows(None, np.array(draw(st.lists(numbers, max_size=40)), draw(st.sampled_from(["i4", "i8"]))))
    below = draw(chosen_rows(total))
    rows = len(below.positions())
    at = np.array(sorted(draw(st.sets(st.integers(0, max(0, rows - 1)), max_size=rows))), "i4")
    return Patched(below, at, Rows(None, np.array([draw(numbers) for _ in at], "i4"))) if len(at) else below


@pytest.fixture(params=[(7, 1, 4), (8, 3, 1), (1 << 18, 16, 1024)], ids=["two steps", "few pieces", "as it is"])
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, few, packed_from = request.param
    for module in (placing, gathering):
        monkeypatch.setattr(module, "PART_ROWS", rows)
    monkeypatch.setattr(placing, "FEW_PIECES", few)
    monkeypatch.setattr(placing, "_BUCKET", 1)
    monkeypatch.setattr("nbmlops.datasets.packing._FEW", packed_from)


@pytest.mark.usefixtures("small")
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(column=columns(), as_packed=st.booleans())
def test_rows_are_where_they_belong(column: tuple[Any, list[Any], Rows], as_packed: bool) -> None:
    kind, pieces, rows = column
    wanted = pa.concat_arrays(pieces).take(pa.array(rows.positions(), pa.int64()))
    placement = place(rows, [len(piece) for piece in pieces])
    spare = Spare()
    target = gathered_column(kind, placement, spare)
    for number in sorted(placement.pieces, reverse=True):
        target.put(number, packed(pieces[number]) if as_packed else pieces[number])
    [found] = finish([target], spare)
    assert found.type == kind
    assert found.to_pylist() == wanted.to_pylist()


def test_memory_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "FEW_PIECES", 1)
    placement = place(Rows(None, np.array([5, 0, 3, 1])), [2, 2, 2])
    assert placement.second is not None
    plain = place(Rows([(0, 4)]), [6])
    number = pa.int64()
    monkeypatch.setattr(gathering, "ROOM_BYTES", 2 * 4 * 8)
    batches = in_batches([(number, placement), (number, plain), (number, placement), (number, placement)])
    assert batches == [[0, 1, 2], [3]]
    spare = Spare()
    first = spare.array(4, "i8")
    spare.give(first)
    assert np.shares_memory(spare.array(8, "i4"), first)
    assert not np.shares_memory(spare.array(4, "i8"), first)


def test_pieces_that_lie_over_one_another_keep_their_own_rows() -> None:
    of_second = np.isin(np.arange(12), [5, 7, 8, 9, 10, 11])
    rows = Rows(None, np.arange(12) + 12 * of_second)
    placement = place(rows, [12, 12])
    assert placement.late
    target = gathered_column(pa.int64(), placement, Spare())
    for number in (0, 1):
        target.put(number, pa.array(range(12 * number, 12 * number + 12)))
    [found] = finish([target], Spare())
    assert found.to_pylist() == rows.positions().tolist()
