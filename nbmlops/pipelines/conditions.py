"""Conditions of a pipeline: ``when`` and ``gates``, in the words of filters, with sums and with models to beat.

``condition := all ('or' all)*``, ``all := one ('and' one)*``, ``one := 'not' one | '(' condition ')' | test``,
``test := side operator side``, ``side := term (('+' | '-' | '*' | '/') term)*`` from left to right. A term is a number,
text in quotes, ``true``, ``false``, ``none``, or a name: a metric, a parameter, ``step.metric``, ``model@alias``.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"\n]*"|'[^'\n]*')
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)(?![\w@.])
    |(?P<operator>==|!=|<>|<=|>=|=|<|>)
    |(?P<sign>[()+*/-])
    |(?P<name>[^\W\d][\w.@\[\]=,:-]*|\d[\w.-]*@[\w.-]+))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_WORDS = {"true": True, "false": False, "none": None}


class Unset:
    """A name that stands for nothing yet, such as a champion before the first one: tests about it hold.

    ``reason`` says so in words.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds, and with which values."""

    condition: str
    holds: bool
    detail: str


def check_condition(text: str, value_of: Callable[[str], Any]) -> Verdict:
    """Evaluate a condition.

    Parameters
    ----------
    text : str
        The condition.
    value_of : callable
        Gives the value of a name, or an `Unset`; raises `InvalidInput` for a name that means nothing.

    Raises
    ------
    InvalidInput
        The text cannot be read, or compares what cannot be compared.

    Examples
    --------
    >>> check_condition("auc >= 0.7 and rows > 10", {"auc": 0.72, "rows": 5}.__getitem__)
    Verdict(condition='auc >= 0.7 and rows > 10', holds=False, detail='auc is 0.72, rows is 5')
    >>> check_condition("auc >= delay@champion - 0.01", {"auc": 0.72, "delay@champion": 0.725}.__getitem__).holds
    True
    """
    reader = _Reader(text, value_of)
    holds = reader.read()
    said = ", ".join(f"{name} is {_shown(value)}" for name, value in reader.seen.items())
    return Verdict(text, holds, said)


def names_in(text: str) -> list[str]:
    """Return the names that a condition asks for.

    Raises
    ------
    InvalidInput
        The text cannot be read.

    Examples
    --------
    >>> names_in("evaluate.auc > 0.7 and month != 'may'")
    ['evaluate.auc', 'month']
    """
    reader = _Reader(text, Unset)
    reader.read()
    return list(reader.seen)


def comparisons_in(text: str) -> list[list[str]]:
    """Return the names of each comparison of a condition, in their order.

    Raises
    ------
    InvalidInput
        The text cannot be read.

    Examples
    --------
    >>> comparisons_in("rows > 10 and auc >= delay@champion - 0.01")
    [['rows'], ['auc', 'delay@champion']]
    """
    reader = _Reader(text, Unset)
    reader.read()
    return reader.comparisons


class _Reader:
    def __init__(self, text: str, value_of: Callable[[str], Any]) -> None:
        self.text = text
        self.value_of = value_of
        self.seen: dict[str, Any] = {}
        self.comparisons: list[list[str]] = []
        self.tokens = self._split()
        self.at = 0

    def read(self) -> bool:
        holds = self.any_of()
        if self.at < len(self.tokens):
            self.fail("the end was expected")
        return holds

    def _split(self) -> list[tuple[str, str, int]]:
        tokens, place = [], 0
        while self.text[place:].strip():
            found = _TOKEN.match(self.text, place)
            if found is None:
                start = len(self.text) - len(self.text[place:].lstrip())
                raise self._error(start, f"{self.text[start]!r} means nothing here")
            kind = str(found.lastgroup)
            tokens.append((kind, found[kind], found.start(kind)))
            place = found.end()
        return tokens

    def takes(self, *words: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][1].lower() in words:
            self.at += 1
            return self.tokens[self.at - 1][1].lower()
        return None

    def fail(self, what: str) -> NoReturn:
        place = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        raise self._error(place, what)

    def _error(self, place: int, what: str) -> InvalidInput:
        return InvalidInput(
            f"the condition {self.text!r} cannot be read: {what}.",
            f"{self.text}\n  {' ' * place}^\n  Example: auc >= 0.7 and auc >= delay@champion - 0.01",
        )

    def any_of(self) -> bool:
        holds = [self.all_of()]
        while self.takes("or"):
            holds.append(self.all_of())
        return any(holds)

    def all_of(self) -> bool:
        holds = [self.one()]
        while self.takes("and"):
            holds.append(self.one())
        return all(holds)

    def one(self) -> bool:
        if self.takes("not"):
            return not self.one()
        began = self.at
        if self.takes("("):
            try:
                holds = self.any_of()
            except InvalidInput:
                self.at = began  # it is the parenthesis of a sum: the test tells
                return self.test()
            if self.takes(")") and not self._goes_on():
                return holds
            self.at = began
        return self.test()

    def _goes_on(self) -> bool:
        return self.at < len(self.tokens) and (
            self.tokens[self.at][0] == "operator" or self.tokens[self.at][1] in _SUMS
        )

    def test(self) -> bool:
        began = self.at
        left = self.side()
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "operator":
            self.fail("a comparison such as >= was expected")
        compare = _COMPARE[self.tokens[self.at][1]]
        self.at += 1
        right = self.side()
        words = [word for kind, word, _ in self.tokens[began : self.at] if kind == "name"]
        self.comparisons.append([word for word in words if word.lower() not in _WORDS])
        if isinstance(left, Unset) or isinstance(right, Unset):
            return True
        try:
            return bool(compare(left, right))
        except TypeError as error:
            raise InvalidInput(
                f"the condition {self.text!r} compares {left!r} with {right!r}.", "Compare numbers with numbers."
            ) from error

    def side(self) -> Any:
        value = self.term()
        while sign := self.takes(*_SUMS):
            other = self.term()
            if isinstance(value, Unset) or isinstance(other, Unset):
                value = value if isinstance(value, Unset) else other
                continue
            try:
                value = _SUMS[sign](value, other)
            except (TypeError, ZeroDivisionError) as error:
                raise InvalidInput(f"the condition {self.text!r} cannot be computed: {error}.") from error
        return value

    def term(self) -> Any:
        if self.takes("("):
            value = self.side()
            if not self.takes(")"):
                self.fail("')' was expected")
            return value
        if self.takes("-"):
            value = self.term()
            return value if isinstance(value, Unset) else -value
        if self.at >= len(self.tokens) or self.tokens[self.at][0] not in ("quoted", "number", "name"):
            self.fail("a name or a value was expected")
        kind, word, _ = self.tokens[self.at]
        self.at += 1
        if kind == "quoted":
            return word[1:-1]
        if kind == "number":
            return float(word) if any(sign in word for sign in ".eE") else int(word)
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        if word not in self.seen:
            self.seen[word] = self.value_of(word)
        return self.seen[word]


def _shown(value: Any) -> str:
    if isinstance(value, Unset):
        return value.reason
    return f"{value:.6g}" if isinstance(value, float) else str(value)
