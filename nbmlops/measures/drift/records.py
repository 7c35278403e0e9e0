"""What a comparison of two sets of data found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from nbmlops.measures.drift.chance import FEWEST_ROWS
from nbmlops.records import json_value

Severity = Literal["none", "warn", "severe"]
ColumnKind = Literal["number", "category", "identifier", "time", "empty"]
TOO_FEW = "too few rows to tell"


@dataclass(frozen=True)
class Shape:
    """How a column is distributed on both sides, small enough to be drawn.

    For numbers ``edges`` are those of bins, for categories ``labels`` name them; ``reference`` and ``current`` are the
    shares of rows.
    """

    reference: tuple[float, ...]
    current: tuple[float, ...]
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnDrift:
    """What was found in one column.

    ``statistic`` names what decides, ``value`` is that and ``threshold`` the least that counts, where the p-value
    says that it is more than chance as well. ``others`` are statistics that are shown and decide nothing.
    """

    column: str
    kind: ColumnKind
    role: Literal["feature", "target", "prediction", "time"]
    statistic: str | None
    value: float | None
    threshold: float | None
    p_value: float | None
    severity: Severity
    drifted: bool
    reason: str
    impact: float | None = None
    others: dict[str, float] = field(default_factory=dict, repr=False)
    shape: Shape | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Finding:
    """Something else that is not as it was: of the schema, of columns together, or of what they say of the target.

    ``column`` is the first of ``columns`` and empty where it is about whole rows.
    """

    kind: str
    columns: tuple[str, ...]
    severity: Literal["warn", "severe"]
    reason: str
    rows: int | None = None

    @property
    def column(self) -> str:
        """The first column that it is about; empty where it is about whole rows."""
        return self.columns[0] if self.columns else ""

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        result: dict[str, Any] = json_value({"column": self.column, **asdict(self)})
        return result


@dataclass(frozen=True)
class WindowDrift:
    """How far each column of one window of the current data is from the reference."""

    window: str
    rows: int
    values: dict[str, float]
    drifted: tuple[str, ...]


@dataclass(frozen=True)
class Drift:
    """What differs between a reference and current data.

    ``columns`` stand in order of their weight; ``schema``, ``joint`` and ``concept`` hold findings only.
    """

    reference_rows: int
    current_rows: int
    columns: tuple[ColumnDrift, ...]
    schema: tuple[Finding, ...] = ()
    joint: tuple[Finding, ...] = ()
    concept: Finding | None = None
    windows: tuple[WindowDrift, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether anything was found."""
        return bool(self.drifted_columns or self.schema or self.joint or self.concept)

    @property
    def untold(self) -> str:
        """Why nothing could be told of any column, where a side has too few rows; empty else."""
        sizes = (self.reference_rows, self.current_rows)
        return f"{TOO_FEW}: {sizes[0]:,} and {sizes[1]:,}" if min(sizes) < FEWEST_ROWS else ""

    @property
    def drifted_columns(self) -> tuple[ColumnDrift, ...]:
        """The columns whose distribution has changed."""
        return tuple(one for one in self.columns if one.drifted)

    @property
    def severe(self) -> bool:
        """Whether anything severe was found."""
        findings = [*self.schema, *self.joint, *([self.concept] if self.concept else [])]
        return "severe" in {*(one.severity for one in self.columns), *(one.severity for one in findings)}

    @property
    def summary(self) -> str:
        """How much was found, in words."""
        moved = len(self.drifted_columns)
        others = len(self.schema) + len(self.joint) + (self.concept is not None)
        if not self.drifted:
            return self.untold or "nothing has drifted"
        parts = [f"{moved} of {len(self.columns)} columns drifted"] if moved else []
        if others:
            parts.append(f"{others} finding{'' if others == 1 else 's'}{' besides' if moved else ''}")
        return " and ".join(parts)

    def __str__(self) -> str:
        return f"{self.summary}: {self.current_rows:,} rows against {self.reference_rows:,}"

    def __repr__(self) -> str:
        return f"<drift: {self}>"

    def __getitem__(self, column: str) -> ColumnDrift:
        for one in self.columns:
            if one.column == column:
                return one
        raise KeyError(column)

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops drift --json``."""
        result: dict[str, Any] = json_value(
            {
                "drifted": self.drifted,
                "severe": self.severe,
                "untold": self.untold,
                "rows": {"reference": self.reference_rows, "current": self.current_rows},
                "columns": [asdict(one) for one in self.columns],
                "schema": [one.to_json() for one in self.schema],
                "joint": [one.to_json() for one in self.joint],
                "concept": self.concept.to_json() if self.concept else None,
                "windows": [asdict(one) for one in self.windows],
                "notes": list(self.notes),
            }
        )
        return result


def read_drift(record: dict[str, Any]) -> Drift:
    """Return what `Drift.to_json` wrote.

    Examples
    --------
    >>> drift = Drift(10, 20, (), (Finding("nulls", ("a",), "warn", "a: missing"),))
    >>> read_drift(drift.to_json()) == drift
    True
    """
    findings = {name: tuple(_finding(one) for one in record[name]) for name in ("schema", "joint")}
    columns = [{**one, "shape": _shape(one["shape"])} for one in record["columns"]]
    return Drift(
        record["rows"]["reference"],
        record["rows"]["current"],
        tuple(ColumnDrift(**one) for one in columns),
        findings["schema"],
        findings["joint"],
        _finding(record["concept"]) if record["concept"] else None,
        tuple(WindowDrift(**{**one, "drifted": tuple(one["drifted"])}) for one in record["windows"]),
        tuple(record["notes"]),
    )


def _finding(record: dict[str, Any]) -> Finding:
    kept = {name: value for name, value in record.items() if name != "column"}
    return Finding(**{**kept, "columns": tuple(record["columns"])})


def _shape(record: dict[str, Any] | None) -> Shape | None:
    if record is None:
        return None
    numbers = {name: tuple(float(one) for one in record[name]) for name in ("reference", "current", "edges")}
    return Shape(**numbers, labels=tuple(record["labels"]))
