"""What counts as the same content, and what does not."""

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from nbmlops.capture.fingerprint import BLOCK_ROWS, fingerprint, is_data, nbytes


def digest(obj):
    found = fingerprint(obj)
    assert found.note == ""
    return found.digest


def series(values, **options):
    return digest(pd.DataFrame({"x": pd.Series(values, **options)}))


def table(*chunks, **options):
    return digest(pa.table({"x": pa.chunked_array([pa.array(chunk, **options) for chunk in chunks])}))


def sample(rows=50):
    generator = np.random.default_rng(5)
    words = np.array(["a", "bb", "", "žluť"], dtype=object)
    return pd.DataFrame(
        {
            "int": generator.integers(-9, 9, rows),
            "float": np.where(generator.random(rows) < 0.2, np.nan, generator.random(rows)),
            "text": words[generator.integers(0, 4, rows)],
            "flag": generator.random(rows) < 0.5,
            "time": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 9**9, rows), unit="us"),
            "kind": pd.Categorical.from_codes(generator.integers(-1, 3, rows), ["u", "v", "w"]),
            "wide": pd.array(generator.integers(0, 9, rows), dtype="Int64"),
        }
    )


def test_same_content_in_every_library():
    frame = sample().drop(columns="kind")
    expected = digest(frame)
    assert digest(pa.Table.from_pandas(frame)) == expected
    assert digest(pl.from_pandas(frame)) == expected
    assert digest(frame.convert_dtypes(dtype_backend="pyarrow").astype({"text": "string[pyarrow]"})) == expected
    assert digest(pa.Table.from_pandas(sample())) == digest(sample())


@pytest.mark.parametrize("dtype", ["string[python]", "string[pyarrow]", "str", object])
def test_strings_of_every_kind(dtype):
    values = pd.Series(["a", None, "žluť", ""], dtype=dtype)
    if dtype == "str":  # pandas 2 spells None as text
        values = values.where([True, False, True, True])
    expected = table(["a", None, "žluť", ""])
    assert digest(pd.DataFrame({"x": values})) == expected
    assert table(["a"], [None, "žluť", ""], type=pa.large_string()) == expected
    assert table(["a", None, "žluť", ""], type=pa.string_view()) == expected


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (series([1, 2], dtype="i4"), series([1, 2], dtype="i8")),
        (series([1.0, 2.0]), series([1, 2])),
        (series([0.0]), series([-0.0])),
        (series([0.0]), series([np.nan])),
        (series([-np.inf]), series([np.nan])),
        (series([0], dtype="Int64"), series([None], dtype="Int64")),
        (series(["", "ab"]), series(["a", "b"])),
        (series(["a", None]), series(["a", ""])),
        (series([b"a"], dtype=object), series(["a"], dtype=object)),
        (series([1, "a"], dtype=object), series(["1", "a"], dtype=object)),
        (series([1, (1,)], dtype=object), series([1, [1]], dtype=object)),
        (series([True, False]), series([1, 0], dtype="u1")),
        (series(["a", "b"], dtype="category"), series(["a", "b"], dtype=object)),
        (series(pd.Categorical(["a"], ["a", "b"])), series(pd.Categorical(["a"], ["a", "c"]))),
        (series(pd.Categorical(["a"], ["a", "b"])), series(pd.Categorical(["a"], ["a", "b"], ordered=True))),
        (series(pd.to_datetime(["2020"])), series(pd.to_datetime(["2020"]).tz_localize("UTC"))),
        (series([1], index=[1]), series([1], index=[2])),
        (series([1], index=[1]), series([1], index=pd.Index([1], name="k"))),
        (digest(pd.DataFrame({"a": [1]})), digest(pd.DataFrame({"b": [1]}))),
        (digest(pd.DataFrame({1: [1]})), digest(pd.DataFrame({"1": [1]}))),
        (digest(pd.DataFrame({"a": [1], "b": [2]})), digest(pd.DataFrame({"a": [2], "b": [1]}))),
        (digest(np.arange(6).reshape(2, 3)), digest(np.arange(6).reshape(3, 2))),
        (digest(pd.Series([1])), digest(pd.DataFrame([1]))),
    ],
)
def test_different_content(a, b):
    assert a != b


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (
            series(pd.to_datetime(["2020", None]).as_unit("ns")),
            series(pd.to_datetime(["2020", None]).as_unit("s")),
        ),
        (series(pd.to_timedelta(["1s"]).as_unit("ns")), series(pd.to_timedelta(["1s"]).as_unit("ms"))),
        (series(np.array(["1500"], "M8[us]")), series(np.array(["1500"], "M8[s]"))),
        (series([np.nan, 1.0]), series([None, 1.0], dtype="Float64")),
        (series(np.array([0x7FF8000000000001, 0], "u8").view("f8")), series([np.nan, 0.0])),
        (series([None, np.nan, "a"], dtype=object), series([pd.NA, None, "a"], dtype=object)),
        (series([1, 2], index=[0, 1]), series([1, 2])),
        (series([None, None], dtype=object), series([None, None], dtype="string")),
        (digest(pd.DataFrame({"a": [1], "b": [2]})), digest(pd.DataFrame({"b": [2], "a": [1]}))),
        (digest(np.arange(6).reshape(2, 3)), digest(np.asfortranarray(np.arange(6).reshape(2, 3)))),
        (digest(np.arange(6)[::2]), digest(np.array([0, 2, 4]))),
        (digest(np.array([1], ">i4")), digest(np.array([1], "<i4"))),
    ],
)
def test_same_content(a, b):
    assert a == b


def test_order_is_a_second_digest():
    a, b = pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"b": [2], "a": [1]})
    assert fingerprint(a).order != fingerprint(b).order
    assert fingerprint(a).order == fingerprint(a.copy()).order


def test_leaves_name_the_changed_column_and_block():
    frame = pd.DataFrame({"a": np.arange(BLOCK_ROWS * 2 + 5), "b": np.zeros(BLOCK_ROWS * 2 + 5)})
    before = fingerprint(frame)
    frame.loc[BLOCK_ROWS, "b"] = 1.0
    after = fingerprint(frame)
    assert before.leaves[0] == after.leaves[0]
    changed = [x == y for x, y in zip(before.leaves[1].blocks, after.leaves[1].blocks, strict=True)]
    assert changed == [True, False, True]
    assert digest(pa.table(frame.to_dict("series")).slice(3)) == digest(frame.iloc[3:].reset_index(drop=True))


def test_sparse_in_every_format():
    dense = np.array([[0, 1.5, 0], [2.5, 0, 0]])
    csr = scipy.sparse.csr_matrix(dense)
    repeated = scipy.sparse.coo_matrix(([1.5, 2.0, 0.5, 0.0], ([0, 1, 1, 0], [1, 0, 0, 2])), shape=(2, 3))
    assert digest(csr) == digest(csr.tocsc()) == digest(repeated) == digest(scipy.sparse.csr_array(dense))
    assert repeated.nnz == 4
    assert fingerprint(csr).kind == "sparse"


def test_what_cannot_be_digested_says_why():
    class Strange:
        def __eq__(self, other):
            raise AssertionError

        __hash__ = None
        __repr__ = __eq__

    found = fingerprint(pd.DataFrame({"ok": [1], "bad": pd.Series([(x for x in "a")], dtype=object)}))
    assert found.digest is None
    assert found.note == "no digest: column 'bad': a generator"
    assert fingerprint(Strange()) is None
    assert digest(pd.DataFrame({"x": pd.Series([Strange()], dtype=object)}))


def test_is_data_and_nbytes():
    frame = sample()
    for obj in (
        frame,
        frame["int"],
        frame.index,
        np.zeros(2),
        pl.DataFrame({"a": [1]}),
        pa.table({"a": [1]}),
    ):
        assert is_data(obj)
        assert nbytes(obj) > 0
    for obj in (None, "a", [], [1], {"a": [1]}, object(), np.float64(1), pd.DataFrame):
        assert not is_data(obj)
    assert nbytes(scipy.sparse.eye(10, format="csr")) == 10 * 8 + 10 * 4 + 11 * 4


def test_import_loads_no_data_library():
    heavy = "{'numpy', 'pandas', 'pyarrow', 'polars'}"
    code = f"import sys, nbmlops.capture.fingerprint; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


CELLS = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=64),
    "text": st.none() | st.text(max_size=4),
    "flag": st.booleans(),
    "object": st.none()
    | st.integers()
    | st.tuples(st.integers(0, 3))
    | st.dictionaries(st.text(max_size=1), st.none()),
}


def same(a, b):
    if isinstance(a, float):
        return (np.isnan(a) and np.isnan(b)) or np.float64(a).tobytes() == np.float64(b).tobytes()
    return a == b and type(a) is type(b)


def column(kind, values):
    dtype = {"int": "i8", "float": "f8", "flag": "bool"}.get(kind, object)
    return pd.DataFrame({"x": pd.Series(values, dtype=dtype), "y": range(len(values))})


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_one_edited_cell_changes_the_digest(data):
    kind = data.draw(st.sampled_from(sorted(CELLS)))
    values = data.draw(st.lists(CELLS[kind], min_size=1, max_size=8))
    place, cell = data.draw(st.integers(0, len(values) - 1)), data.draw(CELLS[kind])
    edited = [*values[:place], cell, *values[place + 1 :]]
    changed = digest(column(kind, values)) != digest(column(kind, edited))
    assert changed != same(cell, values[place])


@settings(deadline=None, max_examples=60)
@given(st.permutations(list(sample(3).columns)), st.integers(0, 50), st.integers(0, 50))
def test_layout_changes_nothing(names, first, second):
    frame = sample()
    expected = digest(frame)
    assert digest(frame[names]) == expected
    first, second = sorted((first, second))
    pieces = [frame.iloc[:first], frame.iloc[first:second], frame.iloc[second:]]
    assert digest(pd.concat(pieces)) == expected
    arrow = pa.Table.from_pandas(frame)
    parts = [arrow.slice(0, first), arrow.slice(first, second - first), arrow.slice(second)]
    assert digest(pa.concat_tables(parts)) == expected
    without = frame.drop(columns="kind")
    polars = pl.from_pandas(without)
    assert digest(pl.concat([polars[:first], polars[first:]], rechunk=False)) == digest(without)
