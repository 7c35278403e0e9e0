"""Pieces are small and quickly read; those of earlier releases, which held values as they were, are read too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nbmlops.datasets.packing import is_noise, numbered, packed, unpacked
from nbmlops.datasets.pieces import groups_of
from nbmlops.datasets.recipe import Recipe
from nbmlops.errors import Conflict

from .conftest import flights
from .test_keeping import flip

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace

ROWS = 40_000


@pytest.mark.parametrize(
    ("values", "kind", "written"),
    [
        ([1, None, -128], pa.int64(), pa.int8()),
        ([1, 128], pa.uint16(), pa.uint16()),
        ([2**31 - 1, -(2**31)], pa.int64(), pa.int32()),
        ([2**31], pa.int64(), pa.int64()),
        ([2**64 - 1], pa.uint64(), pa.uint64()),
        ([None, None], pa.int32(), pa.int8()),
        ([], pa.int32(), pa.int8()),
        ([0.5], pa.float64(), pa.float64()),
        (["a"], pa.large_string(), pa.large_string()),
    ],
)
def test_numbers_are_narrow_and_come_back(values: list[object], kind: pa.DataType, written: pa.DataType) -> None:
    array = pa.array(values, kind)
    found = packed(array)
    assert found.type == written
    assert unpacked(found, kind).equals(array)


def test_texts_that_stand_often_are_numbers() -> None:
    often = pa.array(["UA", "AA", None, "DL"] * 2000, pa.large_string())
    seldom = pa.array([f"flight {number}" for number in range(8000)], pa.large_string())
    first_alike = pa.array(["UA"] * 70_000 + [f"flight {number}" for number in range(70_000)], pa.large_string())
    found = packed(often)
    assert (found.type.index_type, found.type.value_type) == (pa.int8(), pa.large_string())
    assert unpacked(found, pa.large_string()).equals(often)
    assert packed(seldom) is seldom
    assert numbered(first_alike) is first_alike
    assert packed(often[:100]).type == pa.large_string()


def test_noise_is_read_where_it_lies() -> None:
    generator = np.random.default_rng(0)
    noise = pa.chunked_array([pa.array(generator.integers(-(2**62), 2**62, ROWS))])
    few = pa.chunked_array([pa.array(generator.integers(0, 5, ROWS))])
    assert (is_noise(noise), is_noise(few), is_noise(few.cast(pa.string()))) == (True, False, False)
    assert [(group.columns, group.noise) for group in groups_of([few, noise, few], quick=True)] == [
        ((0, 2), False),
        ((1,), True),
    ]
    assert [group.columns for group in groups_of([few, noise, few])] == [(0, 1, 2)]


def changes(frame: pd.DataFrame) -> list[pd.DataFrame]:
    generator = np.random.default_rng(1)
    some = generator.random(len(frame))
    edited = frame.copy()
    edited.loc[some < 0.01, ["delay", "carrier", "seats"]] = [0.5, "B6", pd.NA]
    return [
        frame,
        frame[some > 0.01].reset_index(drop=True),
        edited,
        edited.sort_values("delay", ignore_index=True),
        pd.concat([frame, flights(500, 7)], ignore_index=True),
    ]


def test_pieces_of_earlier_releases_are_read(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = changes(flights(ROWS))
    with monkeypatch.context() as patch:
        patch.setattr("nbmlops.datasets.pieces.packed", lambda array: array)
        patch.setattr("nbmlops.datasets.pieces.is_noise", lambda _: False)
        for frame in wanted[:3]:
            ws.datasets.save(frame, "d")
    for frame in wanted[3:]:  # made by today's code, of pieces of both kinds
        ws.datasets.save(frame, "d")
    for number, frame in enumerate(wanted, 1):
        pd.testing.assert_frame_equal(ws.datasets.load(f"d@{number}"), frame)


def test_damage_is_found_in_every_piece(ws: Workspace) -> None:
    for frame in changes(flights(ROWS)):
        ws.datasets.save(frame, "d")
    needed = {
        version.version: Recipe.from_text(ws.datasets._store.recipe("d", version.version)).blobs()
        for version in ws.datasets.log("d")
    }
    digests = [digest for digest, _ in ws.blobs.digests()]
    assert len(digests) > 5
    assert {digest for blobs in needed.values() for digest in blobs} == set(digests)
    for digest in digests:
        flip(ws, digest)
        for version in [version for version, blobs in needed.items() if digest in blobs]:
            with pytest.raises(Conflict, match=rf"d@{version} cannot be loaded: .*{digest[:13]}.*damaged"):
                ws.datasets.load(f"d@{version}")
        flip(ws, digest)


def test_what_is_loaded_may_be_changed_and_outlives_its_pieces(ws: Workspace) -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"x": generator.integers(-(2**62), 2**62, ROWS), "y": generator.integers(0, 9, ROWS)})
    ws.datasets.save(frame, "d")
    found, table = ws.datasets.load("d"), ws.datasets.load("d", as_="arrow")
    for digest, _ in list(ws.blobs.digests()):
        path = ws.blobs._path(digest)
        path.chmod(0o644)
        path.write_bytes(b"\0" * path.stat().st_size)
    assert table.to_pandas().equals(frame)
    pd.testing.assert_frame_equal(found, frame)
    found.loc[:, "x"] = 0
    found["y"] += 1
    assert (found["x"] == 0).all()
