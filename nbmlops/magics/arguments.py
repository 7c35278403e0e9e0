"""How the lines of magics are read: argparse, with a short message instead of an exit, quotes and braces as written."""

from __future__ import annotations

import argparse
import functools
import shlex
from typing import NoReturn

from nbmlops.config import Capture
from nbmlops.errors import InvalidInput
from nbmlops.tracking.directive import Directive


class UsageProblem(InvalidInput):
    """The words after a magic cannot be read."""

    code = "usage"


class LineParser(argparse.ArgumentParser):
    """An argument parser for the line of a magic."""

    def error(self, message: str) -> NoReturn:
        """Raise the problem instead of leaving the process."""
        usage = " ".join(self.format_usage().removeprefix("usage: ").split())
        raise UsageProblem(f"{message}.", f"{usage}   Help: {self.prog}?")

    def read(self, line: str) -> argparse.Namespace:
        """Parse a line as it was written."""
        return self.parse_args(self.split(line))

    def split(self, line: str) -> list[str]:
        """Split a line into words; quotes hold a word together and are taken off."""
        try:
            return shlex.split(line)
        except ValueError as error:
            raise UsageProblem(f"the line cannot be read: {str(error).lower()}.", f"Help: {self.prog}?") from error


def amount(word: str) -> int:
    """Return how many there may be at most, one or more.

    Examples
    --------
    >>> amount("3")
    3
    """
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from 1")
    return int(word)


@functools.cache
def track_parser() -> LineParser:
    """Return the parser of ``%%track`` and ``#| track``."""
    parser = LineParser(
        prog="%%track",
        add_help=False,
        description="Run the cell as written and record a run: code, params, metrics, seeds, data, environment.",
        epilog="As a comment it is the same: #| track rf --seed 7",
    )
    parser.add_argument("name", nargs="?", help="name of the run; used again, it gives rf·2")
    parser.add_argument("-e", "--experiment", help="group of the run; the notebook's name by default")
    parser.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE", help="a tag; may be repeated")
    parser.add_argument("--note", default="", help="a sentence about the run")
    parser.add_argument("--seed", type=int, help="seed random, numpy and torch before the cell")
    parser.add_argument(
        "--metric", nargs="+", default=[], action="extend", metavar="NAME", help="variables that are metrics"
    )
    parser.add_argument(
        "--lower",
        nargs="+",
        default=[],
        action="extend",
        metavar="NAME",
        help="metrics that are better when lower",
    )
    parser.add_argument(
        "--capture",
        action="append",
        default=[],
        metavar="WHAT=WORD",
        help="limit what is captured: code=off, data=fingerprint, data=off, output=off",
    )
    return parser


@functools.lru_cache(maxsize=512)
def track_directive(line: str) -> Directive:
    """Return what the words after ``%%track`` ask for.

    Raises
    ------
    UsageProblem
        They cannot be read.

    Examples
    --------
    >>> track_directive("rf -e flights --tag stage=x --seed 7").tags
    {'stage': 'x'}
    """
    words = track_parser().read(line)
    seed = words.seed
    if seed is not None and not 0 <= seed < 2**32:
        raise UsageProblem(f"a seed is a whole number from 0 to {2**32 - 1}, not {seed}.", "%%track --seed 7")
    try:
        capture = Capture.parse(_pairs(words.capture, "--capture"))
    except InvalidInput as error:
        raise UsageProblem(error.message, error.hint) from error
    return Directive(
        name=words.name,
        experiment=words.experiment,
        tags=_pairs(words.tag, "--tag"),
        note=words.note,
        seed=seed,
        metrics=tuple(words.metric),
        lower=tuple(words.lower),
        capture=capture,
    )


def _pairs(words: list[str], option: str) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise UsageProblem(f"{option} wants key=value, not {word!r}.", f"{option} stage=dev")
        pairs[key.strip()] = value
    return pairs
