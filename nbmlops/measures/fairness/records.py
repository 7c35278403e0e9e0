"""What is found of groups: their metrics with intervals, and the gaps between them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.measures.vectors import Task


@dataclass(frozen=True)
class GroupMetric:
    """One metric of one group.

    ``rows`` are those it is a share or a mean of, ``hits`` those of them that count (of a share). ``value`` is None
    where there is no such row. ``uncertain``: there are fewer than was asked for.
    """

    value: float | None
    low: float | None
    high: float | None
    rows: int
    hits: int | None
    uncertain: bool


@dataclass(frozen=True)
class Group:
    """The rows that have the same value in each column; ``uncertain`` where they are fewer than was asked for."""

    name: str
    values: Mapping[str, str]
    rows: int
    uncertain: bool
    metrics: Mapping[str, GroupMetric]


@dataclass(frozen=True)
class Gap:
    """How far groups are apart: between ``lowest`` and ``highest``, by the metric that is named.

    ``low`` and ``high`` are the interval of these two groups, found by ``interval``. ``left_out`` are groups of which
    too little is known.
    """

    name: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    lowest: str | None
    highest: str | None
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name}: no two groups can be compared"
        ends = "" if self.low is None else f" ({self.low:.4g} to {self.high:.4g})"
        return f"{self.name}: {self.value:.4g}{ends}, {self.lowest} beside {self.highest}"


@dataclass(frozen=True)
class Grouping:
    """The groups by one or several columns, and their gaps."""

    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    gaps: tuple[Gap, ...]

    def gap(self, name: str) -> Gap:
        """Return a gap by its name.

        Raises
        ------
        InvalidInput
            There is none.
        """
        for one in self.gaps:
            if one.name == name:
                return one
        names = [one.name for one in self.gaps]
        raise InvalidInput(f"there is no gap {name!r}.", did_you_mean(name, names, ", ".join(names)))


@dataclass(frozen=True)
class Fairness:
    """Metrics of groups, by each column alone and by columns together.

    ``unlabelled`` rows have no truth and are left out. ``small`` tells whether groups of fewer rows than ``min_rows``
    take part in gaps all the same.
    """

    task: Task
    positive: Any
    rows: int
    unlabelled: int
    confidence: float
    min_rows: int
    small: bool
    metrics: tuple[str, ...]
    overall: Group
    groupings: tuple[Grouping, ...]

    def by(self, *columns: str) -> Grouping:
        """Return the groups by these columns, in any order.

        Raises
        ------
        InvalidInput
            Groups were not made by them.
        """
        for one in self.groupings:
            if set(one.columns) == set(columns):
                return one
        made = [" and ".join(one.columns) for one in self.groupings]
        raise InvalidInput(
            f"there are no groups by {' and '.join(columns)}.", f"There are groups by {', '.join(made)}."
        )

    def __str__(self) -> str:
        lines = [f"{self.rows:,} rows, {len(self.groupings)} groupings"]
        for one in self.groupings:
            few = sum(group.uncertain for group in one.groups)
            words = f", {few} of fewer than {self.min_rows} rows" if few else ""
            lines.append(f"by {' and '.join(one.columns)}: {len(one.groups)} groups{words}")
            lines += [f"  {gap}" for gap in one.gaps]
        return "\n".join(lines)

    def __repr__(self) -> str:
        by = "; ".join(" and ".join(one.columns) for one in self.groupings)
        return f"<fairness of {self.rows:,} rows by {by}: {sum(len(one.gaps) for one in self.groupings)} gaps>"

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        result: dict[str, Any] = json_value(asdict(self))
        return result
