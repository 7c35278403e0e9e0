"""A walk through a notebook's code in the order in which it runs, that notes what is read and written.

Nothing is run. Loops over what is known are gone through one by one, functions of the user's own are followed with the
arguments they are called with, of conditions that are not known both ways are taken.
"""

from __future__ import annotations

import ast
import builtins
import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.cells import python_of
from nbmlops.pipelines.inferring.expressions import evaluate, truth
from nbmlops.pipelines.inferring.modules import import_from, import_module
from nbmlops.pipelines.inferring.uses import Found, How, Kind, Use
from nbmlops.pipelines.inferring.values import (
    UNKNOWN,
    Content,
    Frame,
    Function,
    Handle,
    Instance,
    Ref,
    either,
    is_vague,
    items_of,
    options_of,
    path_text,
    shown,
)
from nbmlops.pipelines.inferring.workspace_names import note_decorator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_STEPS = 200_000
MOST_ROUNDS = 500
"""A loop that is longer is gone through once, with what it runs over unknown."""
DEEPEST = 25


class Walker:
    """Goes through the code of one notebook.

    Parameters
    ----------
    folder : Path
        The working folder: that of the pipeline.
    notebooks : iterable of Path
        The notebooks of the pipeline: what one of them does is not laid to another one that runs it.
    """

    def __init__(self, folder: Path, notebooks: Iterable[Path] = ()) -> None:
        self.folder: Path = folder
        self.notebooks = frozenset(os.path.abspath(one) for one in notebooks)  # noqa: PTH100
        self.found = Found()
        self.builtins = Frame({name: Ref(f"builtins.{name}") for name in dir(builtins) if not name.startswith("_")})
        self.top = Frame({"__name__": "__main__", "get_ipython": Ref("get_ipython")}, outer=self.builtins)
        self.cell = 0
        self.where = ""
        """The working folder as the code has set it, from that of the pipeline."""
        self.depth = 0
        self.quiet = 0
        """Above 0 while code is followed for its names alone."""
        self.modules: dict[str, Frame] = {}
        self.search: list[str] = [""]
        """Folders in which modules are looked for."""
        self.connection: Any = None
        """What the last ``%sql`` line connected to."""
        self._steps = 0

    def begin_cell(self, position: int) -> None:
        """Go on with another cell: a long one takes nothing from those behind it."""
        self.cell = position
        self._steps = 0

    def may_go_on(self) -> bool:
        """Count a step; tell whether there are any left for this cell."""
        self._steps += 1
        if self._steps == MOST_STEPS:
            self.found.open.append(f"cell {self.cell} is too long to be followed to its end")
        return self._steps < MOST_STEPS

    def note(self, how: How, value: Any, node: ast.AST | None = None, *, table: str = "") -> None:
        """Note that a file is used; ``node`` is what stands in the code, for where the path is not known."""
        if self.quiet:
            return
        for one in options_of(value):
            if isinstance(one, Handle | Content):
                continue  # it was noted when it was opened
            if isinstance(one, list | tuple):
                for inner in one:
                    self.note(how, inner, node, table=table)
                continue
            text = path_text(one)
            if text is None or is_vague(text):
                if node is not None and (text is not None or one is UNKNOWN):
                    self._note_open(how, node)
            elif text and "://" not in text and "\n" not in text:
                self._add(Use(how, shown(self.placed(text)), "file", table))

    def note_name(self, how: How, kind: Kind, name: Any) -> None:
        """Note that a name of the workspace is used."""
        if self.quiet:
            return
        for one in options_of(name):
            text = path_text(one)
            if text is not None:
                bare = shown(text).partition("@")[0].partition(":")[0].strip()
                if bare:
                    self._add(Use(how, bare, kind))

    def note_notebook(self, value: Any) -> None:
        """Note that a notebook is run apart, with a kernel of its own."""
        text = path_text(value)
        if text is None:
            return
        if str(self.file(text)) in self.notebooks:
            self.note_name("read", "notebook", self.placed(text))
        else:
            self.note("read", value)

    def run_file(self, path: str) -> None:
        """Go through a file that is run in the notebook's own namespace."""
        raise NotImplementedError

    def placed(self, text: str) -> str:
        """Return a path from the pipeline's folder."""
        expanded = os.path.expanduser(text)  # noqa: PTH111
        whole = expanded if os.path.isabs(expanded) or not self.where else f"{self.where}/{expanded}"  # noqa: PTH117
        if os.path.isabs(whole):  # noqa: PTH117
            base = os.path.abspath(self.folder)  # noqa: PTH100
            whole = os.path.normpath(whole)
            if whole == base or whole.startswith(base + os.sep):
                return os.path.relpath(whole, base)
            return whole
        return os.path.normpath(whole)

    def file(self, text: str) -> Path:
        """Return where a file of this path lies."""
        return Path(os.path.abspath(self.folder / self.placed(text)))  # noqa: PTH100

    def absolute(self, text: str) -> str:
        """Return a path from the root; what is not known of it stays as it is."""
        base = os.path.join(os.path.abspath(self.folder), self.where).replace(os.sep, "/")  # noqa: PTH100, PTH118
        return posixpath.normpath(posixpath.join(base, text))

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> bool:
        """Go through statements; tell whether they certainly return."""
        return any(self._statement(one, frame) for one in body if self.may_go_on())

    def evaluate(self, node: ast.expr | None, frame: Frame) -> Any:
        """Return the value of an expression."""
        return evaluate(self, node, frame)

    def run_text(self, text: str, frame: Frame) -> None:
        """Go through a text of Python, if it is one."""
        tree = python_of(text)
        if tree is not None:
            self.run(tree.body, frame)

    def call(self, function: Function, args: Sequence[Any], words: dict[str, Any]) -> Any:
        """Return what a function of the user's own gives for these arguments."""
        if self.depth >= DEEPEST or not self.may_go_on():
            return UNKNOWN
        node = function.node
        frame = Frame(outer=function.frame)
        if function.owner is not None:
            args = [function.owner, *args]
        _bind_arguments(self, node.args, args, words, frame)
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                return evaluate(self, node.body, frame)
            self.run(node.body, frame)
        finally:
            self.depth -= 1
        return either(*frame.returned) if frame.returned else UNKNOWN

    def bind(self, target: ast.expr, value: Any, frame: Frame) -> None:
        """Give a value to a target of an assignment."""
        if isinstance(target, ast.Name):
            frame.names[target.id] = value
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value, frame)
        elif isinstance(target, ast.Tuple | ast.List):
            values = items_of(value)
            fits = values is not None and len(values) == len(target.elts)
            for index, one in enumerate(target.elts):
                self.bind(one, values[index] if fits and values is not None else UNKNOWN, frame)
        elif isinstance(target, ast.Attribute):
            owner = evaluate(self, target.value, frame)
            if isinstance(owner, Instance):
                owner.names[target.attr] = value
        elif isinstance(target, ast.Subscript):
            owner = evaluate(self, target.value, frame)
            index = evaluate(self, target.slice, frame)
            if isinstance(owner, dict) and isinstance(index, str | int | float | bool):
                owner[index] = value

    def _statement(self, node: ast.stmt, frame: Frame) -> bool:  # noqa: C901, PLR0912 - one case a statement
        match node:
            case ast.Assign():
                value = evaluate(self, node.value, frame)
                for target in node.targets:
                    self.bind(target, value, frame)
            case ast.AnnAssign() if node.value is not None:
                self.bind(node.target, evaluate(self, node.value, frame), frame)
            case ast.AnnAssign(target=ast.Name(id=name)):
                frame.names.setdefault(name, UNKNOWN)  # a field of a dataclass has its place
            case ast.AugAssign():
                joint = ast.BinOp(node.target, node.op, node.value)
                self.bind(node.target, evaluate(self, joint, frame), frame)
            case ast.Expr():
                evaluate(self, node.value, frame)
            case ast.Return():
                frame.returned.append(evaluate(self, node.value, frame))
                return True
            case ast.If():
                return self._branches(node, frame)
            case ast.For() | ast.AsyncFor():
                self._loop(node, frame)
            case ast.While():
                evaluate(self, node.test, frame)
                self._one_of([node.body, []], frame)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = evaluate(self, item.context_expr, frame)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, value, frame)
                return self.run(node.body, frame)
            case ast.Try() | ast.TryStar():
                self.run(node.body, frame)
                self._one_of([node.orelse, *(handler.body for handler in node.handlers)], frame)
                self.run(node.finalbody, frame)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                frame.names[node.name] = Function(node, frame)
                note_decorator(self, node, frame)
            case ast.ClassDef():
                frame.names[node.name] = self._class(node, frame)
            case ast.Import():
                for alias in node.names:
                    import_module(self, alias, frame)
            case ast.ImportFrom():
                import_from(self, node, frame)
            case ast.Match():
                evaluate(self, node.subject, frame)
                self._one_of([*(case.body for case in node.cases), []], frame)
            case ast.Assert() | ast.Raise():
                for child in (node.test, node.msg) if isinstance(node, ast.Assert) else (node.exc, node.cause):
                    evaluate(self, child, frame)
        return False

    def _branches(self, node: ast.If, frame: Frame) -> bool:
        decided = truth(evaluate(self, node.test, frame))
        if decided is not None:
            return self.run(node.body if decided else node.orelse, frame)
        return self._one_of([node.body, node.orelse], frame)

    def _one_of(self, ways: Sequence[Sequence[ast.stmt]], frame: Frame) -> bool:
        """Go through statements of which some way is taken; tell whether each of them certainly returns."""
        before, left = frame.names, []
        for body in ways:
            frame.names = dict(before)
            ends = self.run(body, frame)
            left.append((ends, frame.names))
        # what comes after is only reached by the ways that go on
        reached = [names for ends, names in left if not ends] or [names for _, names in left]
        known = dict.fromkeys(name for names in reached for name in names)
        frame.names = {name: either(*(names[name] for names in reached if name in names)) for name in known}
        return all(ends for ends, _ in left)

    def _loop(self, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
        values = items_of(evaluate(self, node.iter, frame))
        if values is None or len(values) > MOST_ROUNDS:
            self.bind(node.target, UNKNOWN, frame)
            self._one_of([node.body, []], frame)
            values = []
        for value in values:
            if not self.may_go_on():
                return
            self.bind(node.target, value, frame)
            self.run(node.body, frame)
        self.run(node.orelse, frame)

    def _class(self, node: ast.ClassDef, frame: Frame) -> Instance:
        inner = Frame(outer=frame)
        for base in node.bases:
            known = evaluate(self, base, frame)
            if isinstance(known, Instance):
                inner.names.update(known.names)
        self.run(node.body, inner)
        return Instance(inner.names)

    def _add(self, use: Use) -> None:
        if use not in self.found.uses:
            self.found.uses.append(use)

    def _note_open(self, how: How, node: ast.AST) -> None:
        try:
            said = ast.unparse(node)
        except (ValueError, RecursionError):
            said = "a call"
        short = said if len(said) <= 60 else said[:57] + "…"
        does = "reads" if how == "read" else "writes"
        sentence = f"cell {self.cell} {does} a file whose path could not be followed: {short}"
        if sentence not in self.found.open:
            self.found.open.append(sentence)


def _bind_arguments(
    walker: Walker, wanted: ast.arguments, args: Sequence[Any], words: dict[str, Any], frame: Frame
) -> None:
    names = [one.arg for one in (*wanted.posonlyargs, *wanted.args)]
    for one, default in zip(reversed(names), reversed(wanted.defaults), strict=False):
        frame.names[one] = evaluate(walker, default, frame.outer or frame)
    for argument, default_or_none in zip(wanted.kwonlyargs, wanted.kw_defaults, strict=True):
        frame.names[argument.arg] = evaluate(walker, default_or_none, frame.outer or frame)
    for name in names:
        frame.names.setdefault(name, UNKNOWN)
    frame.names.update(zip(names, args, strict=False))
    known = {*names, *(one.arg for one in wanted.kwonlyargs)}
    frame.names.update({name: value for name, value in words.items() if name in known})
    if wanted.vararg is not None:
        frame.names[wanted.vararg.arg] = list(args[len(names) :])
    if wanted.kwarg is not None:
        frame.names[wanted.kwarg.arg] = {name: value for name, value in words.items() if name not in known}
