"""A table larger than memory is the same version as one that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nbmlops.capture.fingerprint import fingerprint

from .conftest import flights

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.workspaces import Workspace


@pytest.mark.parametrize("rows", [0, 100, 262_144, 700_001])
def test_a_stream_is_the_table(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("nbmlops.datasets.versions.is_large", lambda path: True)
    frame = flights(max(rows, 1))[:rows].drop(columns="kind")
    file = tmp_path / "a.parquet"
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, file, row_group_size=100_000)
    version = ws.datasets.save_path(file, "d")
    assert version.fingerprint == fingerprint(table).digest
    assert (version.rows, version.columns) == (rows, 9)
    found = ws.datasets.load("d")
    assert found.equals(table)
    assert ws.datasets.save_path(file, "d").unchanged
    more = pa.concat_tables([table, table.slice(0, 50)])
    pq.write_table(more, file)
    second = ws.datasets.save_path(file, "d")
    assert ws.datasets.load("d").equals(more)
    assert second.fingerprint == fingerprint(more).digest
    if rows > 300_000:
        assert second.bytes_added < 0.5 * version.bytes_added
    assert ws.datasets.load("d@1").equals(table)
    if rows:
        assert ws.datasets.diff("d@1", "d@2").rows_added == min(rows, 50)
    assert ws.verify() == []


def test_a_csv_as_a_stream(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbmlops.datasets.versions.is_large", lambda path: True)
    frame = flights(5000)[["id", "gate", "late"]]
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert ws.datasets.save_path(tmp_path / "a.csv", "d").rows == 5000
    pd.testing.assert_frame_equal(ws.datasets.load("d", as_="pandas"), frame.astype({"gate": "int64"}))
    pd.testing.assert_frame_equal(ws.datasets.load("d", columns=["id"], as_="pandas"), frame[["id"]])
