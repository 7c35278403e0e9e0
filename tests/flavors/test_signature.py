"""Signatures are strict JSON, exact, and say what does not fit."""

import datetime
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from nbmlops.errors import InvalidInput
from nbmlops.flavors import check_signature, sample_rows, signature_of


def strict(value):
    return json.loads(json.dumps(value, allow_nan=False))


def inputs(data, **options):
    return {entry["name"]: entry for entry in strict(signature_of(data, **options))["inputs"]}


FRAME = pd.DataFrame(
    {
        "i": np.array([3, 1, 2], "i4"),
        "f": [0.5, np.nan, np.inf],
        "s": ["b", None, "a"],
        "c": pd.Categorical(["u", "v", None], ["v", "u", "w"]),
        "t": pd.to_datetime(["2020-01-02", None, "2019-01-01"]),
        "b": [True, False, True],
        "n": pd.array([1, None, 3], dtype="Int64"),
        "o": pd.Series([(1, 2), {"k": 1}, None], dtype=object),
        "none": [np.nan, np.nan, np.nan],
        "d": pd.Series([datetime.date(2020, 1, 1), None, datetime.date(2019, 1, 1)], dtype=object),
    }
)


def test_types_ranges_and_categories():
    found = inputs(FRAME)
    assert found["i"] == {"name": "i", "type": "int32", "nullable": False, "min": 1, "max": 3}
    assert found["f"] == {"name": "f", "type": "float64", "nullable": True, "min": 0.5, "max": 0.5}
    assert found["s"] == {"name": "s", "type": "string", "nullable": True, "categories": ["a", "b"]}
    assert found["c"]["categories"] == ["v", "u", "w"]
    assert found["t"]["type"] == "datetime"
    assert found["t"]["min"].startswith("2019-01-01")
    assert found["b"] == {"name": "b", "type": "bool", "nullable": False}
    assert found["n"] == {"name": "n", "type": "int64", "nullable": True, "min": 1, "max": 3}
    assert found["o"] == {"name": "o", "type": "object", "nullable": True}
    assert (found["none"]["min"], found["none"]["max"]) == (None, None)


@pytest.mark.parametrize("convert", [pl.from_pandas, pa.Table.from_pandas])
def test_other_libraries(convert):
    frame = FRAME[["i", "f", "s", "t", "b"]]
    found = inputs(convert(frame))
    assert {name: entry["type"] for name, entry in found.items()} == {
        name: entry["type"] for name, entry in inputs(frame).items()
    }


def test_arrays_take_the_names_of_the_model():
    model = LogisticRegression().fit(pd.DataFrame({"x": [0.0, 1.0], "y": [1.0, 0.0]}), ["no", "yes"])
    found = strict(signature_of(np.array([[0.0, 1.0], [np.inf, 2.0]]), model=model))
    assert [entry["name"] for entry in found["inputs"]] == ["x", "y"]
    assert found["output"] == {"classes": ["no", "yes"], "type": "string"}
    assert [entry["name"] for entry in strict(signature_of([[1, 2]]))["inputs"]] == ["0", "1"]


def test_sparse_counts_the_zeros():
    found = strict(signature_of(scipy.sparse.csr_matrix([[0, 2.0], [0, -1.0], [0, 0]])))
    assert [(entry["min"], entry["max"]) for entry in found["inputs"]] == [(0, 0), (-1.0, 2.0)]
    assert found["rows"] == 3


def test_many_values_are_no_categories():
    assert "categories" not in inputs(pd.DataFrame({"s": [f"v{i}" for i in range(51)]}))["s"]
    assert len(inputs(pd.DataFrame({"s": [f"v{i}" for i in range(50)]}))["s"]["categories"]) == 50


def test_empty_and_odd_data():
    assert signature_of(pd.DataFrame()) == {"inputs": [], "rows": 0, "output": {}}
    assert strict(signature_of(FRAME[:0]))["rows"] == 0
    assert strict(signature_of(FRAME, FRAME["f"]))["output"]["type"] == "float64"
    with pytest.raises(InvalidInput, match="3 dimensions"):
        signature_of(np.zeros((2, 2, 2)))


def test_sample_rows_are_json():
    found = strict(sample_rows(FRAME))
    assert found["columns"] == list(FRAME.columns)
    assert found["rows"][0][:4] == [3, 0.5, "b", "u"]
    assert found["rows"][1][1:4] == [None, None, "v"]
    assert found["rows"][2][1] == "inf"
    assert len(sample_rows(pd.DataFrame({"a": range(99)}))["rows"]) == 5
    assert strict(sample_rows(np.arange(4).reshape(2, 2), 1)) == {"columns": ["0", "1"], "rows": [[0, 1]]}


def test_check_says_what_does_not_fit():
    signature = signature_of(FRAME)
    check_signature(signature, FRAME)
    check_signature(signature, FRAME.assign(i=[1, 2, 3], f=[1, 2, 3], c=["u", "v", "w"]))
    wrong = FRAME.drop(columns="s").assign(extra=1, i=["a", "b", "c"])
    with pytest.raises(InvalidInput, match=r"missing s; extra extra; i is string, not int32") as caught:
        check_signature(signature, wrong)
    assert "b (bool)" in caught.value.hint
    with pytest.raises(InvalidInput, match="f is bool, not float64"):
        check_signature(signature, FRAME.assign(f=True))


def test_check_of_arrays_goes_by_number_of_columns():
    signature = signature_of(pd.DataFrame({"a": [1.0], "b": [2.0]}))
    check_signature(signature, np.zeros((3, 2)))
    with pytest.raises(InvalidInput, match="missing"):
        check_signature(signature, np.zeros((3, 1)))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int8", "uint16", "bool"])
@pytest.mark.parametrize("rows", [0, 1, 6])
def test_an_array_is_described_as_the_frame_of_its_columns(dtype, rows):
    array = np.arange(rows * 4).reshape(rows, 4).astype(dtype)
    if array.dtype.kind == "f" and rows > 1:
        array[0] = [np.nan, np.inf, -np.inf, 0]
        array[:, 0] = np.nan
    frame = pd.DataFrame(array, columns=list("0123"))
    assert signature_of(array, array[:, 0]) == signature_of(frame, frame["0"].to_numpy())
    assert sample_rows(array) == sample_rows(frame)
    assert signature_of(array, model=SimpleNamespace(feature_names_in_=list("abcd"))) == signature_of(
        frame.set_axis(list("abcd"), axis=1)
    )
