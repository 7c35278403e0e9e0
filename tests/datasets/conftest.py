from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("NBMLOPS_HOME", str(home))
    with Workspace.open(home, create=True) as opened:
        yield opened


def flights(rows: int = 20_000, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": generator.permutation(rows * 10)[:rows],
            "delay": generator.normal(12, 30, rows),
            "gate": generator.integers(0, 90, rows).astype("i4"),
            "missing": np.where(generator.random(rows) < 0.1, np.nan, generator.random(rows)),
            "late": generator.random(rows) < 0.3,
            "when": pd.Timestamp("2013-01-01") + pd.to_timedelta(generator.integers(0, 10**7, rows), unit="s"),
            "carrier": generator.choice(["UA", "AA", "DL", None], rows),
            "kind": pd.Categorical.from_codes(generator.integers(-1, 4, rows), list("abcd")),
            "seats": pd.array(generator.integers(0, 400, rows), dtype="Int64"),
            "distance": generator.random(rows) * 1000,
        }
    )
