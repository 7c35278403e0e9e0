"""Functions of Python's own whose values are paths, texts and lists of these."""

from __future__ import annotations

import os
import posixpath
import tempfile
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.texts import join
from nbmlops.pipelines.inferring.values import (
    GAP,
    UNKNOWN,
    Content,
    Handle,
    Instance,
    Param,
    PathValue,
    Ref,
    either,
    items_of,
    options_of,
    path_text,
    plain,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nbmlops.pipelines.inferring.walking import Walker

MISSING: Any = type("_Missing", (), {"__repr__": lambda _: "MISSING"})()
MOST_ITEMS = 1000
_PATHS = ("Path", "PurePath", "PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath")
_PROJECT = (".git", "pyproject.toml", "setup.py", ".here", "requirements.txt")


def known_value(walker: Walker, name: str, args: Sequence[Any], words: dict[str, Any]) -> Any:
    """Return what a function gives, or MISSING where this module does not know it."""
    module, _, last = name.rpartition(".")
    if module == "pathlib" and last in _PATHS:
        return _path(args)
    function = _FUNCTIONS.get(name)
    if function is None:
        return MISSING
    try:
        return function(walker, args, words)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        return UNKNOWN  # called in a way that this module does not know


def project_folder(folder: Path) -> Path:
    """Return the project's folder: the nearest one upward that looks like one, or the folder itself."""
    here = folder.absolute()
    return next((one for one in (here, *here.parents) if any((one / sign).exists() for sign in _PROJECT)), here)


def _path(args: Sequence[Any]) -> Any:
    if not args:
        return PathValue(".")
    options = [join(one, *args[1:]) if path_text(one) is not None else UNKNOWN for one in options_of(args[0])]
    return either(*options) if UNKNOWN not in options else PathValue(GAP)


def _absolute(walker: Walker, value: Any) -> Any:
    text = path_text(value)
    return walker.absolute(text) if text is not None else UNKNOWN


def _chdir(walker: Walker, value: Any) -> Any:
    text = path_text(value)
    if text is not None:
        walker.where = walker.placed(text)
    return UNKNOWN


def _environment(args: Sequence[Any], words: dict[str, Any]) -> Any:
    return args[1] if len(args) > 1 else words.get("default", UNKNOWN)


def _listed(value: Any) -> Any:
    found = items_of(value)
    return found if found is not None else UNKNOWN


def _range(args: Sequence[Any]) -> Any:
    numbers = [plain(one) for one in args]
    if not all(isinstance(one, int) for one in numbers) or any(isinstance(one, Param) for one in args):
        return UNKNOWN
    found = range(*numbers)
    return list(found) if len(found) <= MOST_ITEMS else UNKNOWN


def _zipped(args: Sequence[Any]) -> Any:
    lists = [items_of(one) for one in args]
    known = [one for one in lists if one is not None]
    return list(zip(*known, strict=False)) if len(known) == len(lists) else UNKNOWN


def _numbered(args: Sequence[Any], words: dict[str, Any]) -> Any:
    found = items_of(args[0])
    start = plain(args[1]) if len(args) > 1 else plain(words.get("start", 0))
    return list(enumerate(found, start)) if found is not None else UNKNOWN


def _sorted(value: Any) -> Any:
    found = items_of(value)
    if found is None:
        return UNKNOWN
    try:
        return sorted(found)
    except TypeError:
        return found


def _next(value: Any) -> Any:
    found = items_of(value)
    return either(*found) if found else UNKNOWN


def _split(value: Any) -> Any:
    text = path_text(value)
    return posixpath.splitext(text) if text is not None else UNKNOWN


def _attribute(walker: Walker, args: Sequence[Any]) -> Any:
    from nbmlops.pipelines.inferring.calling import attribute_of

    name = plain(args[1])
    return attribute_of(walker, args[0], name) if isinstance(name, str) else UNKNOWN


def _text(args: Sequence[Any]) -> Any:
    if not args:
        return ""
    return UNKNOWN if isinstance(args[0], Handle | Content) else either(*(text_of(one) for one in options_of(args[0])))


def _pattern(args: Sequence[Any], words: dict[str, Any]) -> Any:
    root = words.get("root_dir")
    found = [one for one in options_of(args[0]) if path_text(one) is not None]
    if root is not None:
        return [text_of(one) for one in found]
    return [path_text(one) for one in found] or UNKNOWN


_FUNCTIONS: dict[str, Callable[[Walker, Sequence[Any], dict[str, Any]], Any]] = {
    "get_ipython": lambda *_: Ref("get_ipython()"),
    "pathlib.Path.cwd": lambda walker, *_: PathValue(walker.absolute("")),
    "pathlib.Path.home": lambda *_: PathValue(os.path.expanduser("~")),  # noqa: PTH111
    "os.getcwd": lambda walker, *_: walker.absolute(""),
    "os.chdir": lambda walker, args, _: _chdir(walker, args[0]),
    "os.path.join": lambda _, args, __: either(*(join(one, *args[1:]).text for one in options_of(args[0]))),
    "os.path.abspath": lambda walker, args, _: _absolute(walker, args[0]),
    "os.path.realpath": lambda walker, args, _: _absolute(walker, args[0]),
    "os.path.dirname": lambda _, args, __: posixpath.dirname(text_of(args[0])),
    "os.path.basename": lambda _, args, __: posixpath.basename(text_of(args[0])),
    "os.path.splitext": lambda _, args, __: _split(args[0]),
    "os.path.normpath": lambda _, args, __: args[0],
    "os.path.expanduser": lambda _, args, __: args[0],
    "os.fspath": lambda _, args, __: path_text(args[0]) or UNKNOWN,
    "os.getenv": lambda _, args, words: _environment(args, words),
    "os.environ.get": lambda _, args, words: _environment(args, words),
    "os.listdir": lambda *_: [GAP],
    "os.scandir": lambda _, args, __: [join(args[0], GAP)],
    "os.walk": lambda _, args, __: [(args[0], [], [GAP])],
    "glob.glob": lambda _, args, words: _pattern(args, words),
    "glob.iglob": lambda _, args, words: _pattern(args, words),
    "natsort.natsorted": lambda _, args, __: _listed(args[0]),
    "pyprojroot.here": lambda walker, args, _: join(str(project_folder(walker.folder)), *args),
    "pyprojroot.here.here": lambda walker, args, _: join(str(project_folder(walker.folder)), *args),
    "sqlalchemy.text": lambda _, args, __: args[0],
    "sqlalchemy.sql.text": lambda _, args, __: args[0],
    "contextlib.closing": lambda _, args, __: args[0],
    "sys.path.append": lambda walker, args, _: walker.search.append(walker.placed(text_of(args[-1]))),
    "sys.path.insert": lambda walker, args, _: walker.search.insert(0, walker.placed(text_of(args[-1]))),
    "tempfile.gettempdir": lambda *_: tempfile.gettempdir(),
    "tempfile.mkdtemp": lambda *_: join(tempfile.gettempdir(), GAP).text,
    "tempfile.TemporaryDirectory": lambda *_: join(tempfile.gettempdir(), GAP),
    "tempfile.NamedTemporaryFile": lambda *_: join(tempfile.gettempdir(), GAP),
    "types.SimpleNamespace": lambda _, __, words: Instance(dict(words), Instance({})),
    "builtins.str": lambda _, args, __: _text(args),
    "builtins.list": lambda _, args, __: _listed(args[0]) if args else [],
    "builtins.tuple": lambda _, args, __: _listed(args[0]) if args else [],
    "builtins.set": lambda _, args, __: _listed(args[0]) if args else [],
    "builtins.iter": lambda _, args, __: _listed(args[0]),
    "builtins.filter": lambda _, args, __: _listed(args[1]),
    "builtins.reversed": lambda _, args, __: list(reversed(items_of(args[0]) or [])) or UNKNOWN,
    "builtins.sorted": lambda _, args, __: _sorted(args[0]),
    "builtins.next": lambda _, args, __: _next(args[0]),
    "builtins.max": lambda _, args, __: _next(args[0]) if len(args) == 1 else UNKNOWN,
    "builtins.min": lambda _, args, __: _next(args[0]) if len(args) == 1 else UNKNOWN,
    "builtins.range": lambda _, args, __: _range(args),
    "builtins.zip": lambda _, args, __: _zipped(args),
    "builtins.enumerate": lambda _, args, words: _numbered(args, words),
    "builtins.dict": lambda _, args, words: {**(dict(items_of(args[0]) or []) if args else {}), **words},
    "builtins.getattr": lambda walker, args, _: _attribute(walker, args),
    "tqdm.tqdm": lambda _, args, __: _listed(args[0]),
    "tqdm.auto.tqdm": lambda _, args, __: _listed(args[0]),
    "tqdm.notebook.tqdm": lambda _, args, __: _listed(args[0]),
    "itertools.chain": lambda _, args, __: [one for group in args for one in items_of(group) or []],
    "itertools.product": lambda _, args, __: _product(args),
}


def _product(args: Sequence[Any]) -> Any:
    import itertools

    lists = [items_of(one) for one in args]
    known = [one for one in lists if one is not None]
    if len(known) != len(lists):
        return UNKNOWN
    return list(itertools.islice(itertools.product(*known), MOST_ITEMS))
