"""Magics, shell lines and ``exec`` of a cell's text, put back as the Python that they run in the notebook."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "track"})
"""Cell magics whose body is Python that runs in the notebook's namespace."""

_PYTHON_LINE_MAGICS = frozenset({"time", "timeit", "prun", "memit", "mprun", "lprun"})
_APART = frozenset({"timeit", "prun", "memit", "mprun", "lprun"})
"""Magics that run their code in a function of their own: nothing is bound in the notebook."""

FOREIGN = frozenset(
    (
        "bash sh script system sx cmd perl ruby html HTML javascript js latex markdown svg SVG writefile file pypy "
        "python2 R"
    ).split()
)
"""Cell magics whose body is no Python."""

_OPTIONS = re.compile(r"^(?:\s*-{1,2}\w+(?:[= ]\d+)?(?=\s))*\s*")
_SHELL = re.compile(r"^(\s*)(?:([\w, ]+?)\s*=\s*)?(!!?|%)(?!%)(.*)$")
_EXPANDED = re.compile(r"\{([^{}]*)\}|\$(\w+)")
_WORD = re.compile(r"[A-Za-z_]\w*")


_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_TRIES = 5
"""Python 3.11 counts the depth of syntax trees for all threads together, and fails by chance where two are parsed at a
time (gh-106905), as the steps of a pipeline do."""


@dataclass
class Plain:
    """A cell as plain Python, and what its magics say besides: their names, shell texts, and names they may read."""

    tree: ast.Module
    magics: set[str] = field(default_factory=set)
    shells: list[str] = field(default_factory=list)
    mentions: set[str] = field(default_factory=set)
    foreign: list[str] = field(default_factory=list)


def parse(code: str) -> ast.Module | None:
    """Parse a cell as IPython runs it (``await`` may stand at the top), or give None when it is no Python."""
    for remaining in range(_TRIES - 1, -1, -1):
        try:
            tree = compile(code, "<cell>", "exec", _FLAGS, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        except SystemError:
            if not remaining:
                raise
        else:
            break
    assert isinstance(tree, ast.Module)
    return tree


def plain_of(tree: ast.Module) -> Plain:
    """Return a parsed cell with its magics put back as Python.

    Examples
    --------
    >>> found = plain_of(ast.parse("get_ipython().run_cell_magic('time', '', 'x = a + 1')"))
    >>> ast.unparse(found.tree), found.magics
    ('x = a + 1', {'%%time'})
    """
    expander = _Expander(Plain(tree))
    expander.plain.tree = expander.visit(tree)
    ast.fix_missing_locations(expander.plain.tree)
    return expander.plain


class _Expander(ast.NodeTransformer):
    def __init__(self, plain: Plain) -> None:
        self.plain = plain
        self.depth = 0

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        found = _shell_call(node.value)
        if found is not None:
            statements = self._statements(*found)
            return statements if statements is not None else node
        code = _executed(node.value)
        if code is not None:
            inner = self._python(code)
            if inner is not None:
                return inner
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        found = _shell_call(node)
        if found is not None:
            self._statements(*found)
        elif isinstance(node.func, ast.Name) and node.func.id == "eval" and node.args:
            text = node.args[0]
            inner = parse(text.value) if isinstance(text, ast.Constant) and isinstance(text.value, str) else None
            if inner is not None and len(inner.body) == 1 and isinstance(inner.body[0], ast.Expr):
                return inner.body[0].value
        self.generic_visit(node)
        return node

    def _statements(self, kind: str, texts: list[str]) -> list[ast.stmt] | None:
        """Return what a magic's call runs, None to leave it as it stands."""
        if kind in ("system", "getoutput", "getoutput_magic"):
            self.plain.shells += texts
            self._mention(texts[-1] if texts else "")
            return None
        name, rest = (texts[0] if texts else ""), texts[1:]
        self.plain.magics.add(f"{'%%' if kind == 'run_cell_magic' else '%'}{name}")
        if name in ("sx", "system", "bash", "sh", "script", "!", "cd", "run", "writefile", "file"):
            self.plain.shells += rest
        line, body = (rest[0] if rest else ""), (rest[1] if len(rest) > 1 else None)
        statements: list[ast.stmt] | None = None
        if kind == "run_cell_magic":
            if name in PYTHON_CELL_MAGICS:
                statements = self._python(body or "")
                if name == "capture" and statements is not None:
                    target = next((word for word in line.split() if not word.startswith("-")), None)
                    if target and target.isidentifier():
                        statements += ast.parse(f"{target} = ...").body
            elif name in FOREIGN:
                self._mention(body or "")
                self.plain.foreign.append(body or "")
            else:
                self.plain.mentions.update(_WORD.findall(body or ""))
        elif name in _PYTHON_LINE_MAGICS:
            statements = self._python(_OPTIONS.sub("", line))
        self._mention(line)
        if statements is not None and name in _APART:
            called = ast.parse("def __apart(): pass\n__apart()").body
            assert isinstance(called[0], ast.FunctionDef)
            called[0].body = statements or called[0].body
            return called
        return statements

    def _python(self, code: str) -> list[ast.stmt] | None:
        lines = code.splitlines()
        head = ""
        while lines and lines[0].startswith("%%"):  # a magic may stand under another one
            head, _, _ = lines.pop(0)[2:].partition(" ")
            self.plain.magics.add(f"%%{head}")
        if head in FOREIGN:
            return []
        inner = parse("\n".join(lines))
        if inner is None:
            inner = parse("\n".join(without_magics(line) for line in lines))
        if inner is None:
            self.plain.mentions.update(_WORD.findall(code))
            return None
        if self.depth > 5:
            return inner.body
        self.depth += 1
        result = self.visit(inner).body
        self.depth -= 1
        return list(result)

    def _mention(self, text: str) -> None:
        """Note the names that IPython puts into a line: ``{x}`` and ``$x``."""
        for braces, dollar in _EXPANDED.findall(text):
            self.plain.mentions.update(_WORD.findall(braces) or ([dollar] if dollar else []))


def _shell_call(node: ast.expr) -> tuple[str, list[str]] | None:
    """Return kind and texts of a call such as ``get_ipython().run_line_magic('cd', '..')``."""
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or node.func.attr not in ("run_line_magic", "run_cell_magic", "magic", "system", "getoutput")
        or not isinstance(node.func.value, ast.Call)
        or not isinstance(node.func.value.func, ast.Name)
        or node.func.value.func.id != "get_ipython"
    ):
        return None
    texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if node.func.attr == "magic" and texts:
        name, _, line = texts[0].lstrip("%").partition(" ")
        return "run_line_magic", [name, line]
    return node.func.attr, texts


def _executed(node: ast.expr) -> str | None:
    """Return the text that ``exec`` or ``get_ipython().run_cell`` is given, when it stands there."""
    if not isinstance(node, ast.Call) or not node.args or len(node.args) > 1:
        return None
    called = node.func
    is_exec = isinstance(called, ast.Name) and called.id == "exec"
    is_cell = isinstance(called, ast.Attribute) and called.attr in ("run_cell", "ex")
    text = node.args[0]
    return (
        text.value if (is_exec or is_cell) and isinstance(text, ast.Constant) and isinstance(text.value, str) else None
    )


def without_magics(line: str) -> str:
    """Write a line of IPython's own syntax as Python."""
    found = _SHELL.match(line)
    if found is None:
        return line
    indent, target, sign, rest = found.groups()
    if sign == "%":
        name, _, words = rest.partition(" ")
        call = f"get_ipython().run_line_magic({name!r}, {words!r})"
    else:
        call = f"get_ipython().{'getoutput' if target else 'system'}({rest!r})"
    return f"{indent}{target} = {call}" if target else f"{indent}{call}"
