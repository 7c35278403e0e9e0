"""Every kind of data comes back as it was: the same fingerprint, types, labels, index and order."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from nbmlops.capture.fingerprint import fingerprint
from nbmlops.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace

N = 5
OBJECTS: dict[str, list[Any]] = {
    "text": ["a", None, "b", "", "é"],
    "text and NaN": ["a", float("nan"), "b", "", "é"],
    "text and NA": ["a", pd.NA, "b", "", "é"],
    "bytes": [b"a", None, b"", b"c", b"d"],
    "nothing": [None] * N,
    "only NaN": [float("nan")] * N,
    "two kinds of missing": ["a", None, float("nan"), pd.NA, pd.NaT],
    "half a surrogate": ["\ud800", "a", None, "b", "c"],
    "decimals": [decimal.Decimal("1.10"), None, decimal.Decimal(3), decimal.Decimal("-0"), decimal.Decimal("1E+3")],
    "mixed": [1, "a", None, 2.5, [1, {"x": (1, 2)}]],
    "dates": [dt.date(2020, 1, 1), dt.date(1, 1, 1), None, dt.date(2020, 1, 3), dt.date(9999, 1, 1)],
    "moments": [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.time(3, 4), dt.timedelta(1, 2, 3), None, uuid.UUID(int=7)],
    "numpy": [np.float32(1.5), np.int8(3), np.array([1, 2]), np.datetime64("2020"), 1 + 2j],
    "pandas": [pd.Timestamp("2020", tz="Europe/Rome"), pd.Timedelta(3, "ns"), pd.Period("2020-01", "M"), True, 10**40],
    "sets": [{1, 2}, frozenset("ab"), pd.Interval(1, 2), b"x", ""],
}
COLUMNS: dict[str, Any] = {
    "int8": np.arange(N, dtype="i1"),
    "uint64": np.arange(N, dtype="u8") + 2**63,
    "floats": np.array([1, np.nan, -0.0, 0.0, np.inf]),
    "float16": np.arange(N, dtype="f2"),
    "float32": np.arange(N, dtype="f4"),
    "bool": np.array([True, False, True, False, True]),
    "complex": np.arange(N) * 1j,
    "datetime": pd.to_datetime(["2020", "2021", None, "2022", "1700"]).as_unit("us"),
    "datetime ns": pd.to_datetime(["2020", "2021", None, "2022", "2023"]).as_unit("ns"),
    "datetime s": pd.to_datetime(["2020", "2021", None, "2022", "2023"]).as_unit("s"),
    "timedelta": pd.to_timedelta([1, 2, None, 4, 5], unit="s"),
    "zone": pd.to_datetime(["2020", "2021", None, "2022", "2023"]).tz_localize("Europe/Rome"),
    "offset": pd.date_range("2020", periods=N, tz=dt.timezone(dt.timedelta(hours=-2, minutes=-30))),
    "utc": pd.date_range("2020", periods=N, tz="UTC"),
    "Int64": pd.array([1, None, 3, 4, 5], dtype="Int64"),
    "Float32": pd.array([1, None, 3, 4, 5], dtype="Float32"),
    "boolean": pd.array([True, None, True, True, False], dtype="boolean"),
    "str": pd.array(["a", None, "c", "", "é"], dtype="str"),
    "string[python]": pd.array(["a", None, "c", "", "é"], dtype="string[python]"),
    "string[pyarrow]": pd.array(["a", None, "c", "", "é"], dtype="string[pyarrow]"),
    "category": pd.Categorical(["a", "b", None, "a", "b"], categories=["z", "b", "a"], ordered=True),
    "category of numbers": pd.Categorical([1, 2, None, 1, 1]),
    "category of dates": pd.Categorical(pd.date_range("2020", periods=N)),
    "period": pd.PeriodIndex(["2020-01", None, "2020-03", "2020-04", "2020-05"], freq="M"),
    "interval": pd.IntervalIndex.from_breaks(range(N + 1), closed="left"),
    "interval with nothing": pd.arrays.IntervalArray.from_tuples(
        [(0.0, 1.0), np.nan, (1.0, 2.0), (2.0, 3.0), (3.0, 4.0)]
    ),
    "interval of dates": pd.IntervalIndex.from_breaks(pd.date_range("2020", periods=N + 1)),
    "sparse": pd.arrays.SparseArray([0, 0, 1, 2, 0]),
    "arrow lists": pd.array([[1], [2, 3], None, [], [4]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "arrow text": pd.array(["a", "b", None, "c", "d"], dtype=pd.ArrowDtype(pa.string())),
    "arrow dictionary": pd.array(
        ["a", "b", None, "c", "d"], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))
    ),
    "arrow decimal": pd.array([decimal.Decimal("1.10")] * N, dtype=pd.ArrowDtype(pa.decimal128(10, 2))),
    **{name: pd.Series(values, dtype=object) for name, values in OBJECTS.items()},
}
NOT_AN_INDEX = {"float16", "arrow lists", "mixed", "numpy", "sets"}


def back(ws: Workspace, data: Any) -> Any:
    version = ws.datasets.save(data, "d")
    found = ws.datasets.load("d")
    before, after = fingerprint(data), fingerprint(found)
    assert before is not None
    assert after is not None
    assert before.digest == version.fingerprint == after.digest
    assert before.order == after.order
    assert ws.datasets.save(found, "d").unchanged
    return found


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_each_type(ws: Workspace, name: str) -> None:
    frame = pd.DataFrame({"x": COLUMNS[name], "y": range(N)})
    pd.testing.assert_frame_equal(back(ws, frame), frame, check_freq=True)
    pd.testing.assert_frame_equal(back(ws, frame.iloc[:0]), frame.iloc[:0])
    part = frame.iloc[3:0:-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(back(ws, part), part)
    if name not in NOT_AN_INDEX:
        series = pd.Series(range(N), index=pd.Index(COLUMNS[name], dtype=COLUMNS[name].dtype, name="i"), name=("a", 1))
        pd.testing.assert_series_equal(back(ws, series), series)


def test_all_types_in_one_frame(ws: Workspace) -> None:
    frame = pd.DataFrame(COLUMNS)
    pd.testing.assert_frame_equal(back(ws, frame), frame)


LABELS: dict[str, Any] = {
    "range": pd.RangeIndex(4),
    "twice": pd.Index(["a", "a", "b", "b"]),
    "levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1), ("b", 1)], names=["x", None]),
    "dates": pd.date_range("2020", periods=4),
    "categories": pd.CategoricalIndex(list("abca")),
    "mixed": pd.Index([1, "a", None, (1, 2)], dtype=object),
    "periods": pd.PeriodIndex(["2020", "2021", "2022", "2023"], freq="Y"),
    "named": pd.Index(list("abcd"), name="n"),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_columns_and_rows(ws: Workspace, name: str) -> None:
    frame = pd.DataFrame(np.arange(16).reshape(4, 4), columns=LABELS[name])
    pd.testing.assert_frame_equal(back(ws, frame), frame, check_freq=True)
    if name != "mixed":
        frame = pd.DataFrame(np.arange(16).reshape(4, 4), index=LABELS[name])
        pd.testing.assert_frame_equal(back(ws, frame), frame, check_freq=True)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame(index=range(3)),
        pd.DataFrame(index=[3, 1]),
        pd.DataFrame({"a": [1]}, index=pd.RangeIndex(5, 2, -3)),
    ],
)
def test_frames_that_hold_little(ws: Workspace, frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(back(ws, frame), frame)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.arange(24).reshape(2, 3, 4),
        np.array(3),
        np.zeros((0, 3)),
        np.zeros((3, 0)),
        np.array(["a", "bb"]),
        np.array([b"a", b"bb"]),
        np.array(["2020", "NaT"], "M8[D]"),
        np.random.default_rng(0).random((2, 3000)),
        np.array([1, "a", None], object),
        np.arange(3, dtype=">i4"),
        np.arange(3) * 1j,
        np.arange(3).astype(np.longdouble),
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_arrays(ws: Workspace, array: np.ndarray) -> None:
    found = back(ws, array)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)


def test_arrow_tables(ws: Workspace) -> None:
    table = pa.table(
        {
            "a": [1, None],
            "s": ["x", None],
            "d": pa.array(["a", "b"]).dictionary_encode(),
            "l": [[1], None],
            "st": [{"a": 1}, None],
            "t": pa.array([1, 2], pa.timestamp("s", "UTC")),
            "v": pa.array(["a", "b"], pa.string_view()),
            "n": pa.nulls(2),
            "f": pa.array([float("nan"), None]),
            "dec": pa.array([decimal.Decimal("1.1")] * 2),
            "m": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        }
    ).replace_schema_metadata({"k": "v"})
    found = back(ws, table)
    assert found.schema.equals(table.schema, check_metadata=True)
    assert found.drop_columns("f").equals(table.drop_columns("f"))
    assert str(found["f"].to_pylist()) == "[nan, None]"


def test_polars_frames(ws: Workspace) -> None:
    frame = pl.DataFrame(
        {
            "a": [1, None],
            "s": ["x", None],
            "c": pl.Series(["a", "b"], dtype=pl.Categorical),
            "e": pl.Series(["a", "b"], dtype=pl.Enum(["b", "a", "q"])),
            "l": [[1], None],
            "d": [dt.date(2020, 1, 1)] * 2,
            "dt": [dt.datetime(2020, 1, 1, tzinfo=dt.UTC)] * 2,
            "st": [{"a": 1}, None],
            "arr": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int8, 2)),
        }
    )
    found = back(ws, frame)
    assert found.schema == frame.schema
    assert found.equals(frame)


def test_records(ws: Workspace) -> None:
    records = [{"a": 1, "b": "x"}, {"b": None, "c": 2.5}, {"a": [1]}]
    assert back(ws, records) == records


def test_other_kinds_and_some_columns(ws: Workspace) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=pd.Index([7, 8], name="k"))
    ws.datasets.save(frame, "d")
    assert ws.datasets.load("d", as_="arrow").column_names == ["a", "b", "k"]
    assert ws.datasets.load("d", as_="polars")["a"].to_list() == [1, 2]
    pd.testing.assert_frame_equal(ws.datasets.load("d", columns=["b"]), frame[["b"]])
    pd.testing.assert_frame_equal(ws.datasets.load("d", columns="a"), frame[["a"]])
    with pytest.raises(NotFound, match="no column 'aa'"):
        ws.datasets.load("d", columns=["aa"])
    with pytest.raises(InvalidInput, match="cannot be given as 'r'"):
        ws.datasets.load("d", as_="r")


class Strange:
    def __init__(self) -> None:
        self.me = self


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"a": 1}, "no data that can be kept"),
        (pd.DataFrame({"odd": pd.Series([Strange(), 1], dtype=object)}), "column 'odd'"),
        (np.zeros(2, "i4,f8"), "column 0"),
        (np.ma.MaskedArray([1, 2], [True, False]), "masked array"),
        (sparse.eye(3).tocsr(), "no data that can be kept"),
    ],
    ids=["dict", "objects", "fields", "masked", "sparse"],
)
def test_what_cannot_be_kept_is_refused_by_name(ws: Workspace, data: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        ws.datasets.save(data, "d")
    assert ws.datasets.list() == []


def test_what_is_loaded_may_be_changed(ws: Workspace) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [True, False], "c": [1.5, 2.5], "d": pd.to_datetime(["2020", "2021"])})
    ws.datasets.save(frame, "d")
    found = ws.datasets.load("d")
    for name in frame:
        found[name].to_numpy(copy=False)
        found.loc[0, name] = found.loc[1, name]
    assert found["a"].tolist() == [2, 2]
    assert ws.datasets.load("d")["a"].tolist() == [1, 2]
