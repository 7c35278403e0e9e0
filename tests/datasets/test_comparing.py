"""What a diff says: rows by key, by place or by content; columns with what became of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from nbmlops.display.views import DatasetDiffView
from nbmlops.errors import InvalidInput, NotFound

from .conftest import flights

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace


def told(found: Any) -> tuple[int, int, int, list[tuple[str, str, int]]]:
    columns = [(column.column, column.change, column.rows_changed) for column in found.columns]
    return found.rows_added, found.rows_removed, found.rows_changed, columns


def test_rows_are_added_removed_and_changed(ws: Workspace) -> None:
    a = flights(5000)
    b = a.copy()
    b.loc[[7, 4000], "delay"] += 1
    b.loc[7, "carrier"] = "XX"
    assert told(ws.datasets.diff(a, b)) == (0, 0, 2, [("delay", "changed", 2), ("carrier", "changed", 1)])
    b = pd.concat([b, flights(30, 9)], ignore_index=True).drop(index=range(100, 110)).reset_index(drop=True)
    expected = (30, 10, 2, [("delay", "changed", 2), ("carrier", "changed", 1)])
    assert told(ws.datasets.diff(a, b)) == expected
    assert told(ws.datasets.diff(b, a))[:3] == (10, 30, 2)
    ws.datasets.save(a, "flights")
    ws.datasets.save(b, "flights")
    assert told(ws.datasets.diff("flights@1", "flights@2")) == expected
    assert told(ws.datasets.diff("flights@1", b)) == expected
    assert told(ws.datasets.diff("flights", "flights@latest")) == (0, 0, 0, [])


def test_by_key(ws: Workspace) -> None:
    a = flights(2000).drop_duplicates("id")
    b = a.sample(frac=1, random_state=0)[5:].assign(gate=np.int32(1))
    found = ws.datasets.diff(a, b, on="id")
    changed = int((a.set_index("id").loc[b["id"], "gate"] != 1).sum())
    assert (found.rows_added, found.rows_removed, found.rows_changed) == (0, 5, changed)
    assert ("gate", "changed", changed) in told(found)[3]
    with pytest.raises(NotFound, match="no column 'idd'"):
        ws.datasets.diff(a, b, on=["idd"])
    with pytest.raises(InvalidInput, match="twice"):
        ws.datasets.diff(a, b, on=["gate"])


def test_order_types_and_names(ws: Workspace) -> None:
    a = flights(3000)
    found = ws.datasets.diff(a, a.sort_values("delay", ignore_index=True))
    assert (told(found), found.reordered) == ((0, 0, 0, []), True)
    b = a.rename(columns={"delay": "minutes"}).astype({"gate": "int64"}).drop(columns="late").assign(more=1.0)
    assert told(ws.datasets.diff(a, b)) == (
        0,
        0,
        0,
        [("minutes", "renamed", 0), ("gate", "type", 0), ("more", "added", 3000), ("late", "removed", 3000)],
    )
    fewer = b.drop(index=range(50)).reset_index(drop=True)
    assert ("minutes", "renamed", 0) in told(ws.datasets.diff(a, fewer))[3]
    recomputed = a.assign(delay=a.delay * 2)[10:].reset_index(drop=True)
    assert told(ws.datasets.diff(a, recomputed)) == (0, 10, 2990, [("delay", "changed", 2990)])


def test_equal_rows_are_counted_one_by_one(ws: Workspace) -> None:
    a = pd.DataFrame({"a": [1, 1, 2, 2, 2]})
    assert told(ws.datasets.diff(a, pd.DataFrame({"a": [1, 2, 2]})))[:3] == (0, 2, 0)
    assert told(ws.datasets.diff(a, pd.DataFrame({"a": [1, 1, 1, 1, 2, 2, 2]})))[:3] == (2, 0, 0)


def test_statistics_and_views(ws: Workspace) -> None:
    a = flights(4000)
    b = a.assign(delay=a.delay + 5, carrier=a.carrier.fillna("ZZ"), kind=a.kind.cat.rename_categories({"a": "A"}))
    found = ws.datasets.diff(a, b)
    record = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert {"rows_added", "rows_removed", "rows_changed", "columns"} <= set(record)
    delay, carrier, kind = record["columns"]
    assert delay["after"]["mean"] == pytest.approx(delay["before"]["mean"] + 5)
    assert len(delay["before"]["histogram"]) == len(delay["after"]["histogram"]) == 20
    assert sum(delay["before"]["histogram"]) == 4000
    assert (carrier["before"]["nulls"], carrier["after"]["nulls"]) == (int(a.carrier.isna().sum()), 0)
    assert kind["rows_changed"] == int((a.kind == "a").sum())
    view = DatasetDiffView(found)
    assert "4,000 rows changed, 3 columns changed" in view.text()
    assert view.html().count("<svg") == 2
    assert "\ue000" not in view.html()
    assert "nothing differs" in DatasetDiffView(ws.datasets.diff(a, a)).text()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_small_and_odd_frames(ws: Workspace, rows: int) -> None:
    a = pd.DataFrame({"x": [1.0, np.nan][:rows], "y": pd.Series([[1], {"a": 2}][:rows], dtype=object)})
    assert told(ws.datasets.diff(a, a.copy())) == (0, 0, 0, [])
    assert told(ws.datasets.diff(a, a.iloc[:0]))[1] == rows
    odd = a.assign(x=[np.inf, -np.inf][:rows])
    DatasetDiffView(ws.datasets.diff(a, odd)).html()
    assert ws.datasets.diff(a, pd.DataFrame()).rows_removed == rows
