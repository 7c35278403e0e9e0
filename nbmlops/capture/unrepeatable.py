"""Randomness that no restored state brings back: found in the text of cells, with the line to write instead."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from nbmlops.capture.effects import parse
from nbmlops.capture.randomness import hash_seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nbmlops.capture.cells import ExecutedCell

_UNSEEDED = frozenset("default_rng RandomState PCG64 MT19937 SFC64 Philox SeedSequence PCG64DXSM".split())
_FROM_THE_SYSTEM = {
    "urandom": "random.randbytes(…)",
    "SystemRandom": "random.Random(7)",
    "token_hex": "random.randbytes(…).hex()",
    "token_bytes": "random.randbytes(…)",
    "token_urlsafe": "random.randbytes(…).hex()",
    "randbelow": "random.randrange(…)",
    "uuid4": "uuid.UUID(int=random.getrandbits(128))",
    "uuid1": "uuid.UUID(int=random.getrandbits(128))",
}
_KEEPS_ORDER = frozenset("list tuple enumerate iter join array asarray Series Index concat".split())
_WORKERS = frozenset("Parallel Pool ProcessPoolExecutor".split())
_DRAWS = frozenset(
    "random rand randn randint normal uniform choice choices shuffle permutation sample standard_normal".split()
)


def unrepeatable(cells: Iterable[ExecutedCell]) -> list[str]:
    """Return a sentence for each source of randomness in the cells that a replay cannot bring back.

    Examples
    --------
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> unrepeatable([ExecutedCell("", "rng = np.random.default_rng()", execution_count=4)])
    ['default_rng() without a seed in cell [4]: write default_rng(7)']
    """
    found: dict[str, None] = {}
    fixed = hash_seed() != "random"
    for cell in cells:
        where = f"cell [{cell.execution_count}]" if cell.execution_count is not None else "a cell"
        for kind, text, instead in _sources(cell.transformed):
            if kind == "order" and fixed:
                continue
            found[_sentence(kind, text, instead, where)] = None
    return list(found)


def _sentence(kind: str, text: str, instead: str, where: str) -> str:
    if kind == "unseeded":
        return f"{text} without a seed in {where}: write {instead}"
    if kind == "order":
        return f"{text} in {where} depends on the hash order of a set: write {instead}"
    if kind == "workers":
        return f"numbers drawn in {text} workers in {where} are not restored: give each its own {instead}"
    return f"{text}() in {where} draws from the system and cannot be repeated: write {instead}"


@functools.lru_cache(maxsize=1024)
def _sources(code: str) -> tuple[tuple[str, str, str], ...]:
    tree = parse(code)
    return tuple(_walk(tree)) if tree else ()


def _walk(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    sets = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_set(node.value, frozenset())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    known = frozenset(sets)
    has_draws = any(
        _name(node) in _DRAWS
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node, known, has_draws=has_draws)
        elif isinstance(node, ast.For | ast.comprehension) and _is_set(node.iter, known):
            text = _short(node.iter)
            yield "order", f"the loop over {text}", f"sorted({text})"


def _of_call(node: ast.Call, sets: frozenset[str], *, has_draws: bool) -> Iterator[tuple[str, str, str]]:
    name = _name(node)
    if name in _UNSEEDED and not node.args and not node.keywords:
        yield "unseeded", f"{name}()", f"{name}(7)"
    elif name in _FROM_THE_SYSTEM:
        yield "system", name, _FROM_THE_SYSTEM[name]
    elif name in _KEEPS_ORDER and node.args and _is_set(node.args[0], sets):
        yield "order", f"{name}({_short(node.args[0])})", f"sorted({_short(node.args[0])})"
    elif name in _WORKERS and has_draws:
        yield "workers", name, "random_state"


def _is_set(node: ast.expr, sets: frozenset[str]) -> bool:
    """Tell whether an expression gives a set whose order is that of hashes; those of numbers are alike everywhere."""
    if isinstance(node, ast.Set):
        return not all(isinstance(one, ast.Constant) and isinstance(one.value, int | float) for one in node.elts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return (_is_set(node.left, sets) and not isinstance(node.op, ast.Sub)) or _is_set(node.right, sets)
    if isinstance(node, ast.Call):
        return _name(node) in ("set", "frozenset") and isinstance(node.func, ast.Name) and bool(node.args)
    return isinstance(node, ast.SetComp) or (isinstance(node, ast.Name) and node.id in sets)


def _name(node: ast.Call) -> str:
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _short(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:39]}…"
