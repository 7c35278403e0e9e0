"""Two sets of data beside each other: schema first, then every column, then columns together, then the target."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.drift import schema
from nbmlops.measures.drift.categories import Labelled, changed_categories
from nbmlops.measures.drift.chance import is_discovery
from nbmlops.measures.drift.columns import LIMITS, evidence_of
from nbmlops.measures.drift.concept import concept_of
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.freshness import stale
from nbmlops.measures.drift.joint import changed_pairs, even_rows
from nbmlops.measures.drift.pairs import pair_of
from nbmlops.measures.drift.records import Drift, WindowDrift
from nbmlops.measures.drift.repeats import repeated
from nbmlops.measures.drift.rows import are_shared, more_twice
from nbmlops.measures.drift.season import same_phase, unseen_season
from nbmlops.measures.drift.windows import check_window, windows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nbmlops.measures.drift.columns import Evidence
    from nbmlops.measures.drift.freshness import Freshness
    from nbmlops.measures.drift.records import ColumnDrift, Finding

WORKERS = 2
MOST_CLASSES = 50
MOST_CODES = 6
"""Whole numbers of more values have an order, mostly of a clock or a calendar: of them the ranks alone are asked."""


@dataclass(frozen=True)
class Roles:
    """Which columns are not features: the time of a row, what is to be predicted, and what was."""

    time: str | None = None
    target: str | None = None
    prediction: str | None = None

    def of(self, column: str) -> str:
        """Return the role of a column."""
        return next((role for role in ("time", "target", "prediction") if getattr(self, role) == column), "feature")


def drift_between(
    reference: Any,
    current: Any,
    roles: Roles | None = None,
    *,
    window: str | None = None,
    ignore: Collection[str] = (),
    importance: Mapping[str, float] | None = None,
    limits: tuple[float, float] = LIMITS,
    freshness: Freshness | None = None,
    classifier: bool = False,
) -> Drift:
    """Compare current data with a reference; see `nbmlops.drift`.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> before = {"delay": random.normal(size=1000), "origin": random.choice(["EWR", "JFK"], 1000)}
    >>> now = {"delay": random.normal(1, 1, 1000), "origin": random.choice(["EWR", "JFK"], 1000)}
    >>> [column.column for column in drift_between(before, now).drifted_columns]
    ['delay']
    """
    roles = roles or Roles()
    known, there = Columns(reference), Columns(current)
    _check(roles, window, ignore, known, there)
    names = [name for name in known.names if name in there.names and name not in ignore]
    findings = schema.of_columns(
        [one for one in known.names if one not in ignore], [one for one in there.names if one not in ignore]
    )
    if freshness is not None:
        if roles.time is None or roles.time not in there.names:
            raise InvalidInput(
                "an age needs to know when a row was.", "Name the column: --time COLUMN, in Python time=…"
            )
        old = stale(there, roles.time, freshness)
        findings += [old] if old else []
    if not known.rows or not there.rows:
        which = "reference has" if not known.rows else "current data have"
        return Drift(known.rows, there.rows, (), tuple(findings), notes=(f"too few rows to tell: the {which} none",))
    once = repeated(known, there, names)
    rows, notes = in_phase(known, there, roles.time)
    whole = _Comparison(known, there, roles.time, names, _both(rows, once[0]), once[1])
    notes += _counted_once(known, once[0], "reference") + _counted_once(there, once[1], "current data")
    evidence, found = whole.measured()
    findings += found
    parts = _parts(whole, window, once) if window else []
    verdicts = discoveries([evidence, *(each for _, _, each in parts)])
    columns = judged(evidence, verdicts[0], roles, importance or {}, limits)
    moved = {one.column for one in columns if one.drifted} | {
        name for one in findings if one.kind != "freshness" for name in one.columns
    }
    # a column that is no longer what it was, and a date that many rows share, make rows alike that are not the same
    apart = [name for name in names if name not in moved and not (name in whole.times and are_shared(known, name))]
    twice = more_twice(known, there, apart)
    findings += [twice] if twice else []
    features = [name for name in names if roles.of(name) == "feature"]
    joint = whole.joint([name for name in features if name not in moved])
    if classifier:
        seen = moved | {name for one in joint for name in one.columns}
        together, said = whole.apart([name for name in features if name not in seen])
        joint, notes = [*joint, *together], (*notes, *said)
    concept = None
    if roles.target in names and not _has(findings, roles.target, "type"):
        target_moved = any(one.column == roles.target and one.drifted for one in columns)
        concept = whole.concept(features, str(roles.target), overall=not target_moved)
    return Drift(
        known.rows,
        there.rows,
        columns,
        tuple(findings),
        tuple(joint),
        concept,
        tuple(
            _window(name, rows, each, verdict, limits)
            for (name, rows, each), verdict in zip(parts, verdicts[1:], strict=True)
        ),
        notes,
    )


def _check(roles: Roles, window: str | None, ignore: Collection[str], known: Columns, there: Columns) -> None:
    for asked in (roles.time, roles.target, roles.prediction, *ignore):
        if asked is not None and asked not in known.names and asked not in there.names:
            hint = did_you_mean(asked, known.names, ", ".join(known.names[:10]))
            raise InvalidInput(f"there is no column {asked!r}.", hint)
    if window and (roles.time is None or roles.time not in there.names):
        raise InvalidInput("windows need to know when a row was.", "Name the column: --time COLUMN, in Python time=…")
    if window:
        check_window(window)
    for side in (known, there):
        if roles.time in side.names:
            side.seconds(str(roles.time))  # a column that is no time would be taken for one, and its drift not be told


def _both(some: Any, others: Any) -> Any:
    """Return the places that are among both; None stands for all."""
    import numpy as np

    return some if others is None else others if some is None else np.intersect1d(some, others)


def _counted_once(side: Columns, rows: Any, name: str) -> tuple[str, ...]:
    return () if rows is None else (f"rows that are the same count once: {len(rows):,} of {side.rows:,} of the {name}",)


def _parts(whole: _Comparison, window: str, once: tuple[Any, Any]) -> list[tuple[str, int, list[Evidence]]]:
    """Measure each window of the current data against the reference in its season."""
    assert whole.time is not None
    parts = []
    for name, rows in windows_of(whole.there.seconds(whole.time), window):
        in_season, _ = in_phase(whole.known, whole.there, whole.time, rows)
        sides = _both(in_season, once[0]), _both(rows, once[1])
        part = _Comparison(whole.known, whole.there, whole.time, whole.names, *sides)
        parts.append((name, len(rows), part.measured()[0]))
    return parts


def _window(
    name: str, rows: int, evidence: list[Evidence], found: dict[str, bool], limits: tuple[float, float]
) -> WindowDrift:
    values = {one.column: one.value for one in evidence if one.value is not None}
    moved = [column for column, value in values.items() if found[column] and value >= limits[0]]
    return WindowDrift(name, rows, values, tuple(moved))


def discoveries(all_evidence: list[list[Evidence]]) -> list[dict[str, bool]]:
    """Return for the whole and for each window which columns are discoveries, among all columns of all windows."""
    tested = [[one for one in evidence if one.p_value is not None] for evidence in all_evidence]
    found = iter(is_discovery([one.p_value for evidence in tested for one in evidence]))
    return [{one.column: bool(next(found)) for one in evidence} for evidence in tested]


def _has(findings: list[Finding], column: str | None, kind: str) -> bool:
    return any(one.column == column and one.kind == kind for one in findings)


def in_phase(known: Columns, there: Columns, time: str | None, rows: Any = None) -> tuple[Any, tuple[str, ...]]:
    """Return the rows of the reference that are in season, None for all of them, and what is to be said of it."""
    import numpy as np

    if time is None or time not in known.names or time not in there.names:
        return None, ()
    zone = known.zone(time) if there.zone(time) is not None else None
    past, moments = known.seconds(time, zone), there.seconds(time, zone)
    if rows is not None:
        moments = moments[rows]
    chosen, words = same_phase(past, moments)
    unseen = unseen_season(past, moments)
    notes = (unseen,) if unseen else ()
    if not words:
        return None, notes
    said = f"compared with the same {' and '.join(words)}: {chosen.sum():,} of {known.rows:,} rows of the reference"
    return np.flatnonzero(chosen), (said, *notes)


def judged(
    evidence: list[Evidence],
    found: dict[str, bool],
    roles: Roles,
    importance: Mapping[str, float],
    limits: tuple[float, float] = LIMITS,
) -> tuple[ColumnDrift, ...]:
    """Say what the evidence comes to, the most harmful column first."""
    columns = [
        one.judged(
            roles.of(one.column),
            is_discovery=found.get(one.column, False),
            impact=importance[one.column] * (one.value or 0.0) if one.column in importance else None,
            limits=limits,
        )
        for one in evidence
    ]
    return tuple(sorted(columns, key=lambda one: (not one.drifted, -(one.impact or 0.0), -(one.value or 0.0))))


class _Comparison:
    """The columns that both sides have; of the reference those rows that are in season, of the current those asked."""

    def __init__(
        self, known: Columns, there: Columns, time: str | None, names: list[str], rows: Any, current: Any = None
    ) -> None:
        self.known, self.there, self.time, self.names = known, there, time, names
        self.rows, self.current = rows, current
        self.kinds: dict[str, str] = {}
        self.labels: dict[str, list[str]] = {}
        self.codes: dict[str, list[str]] = {}
        self.times: list[str] = []

    def measured(self) -> tuple[list[Evidence], list[Finding]]:
        """Measure every column and look for what is not as it was; a column at a time is in memory."""
        with ThreadPoolExecutor(WORKERS) as pool:
            done = list(pool.map(self._column, self.names))
        return [evidence for evidence, _ in done], [one for _, findings in done for one in findings]

    def _column(self, name: str) -> tuple[Evidence, list[Finding]]:
        pair = pair_of(name, self.known.side(name, self.rows), self.there.side(name, self.current), name == self.time)
        self.kinds[name] = pair.kind if pair.is_comparable else "none"
        if pair.kind == "time":
            self.times.append(name)
        is_named = pair.kind == "category" and pair.reference.family != "boolean"  # booleans are numbers: 0 and 1
        if is_named and pair.table is not None and pair.reference_numbers is None:
            self.labels[name] = [str(one) for one in pair.table.labels[:MOST_CLASSES].to_pylist()]
        elif is_named and pair.table is not None and len(pair.table.labels) <= MOST_CODES:
            self.codes[name] = [str(one) for one in pair.table.labels.to_pylist()]
        return evidence_of(pair), schema.of_pair(pair, len(self.names))

    def joint(self, names: list[str]) -> list[Finding]:
        """Return the pairs of columns that hang together in another way: by ranks, and by labels that have none."""
        chosen = [name for name in names if self._is_ordered(name)]
        named = {name: self.labels.get(name) or self.codes.get(name, []) for name in names}
        named = {name: labels for name, labels in named.items() if len(labels) > 2}
        apart = [name for name in named if name not in chosen]
        before, now = self._rows([*chosen, *apart])
        found = changed_pairs(before[:, : len(chosen)], now[:, : len(chosen)], chosen)
        known, there = (self._labelled(values, [*chosen, *apart], len(chosen), named) for values in (before, now))
        return found + changed_categories(known, there, named, names, {frozenset(one.columns) for one in found})

    def apart(self, names: list[str]) -> tuple[list[Finding], tuple[str, ...]]:
        """Return whether a classifier tells the sides apart by these columns, and what it could not look at."""
        from nbmlops.measures.drift.classifier import FEWEST_ROWS, told_apart

        chosen = [name for name in names if self.kinds[name] in ("number", "category")]
        before, now = self._rows(chosen)
        rows = min(len(before), len(now))
        if rows < FEWEST_ROWS or len(chosen) < 2:
            few = f"{rows:,} rows" if rows < FEWEST_ROWS else "fewer than two columns are left"
            return [], (f"too little for a classifier: {few}",)
        found = told_apart(before, now, chosen, [name in self.labels for name in chosen])
        return ([found] if found else []), ()

    def _labelled(self, values: Any, names: list[str], ordered: int, named: Mapping[str, list[str]]) -> Labelled:
        import numpy as np

        codes = np.full((len(values), len(named)), -1)
        for at, (name, labels) in enumerate(named.items()):
            column = values[:, names.index(name)]
            if name in self.codes:  # the numbers themselves; their labels are in order of how often they come
                places = {float(label): place for place, label in enumerate(labels)}
                known, inverse = np.unique(column, return_inverse=True)
                codes[:, at] = np.array([places.get(one, -1) for one in known.tolist()], int)[inverse]
            else:
                codes[:, at] = np.where(np.isnan(column), -1, column)
        return Labelled(values[:, :ordered], names[:ordered], codes, list(named))

    def concept(self, features: list[str], target: str, *, overall: bool) -> Finding | None:
        """Return whether the target means something else."""
        if target not in self.kinds or self.kinds[target] not in ("number", "category"):
            return None
        known = [name for name in features if self.kinds.get(name) in ("number", "category")]
        if not known:
            return None
        before, now = self._rows([*known, target])
        return concept_of(
            (before[:, :-1], now[:, :-1]),
            (before[:, -1], now[:, -1]),
            [*known, target],
            overall=overall,
            labels=self.labels,
        )

    def _is_ordered(self, name: str) -> bool:
        return self.kinds.get(name) in ("number", "category") and len(self.labels.get(name, "12")) == 2

    def _rows(self, names: list[str]) -> tuple[Any, Any]:
        codes = {
            name: {label: at for at, label in enumerate(self.labels[name])} for name in names if name in self.labels
        }
        return (
            self.known.matrix(names, _even(self.rows, self.known.rows), codes),
            self.there.matrix(names, _even(self.current, self.there.rows), codes),
        )


def _even(chosen: Any, rows: int) -> Any:
    return even_rows(rows) if chosen is None else chosen[even_rows(len(chosen))]
