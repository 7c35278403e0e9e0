"""The data of steps beside those of the base: which files differ, and what of it should not be so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.integration.records import DataChange, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.datasets.table_facts import TableFacts
    from nbmlops.registry.pinned_steps import PinnedStep

MUCH = 0.05
"""By how much the share of nulls of a column may rise without a word."""
MOST = 8


def data_changes(base: PinnedStep | None, now: PinnedStep) -> list[DataChange]:
    """Return the files that a step reads, and that are not what they were in the base."""
    if base is None:
        return []
    found = []
    for path, data in now.data.items():
        if path not in base.data:
            found.append(DataChange(now.step, path, "added", _size(data.facts)))
        elif base.data[path].fingerprint != data.fingerprint:
            found.append(DataChange(now.step, path, "changed", _differs(base.data[path].facts, data.facts)))
    gone = [DataChange(now.step, path, "removed") for path in base.data if path not in now.data]
    return [*found, *gone]


def data_findings(base: PinnedStep | None, now: PinnedStep) -> list[Finding]:
    """Return what should not be so: empty files, missing columns, other types, nulls where there were none.

    Examples
    --------
    >>> from nbmlops.datasets.table_facts import ColumnFacts, TableFacts
    >>> from nbmlops.registry.pinned_steps import PinnedData, PinnedStep
    >>> def step(**columns):
    ...     return PinnedStep("p", "train", data={"x.csv": PinnedData("b3:1", TableFacts(9, columns))})
    >>> old = step(age=ColumnFacts("int64"), city=ColumnFacts("string"))
    >>> [f.what for f in data_findings(old, step(age=ColumnFacts("string", 0.2)))]
    ['age is string, was int64', 'city is missing', 'age has nulls now: 20 %']
    """
    found = []
    for path, data in now.data.items():
        if data.facts is None:
            continue
        where = f"{now.step}: {path}"
        if data.facts.rows == 0:
            found.append(Finding("data", where, "it has no rows", "severe"))
        before = base.data.get(path) if base is not None else None
        if before is not None and before.facts is not None and data.facts.columns:
            found += [Finding("data", where, what, "severe") for what in _wrong(before.facts, data.facts)]
            found += [Finding("data", where, what) for what in _nulls(before.facts, data.facts)]
    return found


def _wrong(before: TableFacts, now: TableFacts) -> Iterator[str]:
    for name, column in before.columns.items():
        if name not in now.columns:
            yield f"{name} is missing"
        elif now.columns[name].type != column.type and "null" not in (column.type, now.columns[name].type):
            yield f"{name} is {now.columns[name].type}, was {column.type}"


def _nulls(before: TableFacts, now: TableFacts) -> Iterator[str]:
    for name, column in before.columns.items():
        share = now.columns[name].nulls if name in now.columns else 0.0
        if share > 0 and not column.nulls:
            yield f"{name} has nulls now: {share * 100:.3g} %"
        elif share - column.nulls > MUCH:
            yield f"{name} has more nulls: {share * 100:.3g} %, were {column.nulls * 100:.3g} %"


def _size(facts: TableFacts | None) -> str:
    return f"{facts.rows:,} rows, {len(facts.columns)} columns" if facts is not None else ""


def _differs(before: TableFacts | None, now: TableFacts | None) -> str:
    if before is None or now is None:
        return ""
    words = [f"{before.rows:,} → {now.rows:,} rows"] if before.rows != now.rows else []
    for title, names in (
        ("new columns", [name for name in now.columns if name not in before.columns]),
        ("columns gone", [name for name in before.columns if name not in now.columns]),
    ):
        if names:
            more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
            words.append(f"{title}: {', '.join(names[:MOST])}{more}")
    return "; ".join(words)
