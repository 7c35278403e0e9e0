"""Whether data are as they are expected to be, before anything is trained on them."""

from __future__ import annotations

import datetime
import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from nbmlops.errors import InvalidInput
from nbmlops.records import json_value
from nbmlops.validation.columns import MIXED, columns_of, kind_of, missing_in, present, rows_of
from nbmlops.validation.rules import read_rules, rules_from

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from nbmlops.validation.rules import Rule

PREFIX = "check_data."
SHOWN = 5
FindingKind = Literal["empty", "missing", "type", "nulls", "range", "values", "unique", "extra"]
_KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
"""The gravest first."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as expected; ``column`` is empty where it is about all. ``rows`` are those concerned."""

    column: str
    kind: FindingKind
    severity: Literal["severe", "warn"]
    reason: str
    rows: int | None = None

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class DataCheck:
    """What was found in a frame."""

    rows: int
    columns: int
    findings: tuple[Finding, ...]

    @property
    def severe(self) -> tuple[Finding, ...]:
        """The findings by which it should not be used."""
        return tuple(one for one in self.findings if one.severity == "severe")

    @property
    def ok(self) -> bool:
        """Whether there is no severe finding."""
        return not self.severe

    @property
    def metrics(self) -> dict[str, float]:
        """What a run logs of it."""
        warned = len(self.findings) - len(self.severe)
        return {f"{PREFIX}severe": len(self.severe), f"{PREFIX}warn": warned, f"{PREFIX}rows": self.rows}

    def __str__(self) -> str:
        if not self.findings:
            return f"{self.rows:,} rows, {self.columns} columns: as expected"
        lines = [f"{'✗' if one.severity == 'severe' else '!'} {one.reason}" for one in self.findings]
        return "\n".join([f"{self.rows:,} rows, {self.columns} columns", *lines])

    def raise_if_severe(self) -> None:
        """Raise where there is a severe finding.

        Raises
        ------
        InvalidInput
            There is one; all of them stand in the hint.
        """
        if self.severe:
            first, *others = (one.reason for one in self.severe)
            hint = "\n  ".join(others) or "Mend the data, or say what is right: check_data(frame, rules={…})"
            raise InvalidInput(f"the data are not as expected: {first}.", hint)

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        result: dict[str, Any] = json_value({**asdict(self), "ok": self.ok})
        return result


def check_frame(
    frame: Any,
    like: Any = None,
    rules: Mapping[str, Any] | None = None,
    *,
    ignore: Collection[str] = (),
    null_share: float = 0.05,
    margin: float = 0.1,
    tolerance: float = 0.01,
) -> DataCheck:
    """Compare a frame with a reference and with rules; see `nbmlops.check_data`.

    Examples
    --------
    >>> before = {"origin": ["EWR", "JFK", "EWR", "JFK"], "delay": [1.0, -4.0, 12.0, 3.0]}
    >>> print(check_frame({"origin": ["EWR", "LGA"], "delay": [2, 400]}, before))
    2 rows, 2 columns
    ✗ delay: 1 of 2 rows are above 13.6: up to 400
    ✗ origin: 1 of 2 rows hold values that the reference has not: 'LGA'
    """
    columns = {name: values for name, values in columns_of(frame).items() if name not in ignore}
    learned: dict[str, Rule] = {}
    if like is not None:
        known = {name: values for name, values in columns_of(like).items() if name not in ignore}
        learned = rules_from(known, null_share, margin)
    written = read_rules(rules or {})
    said = {str(name): rule for name, rule in (rules or {}).items()}
    expected = {**learned, **{name: _merged(learned.get(name), rule, said[name]) for name, rule in written.items()}}
    rows = rows_of(frame)
    findings: list[Finding] = []
    if not rows:
        findings.append(Finding("", "empty", "severe", "there are no rows"))
    for name, rule in expected.items():
        if name not in columns:
            if rule.required:
                findings.append(Finding(name, "missing", "severe", f"{name} is missing"))
        elif rows:
            findings += _Column(name, columns[name], rule, tolerance).findings()
    if like is not None:
        extra = [name for name in columns if name not in expected]
        findings += [
            Finding(name, "extra", "warn", f"{name} is new: the reference has no such column") for name in extra
        ]
    findings.sort(key=lambda one: (one.severity != "severe", _KINDS.index(one.kind)))
    return DataCheck(rows, len(columns), tuple(findings))


def _merged(learned: Rule | None, written: Rule, said: Mapping[str, Any]) -> Rule:
    """Return a written rule; what it does not speak of is as the reference has it.

    Limits and values of the reference say nothing of a column that is to be of another type.
    """
    if learned is None:
        return written
    if "type" in said and written.type != learned.type and {written.type, learned.type} != {"integer", "number"}:
        learned = replace(learned, min=None, max=None, values=None)
    return replace(learned, **{word: getattr(written, word) for word in said}, guessed=learned.guessed - set(said))


class _Column:
    """One column beside its rule."""

    def __init__(self, name: str, values: Any, rule: Rule, tolerance: float) -> None:
        self.name, self.values, self.rule, self.tolerance = name, values, rule, tolerance
        self.kind = kind_of(values)

    def findings(self) -> list[Finding]:
        """Return what is not as expected; a column of another type is not looked at further."""
        found = self._type()
        if found or self.kind in (MIXED, "null"):
            return found + (self._nulls() if self.kind == "null" else [])
        return self._nulls() + self._range() + self._values() + self._unique()

    def _type(self) -> list[Finding]:
        wanted = self.rule.type
        if wanted is None or self.kind in (wanted, "null"):
            return []
        if (wanted, self.kind) == ("number", "integer") or (
            (wanted, self.kind) == ("integer", "number") and _are_whole(self.values)
        ):
            return []
        return [self._found("type", "severe", f"is {self.kind}, and {wanted} was expected", None)]

    def _nulls(self) -> list[Finding]:
        import pyarrow.compute as pc

        missing = pc.sum(missing_in(self.values)).as_py() or 0
        share, allowed = missing / len(self.values), self.rule.nulls
        if allowed is None:
            return []
        guessed = "nulls" in self.rule.guessed
        if guessed:  # few rows have more by chance: three standard deviations of their share
            allowed = min(1.0, allowed + 3 * math.sqrt(allowed * (1 - allowed) / len(self.values)))
        if share <= allowed:
            return []
        said = f"{allowed:.1%} at most {'were' if guessed else 'are'} expected"
        return [self._found("nulls", "severe", f"{share:.1%} of the values are missing, and {said}", missing)]

    def _range(self) -> list[Finding]:
        import pyarrow.compute as pc

        found = []
        there = present(self.values)
        for limit, outside, end, word, upto in (
            (self.rule.min, pc.less, "min", "below", "down to"),
            (self.rule.max, pc.greater, "max", "above", "up to"),
        ):
            if limit is None or not len(there):
                continue
            beyond = there.filter(self._is_outside(there, limit, outside))
            if len(beyond):
                most = pc.min_max(beyond).as_py()[end]
                words = f"{self._of(len(beyond))} are {word} {_shown(limit)}: {upto} {_shown(most)}"
                found.append(self._found("range", self._severity(end, len(beyond)), words, len(beyond)))
        return found

    def _is_outside(self, there: Any, limit: Any, outside: Callable[[Any, Any], Any]) -> Any:
        """Return for each value whether it is beyond a limit.

        Whole numbers and a limit that is none of their type are compared as floats: Arrow refuses those above 2^53.
        """
        import pyarrow as pa

        if self.kind == "integer" and isinstance(limit, int | float):
            try:
                exact = pa.scalar(limit, type=there.type) if isinstance(limit, int) else None
            except (pa.ArrowInvalid, OverflowError):
                exact = None
            if exact is not None:
                return outside(there, exact)
            return outside(there.cast(pa.float64(), safe=False), pa.scalar(float(limit)))
        try:
            return outside(there, _scalar(limit, there.type, self.name))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            raise InvalidInput(
                f"the limit {limit!r} of {self.name!r} cannot be compared with {self.kind}.",
                "Write it as the column has it: a number, a text, or a time that has a zone where the column has one.",
            ) from error

    def _values(self) -> list[Finding]:
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.rule.values is None:
            return []
        there = present(self.values)
        try:
            known = pa.array(list(self.rule.values), type=there.type)
            strange = there.filter(pc.invert(pc.is_in(there, value_set=known)))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
            raise InvalidInput(
                f"the values of {self.name!r} are {self.kind}, those of its rule are not.", "Write them alike."
            ) from error
        if not len(strange):
            return []
        names = pc.unique(strange).to_pylist()
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        said = ", ".join(repr(name) for name in names[:SHOWN]) + more
        whose = "the reference has not" if "values" in self.rule.guessed else "are not allowed"
        words = f"{self._of(len(strange))} hold values that {whose}: {said}"
        return [self._found("values", self._severity("values", len(strange)), words, len(strange))]

    def _unique(self) -> list[Finding]:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self.rule.unique:
            return []
        there = present(self.values)
        try:
            again = len(there) - pc.count_distinct(there).as_py()
        except pa.ArrowNotImplementedError as error:
            raise InvalidInput(
                f"whether values of {self.name!r} come twice cannot be told: they are {self.kind}.",
                "Ask it of a column of numbers, texts or times.",
            ) from error
        if not again:
            return []
        return [self._found("unique", "severe", f"{self._of(again)} hold a value that an earlier row has", again)]

    def _severity(self, word: str, rows: int) -> Literal["severe", "warn"]:
        """Return how bad it is: a guess that a few rows break was too narrow; a rule is a rule."""
        few = rows <= self.tolerance * len(self.values)
        return "warn" if word in self.rule.guessed and few else "severe"

    def _of(self, rows: int) -> str:
        return f"{rows:,} of {len(self.values):,} rows"

    def _found(
        self,
        kind: FindingKind,
        severity: Literal["severe", "warn"],
        words: str,
        rows: int | None,
    ) -> Finding:
        return Finding(
            self.name, kind, severity, f"{self.name}: {words}" if rows is not None else f"{self.name} {words}", rows
        )


def _are_whole(values: Any) -> bool:
    import pyarrow.compute as pc

    there = present(values)
    return bool(pc.all(pc.equal(there, pc.floor(there))).as_py() in (True, None))


def _scalar(limit: Any, kind: Any, name: str) -> Any:
    """Return a limit as a value of a column's type, so that a date may be written as text."""
    import pyarrow as pa

    if isinstance(limit, str) and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        try:
            limit = datetime.datetime.fromisoformat(limit)
        except ValueError as error:
            raise InvalidInput(f"{limit!r} of {name!r} is no time.", "2026-03-01 or 2026-03-01 12:00") from error
        if pa.types.is_timestamp(kind) and kind.tz is not None and limit.tzinfo is None:
            limit = limit.replace(tzinfo=datetime.UTC)
        limit = limit.date() if pa.types.is_date(kind) else limit
        return pa.scalar(limit, type=kind)
    try:
        return pa.scalar(limit)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise InvalidInput(f"{limit!r} of {name!r} is no limit.", "A number or a time is.") from error


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
