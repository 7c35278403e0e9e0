"""Random notebooks: small programs over lists, dictionaries, objects, functions, arrays and frames, with aliases."""

# ruff: noqa: E501 - cells stand as they are typed

from __future__ import annotations

import contextlib
import io
import linecache
import random
from typing import Any

NAMES = ("a", "b", "c", "d", "e")
FUNCTIONS = ("f", "g", "h")
START = "import numpy as np\nimport pandas as pd\nclass Box:\n    made = 0\n    def __init__(self, x=None):\n        self.x = x\n        Box.made += 1\n    def put(self, v):\n        self.x = v\n        return self"

STATEMENTS = (
    "{x} = {n}",
    "{x} = [{n}, {m}]",
    "{x} = [{y}, {n}]",
    "{x} = dict(k={y}, n={n})",
    "{x} = {y}",
    "{x} = {y}['k']",
    "{x} = {y}[0]",
    "{x} = list({y})",
    "{x} = {y}[:1]",
    "{x}.append({n})",
    "{x}.append({y}) if {x} is not {y} else None",
    "{x}[0] = {n}",
    "{x}['k'] = {y} if {x} is not {y} else 0",
    "{x}['n'] = {x}.get('n', 0) + 1",
    "{x} += {n}",
    "{x} += [{n}]",
    "{x} = {x} + {y}",
    "{x} = Box({y})",
    "{x} = {y}.x",
    "{x}.x = {y} if {x} is not {y} else 1",
    "{x}.put({n})",
    "{x}.x.append({n})",
    "del {x}",
    "{x} = Box.made",
    "for {x} in {y}:\n    {z} = {x}",
    "for i in range({n} % 3):\n    {x} = i + {m}",
    "if {n} > 5:\n    {x} = {m}\nelse:\n    {y} = {m}",
    "if {x}:\n    {y} = {n}",
    "{x}, {y} = {y}, {x}",
    "{x} = [v for v in {y}]",
    "{x} = [{y} for {z} in range(2)]",
    "def {f}():\n    return {y}",
    "def {f}(p):\n    p.append({n})\n    return p",
    "def {f}():\n    global {x}\n    {x} = {n}",
    "def {f}(p=[]):\n    p.append({n})\n    return p",
    "def {f}(p):\n    return [p, {y}]",
    "{f} = lambda: {y}",
    "{f} = {g}",
    "{x} = {f}()",
    "{x} = {f}({y})",
    "{f}()",
    "{f}({y})",
    "{x} = {y}.append",
    "{x}({n})",
    "{x} = iter({y})",
    "{x} = next({y})",
    "{x} = (v for v in {y})",
    "{x} = np.zeros(3)",
    "{x} = {y}[1:]",
    "{x}[:1] = {n}",
    "{x} = np.asarray({y})",
    "{x} = {y}.copy()",
    "{x}.sort()",
    "{x} = {y}.sum()",
    "{x} = pd.DataFrame({{'k': [{n}, {m}], 'n': [1, 2]}})",
    "{x} = {y}[['k']]",
    "{x}.loc[0, 'k'] = {n}",
    "{x}['z'] = {x}['k'] * {n}",
    "{x} = {y}['k'].sum()",
    "{x} = {y}['k'].tolist()",
    "{x}.drop(columns='n', inplace=True)",
    "{x} = {y}.values",
    "try:\n    {x} = {y}['k']\nexcept Exception:\n    {x} = {n}",
    "exec('{x} = {y}')",
    "globals()['{x}'] = {n}",
    "with open('w.txt', 'w') as handle:\n    handle.write(str({n}))",
    "with open('w.txt') as handle:\n    {x} = handle.read()",
    "Box.made = {n}",
    "Box.extra = {y}",
    "{x} = Box.extra",
    "print({x})",
    "{x}",
    "len({x})",
)


def program(seed: int) -> list[str]:
    """Return the cells of a notebook; some run again."""
    draw = random.Random(seed)
    cells = [
        START,
        "a = [1, 2]\nb = {'k': [3], 'n': 1}\nc = 5",
        "def f():\n    return a\ndef g(p):\n    return p\ndef h(p):\n    p.append(0)",
    ]
    scratch: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for code in cells:
            execute(code, -1, scratch)
        for _ in range(draw.randint(6, 16)):
            for _ in range(5):  # most of the cells should not fail
                code = _again(draw, cells) or _cell(draw)
                if not execute(code, -1, scratch):
                    break
            cells.append(code)
    return cells


def _again(draw: random.Random, cells: list[str]) -> str | None:
    return draw.choice(cells[3:]) if len(cells) > 4 and draw.random() < 0.15 else None


def _cell(draw: random.Random) -> str:
    statements = []
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        x, y, z = (draw.choice(NAMES) for _ in range(3))
        f, g = draw.choice(FUNCTIONS), draw.choice(FUNCTIONS)
        numbers = {"n": draw.randint(0, 9), "m": draw.randint(0, 9)}
        statements.append(draw.choice(STATEMENTS).format(x=x, y=y, z=z, f=f, g=g, **numbers))
    return "\n".join(statements)


def execute(code: str, number: int, namespace: dict[str, Any]) -> bool:
    """Run a cell; tell whether it failed."""
    name = f"<program {number}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    try:
        exec(compile(code, name, "exec"), namespace)
    except Exception:
        return True
    return False


def values_of(namespace: dict[str, Any], names: list[str]) -> dict[str, Any]:
    from nbmlops.capture.fingerprint import object_digest

    found = {}
    for name in names:
        value = namespace.get(name, "missing")
        found[name] = object_digest(value) or type(value).__name__
    return found
