"""Readers that open files without Python's help (Arrow, polars, DuckDB, HDF5): wrapped, so that their reads are known.

Everything else is seen by the interpreter's audit hook. A wrapper passes its call on as it was; its frame leaves no
trace in an exception.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from nbmlops.capture.after_import import AfterImport

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

READERS: dict[str, tuple[str, ...]] = {
    "pandas": ("read_parquet", "read_feather", "read_orc", "read_hdf"),
    "pyarrow.parquet": ("read_table", "read_pandas", "ParquetFile", "ParquetDataset"),
    "pyarrow.feather": ("read_table", "read_feather"),
    "pyarrow.csv": ("read_csv", "open_csv"),
    "pyarrow.json": ("read_json",),
    "pyarrow.orc": ("read_table", "ORCFile"),
    "pyarrow.dataset": ("dataset",),
    "polars": (
        *("read_csv", "scan_csv", "read_parquet", "scan_parquet", "read_ipc", "scan_ipc"),
        *("read_ndjson", "scan_ndjson", "read_json", "read_avro"),
    ),
    "duckdb": ("connect", "sql", "query", "execute", "read_csv", "read_parquet", "read_json", "from_parquet"),
    "h5py": ("File",),
    "tables": ("open_file",),
    "cv2": ("imread",),
    "lightgbm": ("Dataset",),
    "xgboost": ("DMatrix",),
}
"""Module to the functions and classes whose first argument may name a file."""

DRIVERS = ("psycopg", "psycopg2", "pyodbc", "oracledb", "MySQLdb", "adbc_driver_manager.dbapi")
"""Modules whose ``connect`` reaches a database without Python's sockets."""

_MARK = "__nbmlops_reader__"
_QUOTED = re.compile(r"'([^'\n]+)'")


class ReaderPatches:
    """The wrapped readers of one process.

    Parameters
    ----------
    use : callable
        Told each path that a reader is given; what it returns is read.
    reach : callable, optional
        Told each address that a reader is given, and the name of each database driver that connects.
    """

    def __init__(self, use: Callable[[str], str], reach: Callable[[str], object] = lambda _: None) -> None:
        self._use = use
        self._reach = reach
        self._finder: AfterImport | None = None
        self._patched: list[tuple[Any, str, Any]] = []

    def install(self) -> None:
        """Wrap the readers of what is imported, and the rest when it is."""
        if self._finder is not None:
            return
        self._finder = AfterImport(
            {**dict.fromkeys(READERS, self._patch), **dict.fromkeys(DRIVERS, self._patch_driver)}
        )
        sys.meta_path.insert(0, self._finder)
        for name, patch in self._finder.watched.items():
            if name in sys.modules:
                patch(sys.modules[name])

    def remove(self) -> None:
        """Take everything back."""
        if self._finder is not None and self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self._finder = None
        for owner, name, original in reversed(self._patched):
            setattr(owner, name, original)
        self._patched.clear()

    def _patch(self, module: types.ModuleType) -> None:
        for name in READERS[module.__name__]:
            found = getattr(module, name, None)
            if found is None or hasattr(found, _MARK):
                continue
            try:
                if isinstance(found, type):
                    self._replace(found, "__init__", _wrapped(found.__init__, self._use, self._reach, 1))  # type: ignore[misc]
                    continue
                wrapper = _wrapped(found, self._use, self._reach, 0)
                # also where it is defined: a function is pickled by the module and name it says it has
                for owner in {module.__name__, getattr(found, "__module__", None)}:
                    if owner in sys.modules and getattr(sys.modules[owner], name, None) is found:
                        self._replace(sys.modules[owner], name, wrapper)
            except (AttributeError, TypeError):
                continue  # a compiled class takes no other method: its reads stay unseen

    def _patch_driver(self, module: types.ModuleType) -> None:
        connect = getattr(module, "connect", None)
        if connect is None or hasattr(connect, _MARK):
            return

        @functools.wraps(connect)
        def connecting(*args: Any, **kwargs: Any) -> Any:
            self._reach(f"a database, by {module.__name__}")
            return connect(*args, **kwargs)

        setattr(connecting, _MARK, connect)
        self._replace(module, "connect", connecting)

    def _replace(self, owner: Any, name: str, value: Any) -> None:
        self._patched.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)


def translate_readers(use: Callable[[str], str]) -> None:
    """Let every reader of this process read what ``use`` gives for a path, for good."""
    ReaderPatches(use).install()


def _wrapped(function: Any, use: Callable[[str], str], reach: Callable[[str], object], position: int) -> Any:
    @functools.wraps(function)
    def reader(*args: Any, **kwargs: Any) -> Any:
        if len(args) > position:
            args = (*args[:position], _used(args[position], use, reach), *args[position + 1 :])
        else:
            for name in ("path", "source", "where", "filename", "database", "path_or_buf", "filepath"):
                if name in kwargs:
                    kwargs[name] = _used(kwargs[name], use, reach)
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise

    setattr(reader, _MARK, function)
    return reader


def _used(value: Any, use: Callable[[str], str], reach: Callable[[str], object]) -> Any:
    """Return the argument of a reader with its paths used; what names no file is returned as it is."""
    if isinstance(value, list | tuple) and len(value) <= 1000:
        return type(value)(_used(one, use, reach) for one in value) if type(value) in (list, tuple) else value
    if not isinstance(value, str | os.PathLike):
        return value
    text = os.fspath(value)
    if not isinstance(text, str):
        return value
    if "://" in text:
        if not text.startswith("file://"):
            reach(text)
        return value
    if "'" in text and " " in text:  # a query: what stands in quotes may be a file
        return _QUOTED.sub(lambda found: f"'{_one(found[1], use)}'", text)
    replaced = _one(text, use)
    return value if replaced == text else replaced


def _one(path: str, use: Callable[[str], str]) -> str:
    try:
        return use(path)
    except Exception:  # noqa: BLE001 - looking on must not disturb the user's read
        return path
