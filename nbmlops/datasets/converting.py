"""Data of one library given as another's."""

from __future__ import annotations

from typing import Any

from nbmlops.datasets.forms import form_name
from nbmlops.datasets.queries import needed
from nbmlops.errors import InvalidInput


def converted(data: Any, kind: str) -> Any:
    """Return data as another library holds them."""
    if kind not in ("pandas", "arrow", "polars", "duckdb"):
        raise InvalidInput(f"data cannot be given as {kind!r}.", "Choose one of: pandas, arrow, polars, duckdb")
    form = form_name(data)
    if form == f"{kind}.frame" or (form == "arrow.table" and kind == "arrow"):
        return data
    if kind == "pandas":
        return _as_pandas(data, form)
    table = _as_arrow(data, form)
    if kind == "arrow":
        return table
    if kind == "polars":
        return needed("polars", "data as a polars frame").from_arrow(table)
    return needed("duckdb", "data as a DuckDB relation").from_arrow(table)


def _as_pandas(data: Any, form: str) -> Any:
    import pandas as pd

    if form == "pandas.series":
        return data.to_frame()
    if form in ("arrow.table", "polars.frame"):
        return data.to_pandas()
    return pd.DataFrame(data if form == "records" or data.ndim <= 2 else data.reshape(len(data), -1))


def _as_arrow(data: Any, form: str) -> Any:
    import pyarrow as pa

    if form == "arrow.table":
        return data
    if form == "polars.frame":
        return data.to_arrow()
    return pa.Table.from_pandas(_as_pandas(data, form) if form != "pandas.frame" else data)
