"""The filter grammar of every door: ``auc > 0.8 and model = rf and tag.stage = x and status = finished``.

``filter := all ('or' all)*``, ``all := one ('and' one)*``, ``one := 'not' one | '(' filter ')' | test``,
``test := name operator value | name 'in' '(' value, … ')' | name``. Operators: ``= != < <= > >= ~`` (``~``: contains).
A name is a field of the run (`FIELDS`), or a metric, a param or a tag; ``metric.``, ``param.`` and ``tag.`` say which.
Names and values with other characters stand in quotes. Everything a user writes is bound, never formatted into SQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from nbmlops.errors import InvalidInput, nearest

FIELDS: dict[str, str] = {
    "name": "r.name",
    "id": "r.id",
    "status": "r.status",
    "experiment": "r.experiment",
    "started_at": "r.started_at",
    "duration_s": "r.duration_s",
    "verdict": "r.verdict",
    "note": "r.note",
    "notebook": "r.notebook",
    "user": "r.user",
    "starred": "r.starred",
    "error": "r.error",
    "parent": "r.parent_id",
    "data": "data",
}
RUN = "r.id"
"""The run's id in a condition; a query that drives by another table may put that table's in its place."""

_TABLES = {"metric": "last_metrics", "param": "params", "tag": "tags"}
_OPERATORS = {
    "=": "=",
    "==": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "~": "LIKE",
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    |(?P<operator>==|!=|<>|<=|>=|=|<|>|~)
    |(?P<mark>[(),])
    |(?P<word>[^\s"'`=!<>~(),]+))""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


class _Value:
    """A value of a filter: as it was written, and as what it can be read."""

    def __init__(self, written: str, read: Any = ...) -> None:
        self.written = written
        self.read = written if read is ... else read

    def number(self) -> Any:
        """Return what SQLite can compare with numbers; whole numbers beyond 64 bits become floats."""
        if isinstance(self.read, bool):
            return int(self.read)
        if isinstance(self.read, int) and not -(2**63) <= self.read < 2**63:
            return float(self.read)
        return self.read


@dataclass(frozen=True)
class Known:
    """The names that exist in a workspace, by what they are; a bare name is looked for among them."""

    metric: frozenset[str] = frozenset()
    param: frozenset[str] = frozenset()
    tag: frozenset[str] = frozenset()

    def kinds_of(self, name: str) -> list[str]:
        """Return what a bare name can mean here."""
        return [kind for kind in _TABLES if name in getattr(self, kind)]

    def all(self) -> list[str]:
        """Return every name a filter may use here."""
        return sorted({*FIELDS, *self.metric, *self.param, *self.tag})


def parse_filter(text: str, known: Known, sorted_by: str | None = None) -> tuple[str, list[Any]]:
    """Turn a filter into an SQL condition over ``runs AS r`` and the values to bind to it.

    Parameters
    ----------
    text : str
        The filter.
    known : Known
        The names that exist.
    sorted_by : str, optional
        A metric that the runs are sorted by, best first: its own test is nearly always true for the first ones, so it
        is made run by run until enough are found.

    Raises
    ------
    InvalidInput
        The text cannot be read; the message points at the place, the hint lists what was expected.

    Examples
    --------
    >>> parse_filter("status = finished", Known())
    ('r.status = ?', ['finished'])
    """
    if not text.strip():
        return "1", []
    parser = _Parser(text, known, sorted_by)
    sql = parser.any_of()
    if parser.peek() is not None:
        parser.fail("'and', 'or' or the end was expected")
    return sql, parser.values


class _Parser:
    def __init__(self, text: str, known: Known, sorted_by: str | None) -> None:
        self.sorted_by = sorted_by
        self.text = text
        self.known = known
        self.values: list[Any] = []
        self.tokens = self._split()
        self.at = 0

    def _split(self) -> list[_Token]:
        tokens, position = [], 0
        while self.text[position:].strip():
            match = _TOKEN.match(self.text, position)
            if match is None:
                rest = self.text[position:].lstrip()
                start = len(self.text) - len(rest)
                raise self._error(
                    start, "a quote is not closed" if rest[0] in "\"'`" else f"{rest[0]!r} means nothing here"
                )
            kind = str(match.lastgroup)
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            position = match.end()
        return tokens

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def next(self, expected: str) -> _Token:
        token = self.peek()
        if token is None:
            self.fail(f"{expected} was expected")
        self.at += 1
        return token

    def takes(self, word: str) -> bool:
        token = self.peek()
        if token is not None and token.kind in ("word", "mark") and token.text.lower() == word:
            self.at += 1
            return True
        return False

    def fail(self, what: str) -> NoReturn:
        token = self.peek()
        raise self._error(token.position if token else len(self.text), what)

    def _error(self, position: int, what: str) -> InvalidInput:
        pointer = f"{self.text}\n  {' ' * position}^"
        return InvalidInput(
            f"the filter cannot be read: {what}.", f"{pointer}\n  Example: auc > 0.8 and status = finished"
        )

    def any_of(self) -> str:
        parts = [self.all_of()]
        while self.takes("or"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def all_of(self) -> str:
        parts = [self.one()]
        while self.takes("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})"

    def one(self) -> str:
        if self.takes("not"):
            return f"NOT {self.one()}"
        if self.takes("("):
            inner = self.any_of()
            if not self.takes(")"):
                self.fail("')' was expected")
            return f"({inner})"
        return self.test()

    def test(self) -> str:
        start = self.next("a name")
        if start.kind not in ("word", "quoted"):
            self.at -= 1
            self.fail("a name was expected")
        name = _unquoted(start)
        token = self.peek()
        if token is not None and token.kind == "operator":
            self.at += 1
            operator = _OPERATORS[token.text]
            value = self.value()
            if value.read is None and operator in ("=", "!="):
                return self._condition(name, "IS NULL" if operator == "=" else "IS NOT NULL", [])
            if operator == "LIKE":
                return self._condition(name, "LIKE ? ESCAPE '\\'", [_Value(f"%{_escaped(value.written)}%")])
            return self._condition(name, f"{operator} ?", [value])
        if self.takes("in"):
            if not self.takes("("):
                self.fail("'(' was expected")
            values = [self.value()]
            while self.takes(","):
                values.append(self.value())
            if not self.takes(")"):
                self.fail("',' or ')' was expected")
            return self._condition(name, f"IN ({', '.join('?' * len(values))})", values)
        return self._condition(name, "IS NOT NULL" if name != "starred" else "= 1", [])

    def value(self) -> _Value:
        token = self.next("a value")
        if token.kind not in ("word", "quoted"):
            self.at -= 1
            self.fail("a value was expected")
        return _Value(_unquoted(token)) if token.kind == "quoted" else _Value(token.text, _literal(token.text))

    def _condition(self, name: str, test: str, values: list[_Value]) -> str:
        kind, _, rest = name.partition(".")
        if kind in _TABLES and rest:
            return self._exists(kind, rest, test, values)
        if name == "data":
            self.values += [value.written for value in values]
            return f"{RUN} IN (SELECT run_id FROM datasets_used WHERE fingerprint {test})"
        if name in FIELDS:
            numeric = name in ("duration_s", "starred")
            self.values += [value.number() if numeric else value.written for value in values]
            return f"{FIELDS[name]} {test}"
        kinds = self.known.kinds_of(name)
        if not kinds:
            close = nearest(name, self.known.all())
            raise InvalidInput(
                f"no run has a metric, param or tag named {name!r}.",
                (f"Did you mean {' or '.join(close)}?  " if close else "") + f"Fields of a run: {', '.join(FIELDS)}",
            )
        parts = [self._exists(kind, name, test, values) for kind in kinds]
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def _exists(self, kind: str, name: str, test: str, values: list[_Value]) -> str:
        if kind == "metric" and [value.written.lower() for value in values] == ["nan"]:
            test, values = ("IS NOT NULL" if test.startswith("!") else "IS NULL"), []  # NaN is kept as NULL
        # tags are text, whatever they look like: 1.10 is not 1.1
        self.values += [name, *(value.written if kind == "tag" else value.number() for value in values)]
        if kind == "metric" and name == self.sorted_by:
            return f"EXISTS (SELECT 1 FROM last_metrics WHERE run_id = {RUN} AND name = ? AND value {test})"
        # a set that SQLite makes once; an EXISTS for each run is ten times slower where few runs fit (measured)
        return f"{RUN} IN (SELECT run_id FROM {_TABLES[kind]} WHERE name = ? AND value {test})"


def _unquoted(token: _Token) -> str:
    if token.kind != "quoted":
        return token.text
    return re.sub(r"\\(.)", r"\1", token.text[1:-1])


def _escaped(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)


def _literal(word: str) -> Any:
    """Read a bare value: number, true, false, null, else text."""
    lowered = word.lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    if lowered in ("null", "none"):
        return None
    for number in (int, float):
        try:
            return number(word)
        except ValueError:
            continue
    return word
