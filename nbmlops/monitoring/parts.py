"""What a look says besides drift: how old the data are, how the model does, how it does for groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.features.spans import microseconds
from nbmlops.measures.drift.freshness import age_words, span_words
from nbmlops.records import json_value

if TYPE_CHECKING:
    from nbmlops.monitoring.records import Monitor
    from nbmlops.monitoring.times import AsOf, Times

Severity = Literal["warn", "severe"]
FAILED = "failed"
FRESHNESS = "freshness"
LATER = "later"
PERFORMANCE = "performance"
FAIRNESS = "fairness"
ASSUMPTION = "assumption"
OWN_KINDS = (FAILED, FRESHNESS, LATER, PERFORMANCE, FAIRNESS, ASSUMPTION)
"""Alerts of these kinds are not of drift, and end by themselves."""
ABOUT_THE_DATA = (FAILED, FRESHNESS)
"""What says that there is nothing to look at: no reason to train again."""


@dataclass(frozen=True)
class Part:
    """One part of a look: ``words`` for a person, ``record`` for a script, and what it ``found``.

    ``told`` are the columns of alerts of its kind that it could tell of: those that it has not found are over.
    """

    kind: str
    words: tuple[str, ...]
    record: dict[str, Any]
    found: tuple[dict[str, Any], ...] = ()
    told: frozenset[str] = field(default_factory=frozenset)

    @property
    def summary(self) -> str:
        """What was found, in a few words."""
        return "; ".join(one["short"] for one in self.found)

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        result: dict[str, Any] = json_value({**self.record, "words": list(self.words)})
        return result


def finding(kind: str, column: str, severity: Severity, reason: str, short: str) -> dict[str, Any]:
    """Return what an alert is made of; ``short`` is for the line that sums a look up."""
    return {"kind": kind, "column": column, "severity": severity, "reason": reason, "short": short}


def later_rows(times: Times) -> Part | None:
    """Return what is said of rows that are later than now; a finding where they are many."""
    told = frozenset({times.column})
    if not times.later:
        return Part(LATER, (), {"rows": 0}, told=told)
    record = {"column": times.column, "rows": times.later, "latest": times.latest}
    few = f"{times.later:,} row{'' if times.later == 1 else 's'} later than now"
    found = (finding(LATER, times.column, "warn", times.words, few),) if times.are_many else ()
    return Part(LATER, (times.words,), record, found, told)


def freshness(monitor: Monitor, times: Times, as_of: AsOf) -> Part | None:
    """Return whether the newest row is too old, where it is said what that is."""
    if monitor.max_age is None:
        return None
    from nbmlops.monitoring.times import shown

    if times.newest is None:
        why = f"{times.column}: no row says when it was"
        return Part(FRESHNESS, (why,), {"newest": None}, (finding(FRESHNESS, times.column, "severe", why, why),))
    age = as_of.now - times.newest
    record = {"newest": times.newest, "age_seconds": age, "max_age": monitor.max_age}
    words = f"the newest row is of {shown(times.newest)}"
    asked = microseconds(monitor.max_age) / 1e6
    told = frozenset({times.column})
    if age <= asked:
        return Part(FRESHNESS, (words,), record, told=told)
    words = f"the data are old: {words}, {age_words(age)} old, asked was at most {span_words(asked)}"
    found = (finding(FRESHNESS, times.column, "severe", words, f"the data are {age_words(age)} old"),)
    return Part(FRESHNESS, (words,), record, found, told)
