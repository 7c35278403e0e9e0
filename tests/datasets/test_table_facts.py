"""Rows, columns and gaps of a file, whatever its ending, its compression and its header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from nbmlops.datasets.table_facts import ColumnFacts, TableFacts, table_facts
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
FACTS = TableFacts(2, {"a": ColumnFacts("int64", 0.0), "b": ColumnFacts("string", 0.5)})


def test_the_last_ending_says_what_a_file_is(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "flights.csv.parquet")
    FRAME.to_csv(tmp_path / "flights.parquet.csv", index=False)
    assert table_facts(tmp_path / "flights.csv.parquet") == FACTS
    assert table_facts(tmp_path / "flights.parquet.csv") == FACTS


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zip"])
def test_a_packed_file_is_what_is_in_it(tmp_path: Path, ending: str) -> None:
    FRAME.to_csv(tmp_path / f"flights.csv{ending}", index=False)
    assert table_facts(tmp_path / f"flights.csv{ending}") == FACTS


def test_a_header_in_latin_1_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "ville.csv").write_bytes("année,ville\n2013,Orléans\n".encode("latin-1"))
    with pytest.raises(InvalidInput, match=r"ville\.csv cannot be read: .*codec can't decode byte"):
        table_facts(tmp_path / "ville.csv")


def test_an_empty_file_has_no_rows_and_other_files_no_facts(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "photo.jpg").touch()
    assert table_facts(tmp_path / "empty.csv") == TableFacts(0)
    assert table_facts(tmp_path / "photo.jpg") is None
    assert table_facts(tmp_path / "nowhere.csv") is None
