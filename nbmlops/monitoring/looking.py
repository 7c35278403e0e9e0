"""One look, before it is kept: what differs, how old the data are, how the model does, and which alerts that ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.features.spans import microseconds
from nbmlops.measures.drift.against_profile import drift_from_profile
from nbmlops.measures.drift.chance import FEWEST_ROWS
from nbmlops.measures.drift.comparing import Roles, drift_between
from nbmlops.measures.drift.frames import Columns
from nbmlops.monitoring.assuming import assumptions
from nbmlops.monitoring.judging import judged, labels_of
from nbmlops.monitoring.parts import ASSUMPTION, FAILED, OWN_KINDS, Part, finding, freshness, later_rows
from nbmlops.monitoring.times import AsOf, Times, trailing_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.drift.records import Drift
    from nbmlops.monitoring.records import Monitor, Outcome
    from nbmlops.monitoring.sides import Reference

SHORT = ("kind", "column", "severity", "reason")


@dataclass(frozen=True)
class Look:
    """What a look found; ``drift`` is None where it failed.

    ``failed`` says why, and then nothing else was found. ``unseen`` are columns whose drift this look could not tell,
    such as labels that come later. ``asserted`` are the assumptions of the model that is watched now.
    """

    reference: str
    current: str
    drift: Drift | None = None
    parts: tuple[Part, ...] = ()
    failed: str = ""
    unseen: frozenset[str] = frozenset()
    asserted: frozenset[str] = frozenset()

    @property
    def found(self) -> list[dict[str, Any]]:
        """What was found, each by its kind and its column."""
        if self.drift is None:
            return [finding(FAILED, "", "severe", f"the look failed: {self.failed}", "")]
        return _found(self.drift) + [one for part in self.parts for one in part.found]

    @property
    def outcome(self) -> Outcome:
        """The worst of what was found."""
        if self.drift is None:
            return "failed"
        severities = {one["severity"] for one in self.found}
        return "severe" if "severe" in severities else "warn" if severities else "quiet"

    def ends(self, kind: str, column: str) -> bool:
        """Tell whether an alert is over that this look has not found: where it could tell of it."""
        if self.drift is None:
            return False
        if kind == ASSUMPTION and column not in self.asserted:
            return True  # of an earlier version of the model, which is watched no more
        if kind in OWN_KINDS:
            return kind == FAILED or any(part.kind == kind and column in part.told for part in self.parts)
        if self.drift.current_rows < FEWEST_ROWS or not self.unseen.isdisjoint(column.split(", ")):
            return False
        return not (kind == "drift" and column in _untold(self.drift))

    def to_row(self) -> dict[str, Any]:
        """Return what the registry keeps of it."""
        drift = self.drift
        if drift is None:
            return self._row(0, self.failed, [], None, None)
        summary = "; ".join(self._summaries(drift))
        measured = {part.kind: part.to_json() for part in self.parts if part.words} or None
        return self._row(drift.current_rows, summary, _columns(drift), drift.to_json(), measured)

    def _summaries(self, drift: Drift) -> list[str]:
        """Return what was found by drift and by each part, the worst first; of like weight drift is."""
        said = [(_weight(_found(drift)), drift.summary)]
        said += [(_weight(part.found), part.summary) for part in self.parts if part.found]
        return [words for _, words in sorted(said, key=lambda one: -one[0])]

    def _row(self, rows: int, summary: str, columns: list[str], drift: Any, measured: Any) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "reference": self.reference,
            "current": self.current,
            "rows": rows,
            "summary": summary,
            "columns": columns,
            "drift": drift,
            "measured": measured,
        }


def look_at(
    monitor: Monitor, reference: Reference, tested: Any, current: str, frame: Any, as_of: AsOf, *, is_source: bool
) -> Look:
    """Return what a monitor finds in a frame; ``tested`` are rows by which its model is judged, or None.

    Raises
    ------
    InvalidInput
        A column is not there; the monitor's own source has no rows.
    """
    parts: list[Part | None] = []
    if monitor.time is not None and monitor.time in Columns(frame).names:
        times = Times.of(frame, monitor.time, as_of)
        parts += [later_rows(times), freshness(monitor, times, as_of)]
    if monitor.trailing is not None and monitor.time is not None:
        frame = trailing_rows(frame, monitor.time, microseconds(monitor.trailing), as_of)
    if is_source and not Columns(frame).rows:
        raise InvalidInput(f"{current} has no rows.", "Look at what writes it.")
    there = Columns(frame).names
    known = list(reference.profile.columns) if reference.profile is not None else Columns(reference.frame).names
    beside = _beside(monitor, known, there, frame)
    drift = _compared(monitor, reference, frame, known, there, beside)
    if drift.current_rows:
        parts += judged(monitor, tested, frame)
        parts += [assumptions(reference.assumed, frame)] if reference.assumed is not None else []
    found = tuple(part for part in parts if part is not None)
    asserted = reference.assumed.texts if reference.assumed is not None else frozenset()
    return Look(reference.words, current, drift, found, unseen=frozenset(beside), asserted=asserted)


def _compared(
    monitor: Monitor, reference: Reference, frame: Any, known: list[str], there: list[str], beside: list[str]
) -> Drift:
    ignore = [*monitor.ignore, *beside]
    limits = (monitor.warn, monitor.severe)
    roles = Roles(monitor.time, monitor.target or _in_both(monitor.truth, known, there, beside), monitor.prediction)
    if roles.prediction is None or roles.prediction in beside:
        roles = replace(roles, prediction=_in_both(monitor.probability, known, there, beside))
    if reference.profile is not None:
        if roles.target is None:
            roles = replace(roles, target=reference.profile.target)
        return drift_from_profile(reference.profile, frame, roles, ignore=ignore, limits=limits)
    return drift_between(reference.frame, frame, roles, ignore=ignore, limits=limits)


def _beside(monitor: Monitor, known: list[str], there: list[str], frame: Any) -> list[str]:
    """Return the columns that are there to judge the model by, and whose drift cannot be told or means nothing.

    Those that only one side has are no change of the data, and a truth that comes later is not one that is missing.
    """
    if not monitor.metric and not monitor.by:
        return []
    names = {monitor.truth, monitor.prediction, monitor.probability, *monitor.by} - {None}
    beside = [name for name in names if name is not None and (name in known) != (name in there)]
    truth = monitor.truth
    if truth is not None and truth in known and truth in there and labels_of(monitor, frame) < Columns(frame).rows:
        beside.append(truth)
    return sorted(beside)


def _in_both(name: str | None, known: list[str], there: list[str], beside: list[str]) -> str | None:
    return name if name in known and name in there and name not in beside else None


def _weight(found: Sequence[dict[str, Any]]) -> int:
    severities = {one["severity"] for one in found}
    return 2 if "severe" in severities else 1 if severities else 0


def _columns(drift: Drift) -> list[str]:
    concept = [drift.concept] if drift.concept else []
    found = {name for one in (*drift.schema, *drift.joint, *concept) for name in one.columns}
    return sorted(found | {one.column for one in drift.drifted_columns})


def _untold(drift: Drift) -> set[str]:
    """Return the columns of which a look could not tell whether they drifted."""
    return {one.column for one in drift.columns if one.statistic is None and one.kind in ("number", "category")}


def _found(drift: Drift) -> list[dict[str, Any]]:
    found = [
        {"column": one.column, "kind": "drift", "severity": one.severity, "reason": f"{one.column}: {one.reason}"}
        for one in drift.drifted_columns
    ]
    concept = [drift.concept] if drift.concept else []
    return found + [
        {"column": ", ".join(one.columns), "kind": one.kind, "severity": one.severity, "reason": one.reason}
        for one in (*drift.schema, *drift.joint, *concept)
    ]
