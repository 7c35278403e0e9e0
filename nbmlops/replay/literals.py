"""The literals of code by where they stand, so that two versions of a cell can be mixed: settings, seeds, paths.

A literal has a key: the name it is assigned to, or the function and keyword (or place) it is given to. What differs
between two texts in literals alone is no change of code.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nbmlops.capture.effects import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Kind = Literal["settings", "randomness", "data"]

_SEED_NAMES = re.compile(r"(^|_)(seed|random_state|rng)s?($|_)|random_state", re.IGNORECASE)
_SEED_CALLS = frozenset("seed default_rng RandomState manual_seed set_seed SeedSequence".split())
_MAGIC_SEED = re.compile(r"(?P<head>^\s*(?:%%|#\|\s*)track\b.*--seed[ =])(?P<value>\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """One literal: its key, what kind of difference it makes, its place in the text, and its text."""

    key: str
    kind: Kind
    start: int
    end: int
    text: str


def literals_in(code: str, paths: Collection[str] = ()) -> list[Found]:
    """Return the literals of a cell that have a key, in the order of the text.

    Parameters
    ----------
    code : str
        The cell as it was written.
    paths : collection of str
        How the run's inputs were named: a text that names one is *data*.

    Examples
    --------
    >>> [(one.key, one.kind, one.text) for one in literals_in("m = RF(max_depth=3, random_state=0)\\nk = 5")]
    [('RF(max_depth)', 'settings', '3'), ('RF(random_state)', 'randomness', '0'), ('k', 'settings', '5')]
    """
    blanked = _without_magics(code)
    tree = parse(blanked)
    found = []
    if tree is not None:
        lines = _line_starts(blanked)
        for key, node in _keyed(tree):
            start = _offset(blanked, lines, node.lineno, node.col_offset)
            end = _offset(blanked, lines, node.end_lineno or 0, node.end_col_offset or 0)
            found.append((key, node, start, end))
    seeds = [
        Found("track(--seed)", "randomness", match.start("value"), match.end("value"), match["value"])
        for match in _MAGIC_SEED.finditer(code)
    ]
    return sorted(
        [*seeds, *(Found(key, _kind(key, node, paths), a, b, code[a:b]) for key, node, a, b in found)],
        key=lambda one: one.start,
    )


def with_literals(code: str, values: Mapping[str, str], kinds: Collection[Kind], paths: Collection[str] = ()) -> str:
    """Return code with other literals of some kinds, where ``values`` has their key.

    Examples
    --------
    >>> with_literals("m = RF(max_depth=3, random_state=0)", {"RF(max_depth)": "6"}, ["settings"])
    'm = RF(max_depth=6, random_state=0)'
    """
    parts, at = [], 0
    for one in numbered(literals_in(code, paths)):
        if one.kind in kinds and one.key in values and one.start >= at:
            parts += [code[at : one.start], values[one.key]]
            at = one.end
    return "".join([*parts, code[at:]])


def skeleton(code: str, paths: Collection[str] = ()) -> str:
    """Return what of a cell is code: its tree without the literals that have a key, comments and layout.

    Examples
    --------
    >>> skeleton("m = RF( max_depth=3)  # deep") == skeleton("m = RF(max_depth=6)")
    True
    """
    found = numbered(literals_in(code, paths))
    blank = with_literals(code, {one.key: "0" for one in found}, ("settings", "randomness", "data"), paths)
    tree = parse(_without_magics(blank))
    return blank if tree is None else ast.dump(tree)


def numbered(found: list[Found]) -> list[Found]:
    """Return literals with keys that are unique in their cell: the second of a key is ``key#2``."""
    counts: dict[str, int] = {}
    result = []
    for one in found:
        counts[one.key] = counts.get(one.key, 0) + 1
        key = one.key if counts[one.key] == 1 else f"{one.key}#{counts[one.key]}"
        result.append(Found(key, one.kind, one.start, one.end, one.text))
    return result


def _keyed(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if len(targets) == 1:
                yield from _assigned(targets[0], node.value)
        elif isinstance(node, ast.Call):
            given = [(str(place), argument) for place, argument in enumerate(node.args)]
            given += [(keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg]
            yield from ((f"{_called(node)}({name})", value) for name, value in given if _is_literal(value))
        elif isinstance(node, ast.Dict):
            items = zip(node.keys, node.values, strict=True)
            yield from (
                (f"[{key.value!r}]", value)
                for key, value in items
                if isinstance(key, ast.Constant) and _is_literal(value)
            )


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    sequence = ast.Tuple | ast.List
    if isinstance(target, sequence) and isinstance(value, sequence) and len(target.elts) == len(value.elts):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _assigned(one, other)
    elif isinstance(target, ast.Name) and _is_literal(value):
        yield target.id, value


def _is_literal(node: ast.expr) -> bool:
    """Tell whether an expression is a value as it stands: a number, a text, a truth, or a list of such."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    if isinstance(node, ast.Tuple | ast.List):
        return all(_is_literal(one) for one in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str | None)


def _kind(key: str, node: ast.expr, paths: Collection[str]) -> Kind:
    name = key.rstrip(")").replace("(", " ").split(" ")
    if _SEED_NAMES.search(name[-1]) or name[0] in _SEED_CALLS:
        return "randomness"
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return "settings"
    # nbmlops.dataset("flights@3"), or the name of a file that was read
    names_data = name[0] == "dataset" or any(path == node.value or path.endswith(f"/{node.value}") for path in paths)
    return "data" if names_data else "settings"


def _called(node: ast.Call) -> str:
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else "?"


def _without_magics(code: str) -> str:
    """Return code in which lines of magics are blank, every character in its place."""
    lines = code.split("\n")
    return "\n".join(" " * len(line) if line.lstrip().startswith(("%", "!", "?")) else line for line in lines)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _offset(text: str, lines: list[int], line: int, column: int) -> int:
    """Return a place in characters: the parser counts columns in bytes."""
    start = lines[line - 1]
    if text.isascii():
        return start + column
    return start + len(text[start : lines[line] - 1].encode()[:column].decode("utf-8", "ignore"))
