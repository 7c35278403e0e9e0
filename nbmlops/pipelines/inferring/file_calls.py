"""Calls of libraries: what they read and write, and the values of those that make paths."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring import databases, workspace_names
from nbmlops.pipelines.inferring.config_files import PARSERS, Ini, parsed, parsed_text, text_in
from nbmlops.pipelines.inferring.file_functions import (
    COPIES,
    DATABASES,
    OPENERS,
    PATH_WORDS,
    READ_METHODS,
    SPARK_WORDS,
    SUFFIXES,
    WAYS,
    WRITE_METHODS,
    position_in,
)
from nbmlops.pipelines.inferring.known_functions import MISSING, known_value
from nbmlops.pipelines.inferring.shell import run_magic, run_shell
from nbmlops.pipelines.inferring.texts import copied_to, opened
from nbmlops.pipelines.inferring.values import (
    UNKNOWN,
    Attribute,
    Content,
    Handle,
    Param,
    PathValue,
    either,
    items_of,
    options_of,
    path_text,
    plain,
    text_of,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from nbmlops.pipelines.inferring.walking import Walker

_ANYTHING = frozenset({"save", "dump", "export", "load"})
"""Methods that tell nothing by themselves: only a path for an argument says that it is a file."""
_HOLDERS = frozenset(
    (
        "pandas.ExcelWriter pandas.ExcelFile pandas.HDFStore pyarrow.parquet.ParquetWriter io.StringIO io.BytesIO "
        "matplotlib.backends.backend_pdf.PdfPages"
    ).split()
)
_ARCHIVES = {"zip": ".zip", "tar": ".tar", "gztar": ".tar.gz", "bztar": ".tar.bz2", "xztar": ".tar.xz"}


def call_of_library(  # noqa: C901, PLR0911, PLR0912 - one case a kind of function
    walker: Walker, name: str, args: Sequence[Any], words: dict[str, Any], node: ast.Call | None
) -> Any:
    """Return what a function of a library gives; what it reads and writes is noted."""
    if name.startswith("nbmlops."):
        return workspace_names.call_of_workspace(walker, name, args, words)
    if name in PARSERS:
        return parsed(walker, name, _given(args, words, 0))
    known = known_value(walker, name, args, words)
    if known is not MISSING:
        return known
    if name in OPENERS:
        mode = plain(args[1]) if len(args) > 1 else plain(words.get("mode", WAYS.get(name, "r")))
        return opened(walker, _given(args, words, 0), mode, node)
    if name in DATABASES:
        return databases.connected(DATABASES[name], _given(args, words, 0))
    if name in COPIES:
        return _copy(walker, name, args, words, node)
    if name.startswith(("pandas.read_sql", "polars.read_database")):
        return databases.queried(walker, args, words)
    if name in ("duckdb.sql", "duckdb.query", "duckdb.execute", "polars.sql") and args:
        databases.note_sql(walker, Handle("", "duckdb"), args[0])
        return UNKNOWN
    if name == "configparser.ConfigParser":
        return Ini()
    if name.startswith("get_ipython()."):
        return _of_the_shell(walker, name.partition(".")[2], args)
    if name in ("os.system", "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output"):
        words_of = items_of(args[0]) if args else None
        text = " ".join(text_of(one) for one in words_of) if words_of is not None else text_of(args[0]) if args else ""
        run_shell(walker, text)
        return UNKNOWN
    if name in ("papermill.execute_notebook", "papermill.execute.execute_notebook"):
        walker.note_notebook(_given(args, words, 0))
        walker.note("write", _given(args, {"path": words.get("output_path", UNKNOWN)}, 1), None)
        return UNKNOWN
    _read_or_write(walker, name, args, words, node)
    if name.rpartition(".")[2][:1].isupper():  # an object that holds a file open, or its content in memory
        given = path_text(_given(args, words, 0))
        return Handle(given or "") if name in _HOLDERS else UNKNOWN
    return UNKNOWN


def call_of_method(  # noqa: C901, PLR0911, PLR0912 - one case a kind of method
    walker: Walker, owner: Any, name: str, args: Sequence[Any], words: dict[str, Any], node: ast.Call | None
) -> Any:
    """Return what a method gives; what it reads and writes is noted."""
    if isinstance(owner, Handle) and owner.kind != "file":
        return databases.call_of_database(walker, owner, name, args)
    if isinstance(owner, Handle | Content):
        return _of_file(walker, owner, name, args, words)
    if isinstance(owner, Ini):
        return _of_ini(walker, owner, name, args)
    if name == "to_sql":
        databases.note_table(walker, args, words)
        return UNKNOWN
    if name in ("execute", "executemany", "sql", "query") and args and isinstance(plain(args[0]), str):
        databases.note_sql(walker, Handle("", "duckdb"), args[0])
        return UNKNOWN
    if name in SPARK_WORDS and isinstance(owner, Attribute | type(UNKNOWN)) and node is not None:
        way = _spark_way(node)
        if way is not None:
            walker.note(way, _given(args, words, 0), node)
            return UNKNOWN
    if name in WRITE_METHODS:
        target = _given(args, words, WRITE_METHODS[name])
        if target is not MISSING:
            mode = plain(words.get("mode", "w"))
            walker.note("update" if mode == "a" else "write", target, node)
        return UNKNOWN
    if name in READ_METHODS:
        walker.note("read", _given(args, words, READ_METHODS[name]), node)
        return UNKNOWN
    if name in _ANYTHING:
        for one in (*args, *words.values()):
            if any(_looks_like_a_file(option) for option in options_of(one)):
                walker.note("read" if name == "load" else "write", one)
                break
    return UNKNOWN


def _read_or_write(
    walker: Walker, name: str, args: Sequence[Any], words: dict[str, Any], node: ast.Call | None
) -> None:
    position = position_in("read", name)
    if position is not None:
        value = _given(args, words, position)
        # a query, or data in memory, is no file
        if not (isinstance(value, list) and value and not any(path_text(one) for one in value)):
            walker.note("read", value, node)
        return
    position = position_in("write", name)
    if position is None:
        return
    value = _given(args, words, position)
    ending = SUFFIXES.get(name, "")
    if name == "shutil.make_archive":
        ending = _ARCHIVES.get(str(plain(args[1]) if len(args) > 1 else words.get("format")), "")
        walker.note("read", args[2] if len(args) > 2 else words.get("root_dir", MISSING))
    if ending and value is not MISSING:
        value = either(*(_with_ending(one, ending) for one in options_of(value)))
    walker.note("write", value, node)


def _given(args: Sequence[Any], words: dict[str, Any], position: int) -> Any:
    """Return the argument that names the file, by its place or its word."""
    if position < len(args):
        return args[position]
    return next((words[word] for word in PATH_WORDS if word in words), MISSING)


def _with_ending(value: Any, ending: str) -> Any:
    text = path_text(value)
    if text is None or posixpath.basename(text).endswith(ending):
        return value
    return f"{text}{ending}"


def _copy(walker: Walker, name: str, args: Sequence[Any], words: dict[str, Any], node: ast.Call | None) -> Any:
    source = args[0] if args else words.get("src", words.get("filename", MISSING))
    target = args[1] if len(args) > 1 else words.get("dst", words.get("extract_dir", MISSING))
    walker.note("read", source, node)
    text = path_text(target)
    original = path_text(source)
    if text is not None and original is not None and name in ("shutil.copy", "shutil.copy2", "shutil.move"):
        target = copied_to(walker, original, text)
    walker.note("write", target, node)
    return target


def _of_file(walker: Walker, owner: Handle | Content, name: str, args: Sequence[Any], words: dict[str, Any]) -> Any:
    if name in ("open", "extractfile"):  # a member of an archive
        return Handle(owner.path)
    if name in ("extractall", "extract"):
        position = 0 if name == "extractall" else 1
        walker.note("write", args[position] if position < len(args) else words.get("path", MISSING))
    if name in ("read", "readlines", "decode", "strip") and isinstance(owner, Handle):
        return Content(owner.path)
    return owner if isinstance(owner, Content) and name in ("decode", "strip", "read") else UNKNOWN


def _of_ini(walker: Walker, owner: Ini, name: str, args: Sequence[Any]) -> Any:
    if name == "read" and args:
        walker.note("read", args[0])
        path = path_text(args[0])
        text = text_in(walker, path) if path is not None else None
        found = parsed_text(text, "ini") if text is not None else None
        owner.update(found if isinstance(found, Ini) else {})
    elif name == "get" and len(args) > 1:
        section = owner.get(str(plain(args[0])))
        return section.get(str(plain(args[1])), UNKNOWN) if isinstance(section, dict) else UNKNOWN
    return UNKNOWN


def _spark_way(node: ast.Call) -> Any:
    """Return whether a chain of calls began with ``.read`` or ``.write``."""
    import ast

    at: ast.expr = node.func
    while isinstance(at, ast.Attribute | ast.Call):
        if isinstance(at, ast.Attribute) and at.attr in ("read", "readStream", "write", "writeStream"):
            return "read" if at.attr.startswith("read") else "write"
        at = at.func if isinstance(at, ast.Call) else at.value
    return None


def _looks_like_a_file(value: Any) -> bool:
    if isinstance(value, PathValue):
        return True
    if isinstance(value, Param):
        return isinstance(value.default, str) and _looks_like_a_file(value.default)
    if not isinstance(value, str) or " " in value.strip():
        return False
    name = posixpath.basename(value)
    return "/" in value or ("." in name and not name.startswith("."))


def _of_the_shell(walker: Walker, name: str, args: Sequence[Any]) -> Any:
    texts = [one for one in args if isinstance(one, str)]
    if name in ("system", "getoutput") and texts:
        run_shell(walker, texts[0])
    elif name == "run_line_magic" and len(texts) == len(args) == 2:
        run_magic(walker, texts[0], texts[1])
    return UNKNOWN
