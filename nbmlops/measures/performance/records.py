"""What is found of a model's performance: metrics with intervals, of all rows and of parts of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.measures.vectors import Task


@dataclass(frozen=True)
class Score:
    """One metric of some rows, and its interval; ``value`` is None where it does not exist (no positive row)."""

    value: float | None
    low: float | None
    high: float | None
    interval: str


@dataclass(frozen=True)
class Part:
    """Some of the rows: a window, a slice, or all; ``uncertain`` where they are fewer than was asked for."""

    name: str
    values: Mapping[str, str]
    rows: int
    uncertain: bool
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class Performance:
    """How a model does on all rows, window by window in order, and on each value of some columns.

    ``unlabelled`` rows have no truth and are left out.
    """

    task: Task
    positive: Any
    rows: int
    unlabelled: int
    confidence: float
    min_rows: int
    metrics: tuple[str, ...]
    whole: Part
    windows: tuple[Part, ...]
    slices: tuple[Part, ...]

    def __str__(self) -> str:
        lines = []
        for part in (self.whole, *self.windows, *self.slices):
            found = ", ".join(_shown(name, score) for name, score in part.scores.items())
            lines.append(f"{part.name} ({part.rows:,} rows{', uncertain' if part.uncertain else ''}): {found}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


def _shown(name: str, score: Score) -> str:
    if score.value is None:
        return f"{name} –"
    ends = "" if score.low is None else f" ({score.low:.4g} to {score.high:.4g})"
    return f"{name} {score.value:.4g}{ends}"
