"""Digests that are stored for ever: the same in every process, hash seed, and release of pandas."""

import datetime
import decimal
import functools
import json
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse

from nbmlops.capture.fingerprint import fingerprint, object_digest

TIMES = ["2020-01-01 12:30:00.123456", "1969-12-31 23:59:59", None]
DAY = datetime.date(2020, 2, 29)


def mixed_frame():
    return pd.DataFrame(
        {
            "int": np.array([1, -2, 3], "i8"),
            "float": [0.5, np.nan, -0.0],
            "text": ["a", None, "žluť"],
            "flag": [True, False, True],
            "time": pd.to_datetime(TIMES, format="ISO8601"),
            "kind": pd.Categorical(["u", "v", None]),
        }
    )


def odd_frame():
    return pd.DataFrame(
        {
            "Int64": pd.array([1, None, 3], dtype="Int64"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "string": pd.array(["a", None, ""], dtype="string"),
            "zoned": pd.to_datetime(TIMES, format="ISO8601").tz_localize("UTC").tz_convert("Europe/Rome"),
            "period": pd.PeriodIndex(["2020-01", "2020-02", None], freq="M"),
            "delta": pd.to_timedelta(["1 days", "2h", None]),
            "interval": pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3]),
            "objects": pd.Series([(1, "x"), {"b": 2.5, "a": None}, decimal.Decimal("1.10")], dtype=object),
            "dates": pd.Series([DAY, None, datetime.date(1960, 1, 1)], dtype=object),
            ("tuple", 1): np.array([1, 2, 3], "u1"),
            7: np.array([1, 2, 3], "f4"),
        },
        index=pd.Index(["r", "s", "t"], name="key"),
    )


def repeated_names():
    frame = pd.DataFrame(np.arange(6).reshape(2, 3).astype("i8"))
    frame.columns = pd.MultiIndex.from_tuples([("a", 1), ("a", 1), ("b", 2)], names=["x", None])
    return frame


def levels():
    index = pd.MultiIndex.from_arrays([["a", "b"], pd.to_datetime(["2020", "2021"])], names=["k", "t"])
    return pd.DataFrame({"v": [1.0, 2.0]}, index=index)


def nested_arrow():
    return pa.table(
        {
            "lists": pa.array([[1, 2], None, []]),
            "records": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}]),
            "days": pa.array([DAY, None, DAY]),
            "money": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-2.00")]),
            "bytes": pa.array([b"\0", None, b""]),
            "clock": pa.array([datetime.time(1, 2, 3), None, datetime.time(0)]),
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
        }
    )


def structured():
    return np.array([(1, 2.5), (3, 4.5)], dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True))


DATA = {
    "mixed": mixed_frame,
    "odd": odd_frame,
    "repeated names": repeated_names,
    "levels": levels,
    "nested": nested_arrow,
    "empty": pd.DataFrame,
    "series": lambda: pd.Series([1.0, 2.0], name="x", index=[5, 6]),
    "array": lambda: np.arange(12, dtype="i4").reshape(3, 4),
    "big endian": lambda: np.arange(3, dtype=">f8"),
    "scalar": lambda: np.array(3.5),
    "objects": lambda: np.array([1, "a", None, (2, 3)], dtype=object),
    "unicode": lambda: np.array(["a", "bc"]),
    "structured": structured,
    "masked": lambda: np.ma.MaskedArray([1, 2, 3], [False, True, False], dtype="i8"),
    "sparse": lambda: scipy.sparse.csr_matrix(np.array([[0, 1.5], [2.5, 0]])),
    "records": lambda: [{"a": 1, "b": "x"}, {"a": 2.5}],
}

OBJECTS = {
    "scalars": lambda: [1, -1, 2**80, 0.5, -0.0, float("nan"), 1j, "ž", b"\0", True, None, ...],
    "containers": lambda: {"b": {3, 1, 2}, "a": frozenset({"x", "y"}), 1: [(), {}], (1, 2): bytearray(b"z")},
    "values": lambda: [
        datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        DAY,
        datetime.timedelta(days=1),
        decimal.Decimal("1.0"),
        pathlib.PurePosixPath("a/b"),
        re.compile("a+"),
        range(3),
        slice(1, None),
        np.float32(1.5),
        np.dtype("i4"),
        pd.Timestamp("2020-01-01"),
        functools.partial(int, base=2),
    ],
    "generators": lambda: [np.random.RandomState(3), np.random.default_rng(3)],
    "functions": lambda: [len, np.log1p, str.upper, dict],
    "frame": mixed_frame,
}

STORED: dict[str, str] = {
    "mixed": "b3:10db05693a6a75312be20334aa8247a24f02eb209a426edfa1da0d84ec8fe2bf 26926d8ad8e4e79f",
    "odd": "b3:d90287e7232bd67e80ecab78bbe2fab3df03d97250e126f5c03a1fc0b548f922 8f608885ab4f7c33",
    "repeated names": "b3:78a840e34ec6c375d533124fb2ea74d0125320ff3ed953cfa9aa3440d783670e 540d3af10dbe483e",
    "levels": "b3:ced08b0a0b12ba684405133770e6570f8ad1890dcb7d7982e0978c41b2ce15eb aa17f953b1496bad",
    "nested": "b3:6f28a0220fbea7eb7d4b56b851a3c031e38a03409b0aaca2383a2fbdac766b9b fab1e544ef3b534e",
    "empty": "b3:ab7fe0d485abd393c4a4b93a395ddcbb8bdafc6b768010cea2a6d072fca9a296 eea95a4c7bfe0dcd",
    "series": "b3:37ae179395037fc18c042f645d6fa5c1b48e74f20334862c55b30bd388bf0d51 36e6bdcdfb0de801",
    "array": "b3:a84ee66475817e33fff848d60009cc17ea908bf12c85fd0339dc65c67a1b08f1 89d38131c146bf92",
    "big endian": "b3:789c5da40f2106a6cdc36e7d1ffac5fac38961fa57ab5bf72875d85332edc7c5 efc958098f6af9a4",
    "scalar": "b3:0fc0130135efeab04e848b10c108874a6a63a64b1a1121c47dc34cbdb1f43959 8e2a37a814e1974f",
    "objects": "b3:9d15199f2d684b274552de94f01ea94b2d2f77194a48cc33c9f7649153bd7e03 57c2b1eeb167e348",
    "unicode": "b3:d9dc4c707f71c572c52b08749e1be6288fa995bf280f5f433fbd6354c9261332 dbfe117c087bf3fc",
    "structured": "b3:9cd42eceb76284b9061619e74622064c1428db3c693816f2e4d219aa51f2364f 5feea38882707c0e",
    "masked": "b3:c76cc52eb3adf558533b9111090b3ab299a59425db1d7d122449bdb8d5f6ff6a bda1ed92305e59c8",
    "sparse": "b3:56e05c0b8b8e3e88e1efb8a53d32b2670b0dff26a7cbc15ec3d9b48d34c93b44 cb3245eef85065ce",
    "records": "b3:0c5991dfcf49d451066de816320024ea0cfb944eaca20f3430e86441ff4c3921 22e53cbb98e3dc80",
    "scalars": "b3:0fb24fbb8cc459b08e6e22ff6e9ee5be62773945ba5a0881b59de3d5deb63b93",
    "containers": "b3:cf0709d29d57a81586014f24226a04996769147d6ca84ca8e7ce707f8a63ecba",
    "values": "b3:9a7c4c7d4710638d6c8d470883b0a3061d1051c00332de07bec9abe5850b1146",
    "generators": "b3:054bb45c88a5d05c6000bcc8ec0d9c82b2d2b52e596e0d48b05f4686b4d4d699",
    "functions": "b3:3c5dc799584c4de50b8470e9ceb943b68acb80b08019f430e176b66fb84ffa93",
    "frame": "b3:ba79473b8f43f240b248150e1f415a77a1104507d644cddeb758d07cfef9f702",
}


def digest_of(name):
    if name in DATA:
        found = fingerprint(DATA[name]())
        assert found.note == ""
        return f"{found.digest} {found.order[3:19]}"
    return object_digest(OBJECTS[name]())


def all_digests():
    return {name: digest_of(name) for name in (*DATA, *OBJECTS)}


@pytest.mark.parametrize("name", [*DATA, *OBJECTS])
def test_stored_digest(name):
    assert digest_of(name) == STORED[name]


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_digest_in_another_process(seed):
    code = "import json, runpy, sys; print(json.dumps(runpy.run_path(sys.argv[1])['all_digests']()))"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    command = [sys.executable, "-c", code, __file__]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == STORED
