"""The cells of a notebook as Python, with their magics apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.capture.slicing.magics_text import PYTHON_CELL_MAGICS, parse, without_magics

if TYPE_CHECKING:
    import ast

_CONTINUED = re.compile(r"\\\n\s*")
_HELP = re.compile(r"^\s*\??\??[\w.]+\?{1,2}\s*$|^\s*\?{1,2}[\w.]+\s*$")


@dataclass(frozen=True)
class CodeCell:
    """One cell: its Python, or the magic that its whole text belongs to, with the magic's line.

    ``tree`` is None where the text is neither.
    """

    position: int
    tree: ast.Module | None
    magic: str = ""
    line: str = ""
    body: str = ""


def code_cell(source: str, position: int) -> CodeCell:
    """Return a cell as Python.

    Examples
    --------
    >>> import ast
    >>> ast.unparse(code_cell("%%time\\n!cp a b\\nx = 1", 1).tree)
    "get_ipython().system('cp a b')\\nx = 1"
    >>> code_cell("%%bash\\ncp a b", 2).magic, code_cell("%%bash\\ncp a b", 2).body
    ('bash', 'cp a b')
    """
    lines = source.strip("\n").splitlines()
    while lines and lines[0].startswith("%%"):
        name, _, line = lines.pop(0)[2:].partition(" ")
        if name not in PYTHON_CELL_MAGICS:
            return CodeCell(position, None, name, line, "\n".join(lines))
    return CodeCell(position, python_of("\n".join(lines)))


def python_of(text: str) -> ast.Module | None:
    """Return a text of Python and line magics as Python, None where it is neither."""
    tree = parse(text)
    if tree is not None:
        return tree
    lines = ["" if _HELP.match(line) else without_magics(line) for line in _joined(text).splitlines()]
    return parse("\n".join(lines))


def _joined(text: str) -> str:
    """Put shell lines that go on in the next line into one."""
    parts = []
    for line in _CONTINUED.sub("\0", text).split("\n"):
        is_shell = line.lstrip().startswith(("!", "%")) or re.match(r"\s*[\w, ]+=\s*[!%]", line)
        parts.append(line.replace("\0", " " if is_shell else "\\\n"))
    return "\n".join(parts)
