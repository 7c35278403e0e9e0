"""What sources hold, put into a DuckDB connection under the names that bodies say, and told by its content."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.files import file_fingerprint
from nbmlops.datasets.queries import needed, run_query
from nbmlops.datasets.tabular import is_table, read_table
from nbmlops.errors import InvalidInput, NotFound
from nbmlops.features.secret_addresses import revealed
from nbmlops.features.times import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.datasets import Datasets
    from nbmlops.features.records import Source

    Pushed = Callable[[str, int | None], Any]

NO_VALUE = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]
"""What stands for a missing value in a text file, as pandas reads it."""
_GONE = "It was there when the view was defined: put it back, or define the view again with where it is now."
_PACKED = (".zip", ".bz2", ".xz")
_FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}


class SourceReader:
    """Reads sources, and remembers what they held.

    Parameters
    ----------
    datasets : Datasets
        Of the workspace whose views read from data sets.
    pushed : callable, optional
        Gives what was pushed to a view as an Arrow table, None for nothing; told the view, and how many pushes count.
    first : int, optional
        How many pushes count; all by default.
    """

    def __init__(self, datasets: Datasets, pushed: Pushed = lambda *_: None, first: int | None = None) -> None:
        self._datasets = datasets
        self._pushed, self._first = pushed, first
        self._files: dict[tuple[str, int, int], str] = {}

    def attach(self, connection: Any, source: Source, called: str = "") -> str:
        """Make a source a table of a connection, under its own name; give the fingerprint of what it holds.

        Parameters
        ----------
        connection : DuckDBPyConnection
            Where it is read.
        source : Source
            What is read.
        called : str
            What an error calls it; its own name by default.

        Raises
        ------
        NotFound
            The source is gone.
        InvalidInput
            It cannot be read.
        """
        if source.kind == "request":  # what a request will bring: its columns, and no row
            connection.execute(f"CREATE TEMP TABLE {quoted(source.name)} ({source.address})")
            return source.address
        try:
            return self._attach(connection, source)
        except (NotFound, InvalidInput) as error:
            raise type(error)(f"the source {(called or source.name)!r}: {error.message}", error.hint) from error

    def attach_with_pushed(self, connection: Any, source: Source, view: str | None) -> tuple[str, str]:
        """Do as `attach`, with what was pushed to a view behind the rows of its source; give both fingerprints."""
        table = self._pushed(view, self._first) if view is not None else None
        if table is None:
            return self.attach(connection, source), ""
        stored, pushed = f"{source.name} (stored)", pushed_name(source)
        content = self.attach(connection, replace(source, name=stored), source.name)
        both = f"FROM {quoted(stored)} UNION ALL BY NAME FROM {quoted(pushed)}"
        came = _register(connection, pushed, table)
        connection.execute(f"CREATE TEMP VIEW {quoted(source.name)} AS {both}")
        return content, came

    def pushed_contents(self, view: str, source: Source) -> dict[str, str]:
        """Return the fingerprint of what was pushed to a view, by the name that it has among a view's contents."""
        table = self._pushed(view, self._first)
        return {} if table is None else {pushed_name(source): _digest(table)}

    def upto(self, pushes: int) -> SourceReader:
        """Return a reader for which only the first pushes to a view count."""
        other = SourceReader(self._datasets, self._pushed, pushes)
        other._files = self._files
        return other

    def content(self, source: Source) -> str | None:
        """Return the fingerprint of what a source holds now, None where it can only be known by reading all of it."""
        if source.kind == "dataset":
            return self._datasets.get(source.address).fingerprint
        if source.kind == "request":
            return source.address
        if source.kind in ("file", "sqlite", "duckdb"):
            return self._fingerprint(Path(source.address))
        if source.kind == "folder":
            return self._of_files(files_in(Path(source.address)))
        return None

    def _attach(self, connection: Any, source: Source) -> str:
        if source.kind == "dataset":
            version = self._datasets.get(source.address)
            connection.register(source.name, _plain(self._datasets.load(version.spec, as_="arrow")))
            return version.fingerprint
        if source.kind == "file":
            path = Path(source.address)
            if not path.is_file():
                raise NotFound(f"there is no file {path}.", _GONE)
            self._read_files(connection, source.name, [path])
            return self._fingerprint(path)
        if source.kind == "folder":
            files = files_in(Path(source.address))
            self._read_files(connection, source.name, files)
            return self._of_files(files)
        if source.kind == "address" and "://" in revealed(source.address):
            return _register(connection, source.name, _from_address(connection, revealed(source.address)))
        if source.kind == "address":  # a path that stood in the environment
            path = Path(revealed(source.address))
            self._read_files(connection, source.name, [path] if path.is_file() else files_in(path))
            return self._fingerprint(path) if path.is_file() else self._of_files(files_in(path))
        content = self.content(source)
        found = _register(connection, source.name, _from_database(source))
        return content or found

    def _read_files(self, connection: Any, name: str, files: list[Path]) -> None:
        """Let DuckDB read files; the module's own functions are called, so that a tracked cell knows of the reads."""
        import duckdb

        if any(file.suffix.lower() in _PACKED for file in files):
            import pandas as pd
            import pyarrow as pa

            frame = pd.concat([read_table(file) for file in files], ignore_index=True)
            connection.register(name, pa.Table.from_pandas(frame, preserve_index=False))
            return
        paths = [str(file) for file in files]
        try:
            kind = _format(paths[0])
            if kind == "parquet":
                relation = duckdb.read_parquet(paths, connection=connection)
            elif kind == "json":
                relation = duckdb.read_json(paths[0] if len(paths) == 1 else paths, connection=connection)
            else:
                relation = duckdb.read_csv(paths, na_values=NO_VALUE, connection=connection)
            relation.create_view(name, replace=True)
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise InvalidInput(f"{paths[0]} cannot be read: {said}", "Is its ending that of its format?") from error

    def _of_files(self, files: list[Path]) -> str:
        from blake3 import blake3

        words = "\n".join(f"{file.name} {self._fingerprint(file)}" for file in files)
        return f"b3:{blake3(words.encode()).hexdigest()}"

    def _fingerprint(self, path: Path) -> str:
        try:
            status = path.stat()
        except OSError:
            raise NotFound(f"there is no file {path}.", _GONE) from None
        key = (str(path), status.st_mtime_ns, status.st_size)
        if key not in self._files:
            self._files[key] = file_fingerprint(path)[0]
        return self._files[key]


def pushed_name(source: Source) -> str:
    """Return what the pushed rows of a source are called."""
    return f"{source.name} (pushed)"


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder that hold its table: all of one format, in the order of their names."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.name[:1] not in "._"]
    known = [file for file in files if _format_or_none(str(file)) or (is_table(file) and file.suffix in _PACKED)]
    if not known:
        raise NotFound(f"there is no table in the folder {folder}.", f"Files end on: {', '.join(_FORMATS)}")
    formats = {_format_or_none(str(file)) for file in known}
    if len(formats) > 1:
        words = sorted({file.suffix for file in known})
        raise InvalidInput(f"the folder {folder} holds files of several formats: {', '.join(words)}.", "Part them.")
    return known


def _format_or_none(path: str) -> str | None:
    endings = [part.lower() for part in Path(path).suffixes if part.lower() not in (".gz", ".zst")]
    return _FORMATS.get(endings[-1]) if endings else None


def _format(path: str) -> str:
    found = _format_or_none(path)
    if found is None:
        raise InvalidInput(f"the ending of {path} does not say what it is.", f"End it on: {', '.join(_FORMATS)}")
    return found


def _from_address(connection: Any, address: str) -> Any:
    """Return what stands under a URL, read through fsspec."""
    import duckdb

    fsspec = needed("fsspec", "an address")
    scheme = address.partition("://")[0]
    if scheme not in connection.list_filesystems():
        connection.register_filesystem(fsspec.filesystem(scheme))
    kind = _format(address.partition("?")[0])
    read = {"parquet": duckdb.read_parquet, "json": duckdb.read_json, "csv": duckdb.read_csv}[kind]
    options = {"na_values": NO_VALUE} if kind == "csv" else {}
    try:
        return read(address, connection=connection, **options).to_arrow_table()
    except (duckdb.Error, OSError) as error:
        raise InvalidInput(f"{address} cannot be read: {str(error).splitlines()[0]}", "Try it with fsspec.") from error


def _from_database(source: Source) -> Any:
    """Return a table of a database."""
    import duckdb

    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in source.table.split("."))
    query = f"SELECT * FROM {quoted}"
    if source.kind == "sqlite":
        connection = sqlite3.connect(source.address)
        try:
            return run_query(query, connection)
        finally:
            connection.close()
    if source.kind == "duckdb":
        try:
            opened = duckdb.connect(source.address, read_only=True)
        except duckdb.Error as error:
            raise InvalidInput(f"{source.address} cannot be opened: {str(error).splitlines()[0]}", "") from error
        try:
            return opened.sql(query).to_arrow_table()
        except duckdb.Error as error:
            raise InvalidInput(f"no table {source.table!r}: {str(error).splitlines()[0]}", "SHOW TABLES") from error
        finally:
            opened.close()
    return run_query(query, revealed(source.address))


def _register(connection: Any, name: str, data: Any) -> str:
    """Register a table that was read into memory; give its fingerprint."""
    import pyarrow as pa

    table = data if isinstance(data, pa.Table) else pa.Table.from_pandas(data, preserve_index=False)
    connection.register(name, table)
    return _digest(table)


def _digest(table: Any) -> str:
    from nbmlops.capture.fingerprint import fingerprint

    print_ = fingerprint(table)
    return print_.digest if print_ is not None and print_.digest is not None else ""


def _plain(table: Any) -> Any:
    """Return an Arrow table without what pandas wrote of its index."""
    extra = [name for name in table.column_names if name.startswith("__index_level_")]
    return table.drop_columns(extra) if extra else table
