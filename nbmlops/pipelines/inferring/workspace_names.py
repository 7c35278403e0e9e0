"""Names of the workspace that code uses: data sets, models and feature views count as paths do."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.values import UNKNOWN, Frame, Ref, items_of, options_of, path_text

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from nbmlops.pipelines.inferring.uses import How, Kind
    from nbmlops.pipelines.inferring.walking import Walker

_BY_NAME: dict[str, tuple[How, Kind, int, str]] = {
    "nbmlops.dataset": ("read", "dataset", 0, "spec"),
    "nbmlops.load": ("read", "model", 0, "spec"),
    "nbmlops.register": ("write", "model", 1, "name"),
    "nbmlops.training_set": ("read", "view", 1, "features"),
    "nbmlops.workspace().datasets.save": ("write", "dataset", 1, "name"),
    "nbmlops.workspace().datasets.load": ("read", "dataset", 0, "spec"),
    "nbmlops.workspace().datasets.get": ("read", "dataset", 0, "spec"),
    "nbmlops.workspace().models.register": ("write", "model", 1, "name"),
    "nbmlops.workspace().models.load": ("read", "model", 0, "spec"),
    "nbmlops.workspace().models.get": ("read", "model", 0, "spec"),
    "nbmlops.workspace().models.promote": ("write", "model", 0, "spec"),
    "nbmlops.workspace().features.training_set": ("read", "view", 1, "features"),
    "nbmlops.workspace().features.materialize": ("write", "view", 0, "view"),
    "nbmlops.workspace().features.push": ("write", "view", 0, "view"),
}
_PLURALS = {"dataset": "datasets", "model": "models", "feature": "features", "run": "runs", "pipeline": "pipelines"}


def call_of_workspace(walker: Walker, name: str, args: Sequence[Any], words: dict[str, Any]) -> Any:
    """Return what a function of nbmlops gives; the name that it uses is noted."""
    if name == "nbmlops.workspace":
        return Ref("nbmlops.workspace()")
    known = _BY_NAME.get(name)
    if known is not None:
        how, kind, position, word = known
        value = args[position] if position < len(args) else words.get(word, UNKNOWN)
        _note(walker, how, kind, value)
    return UNKNOWN


def note_decorator(walker: Walker, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    """Note the feature view that a function with ``@nbmlops.feature(…)`` defines; other decorators are gone through."""
    import ast

    for one in node.decorator_list:
        callee = walker.evaluate(one.func if isinstance(one, ast.Call) else one, frame)
        if not isinstance(one, ast.Call):
            continue
        if callee != Ref("nbmlops.feature"):
            walker.evaluate(one, frame)
            continue
        words = {word.arg: walker.evaluate(word.value, frame) for word in one.keywords}
        name = words.get("name")
        walker.note_name("write", "view", name if isinstance(name, str) else node.name)
        sources = words.get("sources")
        for source in sources.values() if isinstance(sources, dict) else ():
            if path_text(source) is not None:
                walker.note("read", source)


def run_words(walker: Walker, line: str) -> None:
    """Note what a command of nbmlops uses: ``datasets save df as flights``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nbmlops.pipelines.inferring.walking import Walker
    >>> walker = Walker(Path("."))
    >>> run_words(walker, "dataset save flights.csv as flights")
    >>> [(use.how, use.kind, use.path) for use in walker.found.uses]
    [('write', 'dataset', 'flights'), ('read', 'file', 'flights.csv')]
    """
    try:
        said = [one for one in shlex.split(line) if one != "--json"]
    except ValueError:
        return
    if len(said) < 2:
        return
    group, command, rest = _PLURALS.get(said[0], said[0]), said[1], said[2:]
    if group == "predict":
        walker.note_name("read", "model", said[1])
        for how, path in zip(("read", "write"), said[2:4], strict=False):
            walker.note(how, path)  # type: ignore[arg-type]
    elif group == "datasets":
        _of_datasets(walker, command, rest)
    elif group == "models" and command in ("register", "promote") and rest:
        walker.note_name("write", "model", rest[rest.index("as") + 1] if "as" in rest[:-1] else rest[0])
    elif group == "features":
        run_feature_words(walker, [command, *rest])


def run_feature_words(walker: Walker, words: Sequence[str]) -> None:
    """Note what ``features …`` and ``%feature …`` use."""
    if not words:
        return
    command, *rest = words
    bare = [one for one in rest if not one.startswith("-")]
    if command == "training-set":
        for one in bare[1:]:
            if ":" in one:
                walker.note_name("read", "view", one)
        if "--out" in rest[:-1]:
            walker.note("write", rest[rest.index("--out") + 1])
    elif command in ("materialize", "push", "follow", "define") and bare:
        walker.note_name("write", "view", bare[0])
        if command == "push" and len(bare) > 1 and "." in bare[1]:
            walker.note("read", bare[1])
    elif command in ("get", "show") and bare:
        walker.note_name("read", "view", bare[0])


def define_view(walker: Walker, line: str, body: str) -> None:
    """Note the feature view that a ``%%feature`` cell defines, and the files that its body names."""
    from nbmlops.pipelines.inferring.databases import note_sql
    from nbmlops.pipelines.inferring.values import Handle

    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    if not words:
        return
    for at, word in enumerate(words[:-1]):
        if word == "--source":
            walker.note("read", words[at + 1].partition("=")[2])
        elif word == "--input":
            walker.note_name("read", "view", words[at + 1])
    if "--python" in words:
        walker.run_text(body, walker.top)
    else:
        note_sql(walker, Handle("", "duckdb"), body)
    walker.note_name("write", "view", words[0])


def _of_datasets(walker: Walker, command: str, rest: Sequence[str]) -> None:
    if command == "save" and "as" in rest[:-1]:
        walker.note_name("write", "dataset", rest[rest.index("as") + 1])
        source = rest[0]
        if walker.top.find(source) is UNKNOWN and ("/" in source or "." in source):
            walker.note("read", source)
    elif command in ("load", "diff", "show", "log"):
        for one in rest[: 2 if command == "diff" else 1]:
            walker.note_name("read", "dataset", one)
        if "--out" in rest[:-1]:
            walker.note("write", rest[rest.index("--out") + 1])


def _note(walker: Walker, how: How, kind: Kind, value: Any) -> None:
    for one in options_of(value):
        for name in items_of(one) or [one]:
            walker.note_name(how, kind, name)
