"""What a file's table is like in a few words: its rows, and of each column the type and the share of nulls.

The file is read by Arrow, which tells an integer with nulls from a number, as frames do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.tabular import ending_of, is_table
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1_000_000_000
"""Files above are not looked into: a check of data is not to take longer than the training."""


@dataclass(frozen=True)
class ColumnFacts:
    """The type of a column, and which share of its values is null or not a number."""

    type: str
    nulls: float = 0.0


@dataclass(frozen=True)
class TableFacts:
    """The rows and columns of a table."""

    rows: int
    columns: dict[str, ColumnFacts] = field(default_factory=dict)


def table_facts(path: Path) -> TableFacts | None:
    """Return what a file's table is like; None for what is no table, is not there, or is too large to look into.

    Raises
    ------
    InvalidInput
        It cannot be read as what its ending says.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "x.csv"
    >>> _ = path.write_text("a,b\\n1,x\\n,y\\n")
    >>> table_facts(path)
    TableFacts(rows=2, columns={'a': ColumnFacts(type='int64', nulls=0.5), 'b': ColumnFacts(type='string', nulls=0.0)})
    """
    if not is_table(path) or not path.is_file() or path.stat().st_size > MAX_BYTES:
        return None
    if path.stat().st_size == 0:
        return TableFacts(0)
    try:
        table = _read(path)
        columns = {name: _facts(table.column(at)) for at, name in enumerate(table.column_names)}
    except Exception as error:  # Arrow and pandas raise whatever their parts raise
        lines = str(error).splitlines()
        raise InvalidInput(
            f"{path} cannot be read: {(lines[0] if lines else type(error).__name__).rstrip('.')}.",
            "Is it whole, and what its ending says?",
        ) from error
    return TableFacts(table.num_rows, columns)


def _read(path: Path) -> Any:
    import pyarrow as pa

    ending = ending_of(path)
    if ending in (".csv", ".tsv") and path.suffix not in (".zip", ".xz"):  # Arrow unpacks neither
        from pyarrow import csv

        return csv.read_csv(
            str(path),
            parse_options=csv.ParseOptions(delimiter="\t" if ending == ".tsv" else ",", newlines_in_values=True),
            convert_options=csv.ConvertOptions(strings_can_be_null=True),
        )
    if ending in (".parquet", ".pq"):
        from pyarrow import parquet

        with parquet.ParquetFile(path) as file:
            return file.read()
    from nbmlops.datasets.tabular import read_table

    return pa.Table.from_pandas(read_table(path), preserve_index=False)


def _facts(column: Any) -> ColumnFacts:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    missing = column.null_count
    if pa.types.is_floating(kind) and column.type == kind:
        missing += int(pc.sum(pc.is_nan(column)).as_py() or 0)
    word = {"large_string": "string", "double": "float64", "float": "float32", "string_view": "string"}
    share = missing / len(column) if len(column) else 0.0
    return ColumnFacts(word.get(str(kind), str(kind)).replace(" ", ""), round(share, 4))
