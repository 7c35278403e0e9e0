"""Files that hold a table, read into a frame and written from one; the ending says which they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def is_table(path: Path) -> bool:
    """Tell whether a file is read as a table.

    Examples
    --------
    >>> from pathlib import Path
    >>> is_table(Path("flights.csv.gz")), is_table(Path("photo.jpg"))
    (True, False)
    """
    return ending_of(path) in _READERS


def read_table(path: Path) -> Any:
    """Return the frame that a file holds.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It cannot be read as what its ending says.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}.", "Check the path.")
    reader = _READERS.get(ending_of(path))
    if reader is None:
        raise InvalidInput(f"{path.name!r} does not say how to read it.", f"End it on one of: {', '.join(_READERS)}")
    try:
        return reader(path)
    except (ValueError, OSError, KeyError) as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        kind = ending_of(path).removeprefix(".")
        raise InvalidInput(
            f"{path} cannot be read: {line.rstrip('.')}.",
            f"Is it whole, and {kind}? As a data set it may be kept as it is: nbmlops datasets save --file",
        ) from error


def write_table(frame: Any, path: Path) -> None:
    """Write a frame as what the ending of ``path`` says: csv, tsv, parquet, feather, arrow, jsonl.

    Raises
    ------
    InvalidInput
        The ending is none of these.
    """
    import os

    writer = _WRITERS.get(ending_of(path))
    if writer is None:
        raise InvalidInput(f"{path.name!r} does not say how to write it.", f"End it on one of: {', '.join(_WRITERS)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".writing-{os.getpid()}-{path.name}")
    try:
        writer(frame, scratch)
        scratch.replace(path)
    except (ValueError, TypeError, OSError) as error:
        raise InvalidInput(f"{path} cannot be written: {error}", "Try another format, such as .parquet.") from error
    finally:
        scratch.unlink(missing_ok=True)


def ending_of(path: Path) -> str:
    """Return the ending that says what a file is, in small letters; that of its compression does not count.

    Examples
    --------
    >>> from pathlib import Path
    >>> ending_of(Path("flights.csv.gz")), ending_of(Path("flights.csv.parquet"))
    ('.csv', '.parquet')
    """
    parts = [part for part in path.suffixes if part not in (".gz", ".bz2", ".xz", ".zst", ".zip")]
    return parts[-1].lower() if parts else ""


def _read_csv(path: Path) -> Any:
    import pandas as pd

    return pd.read_csv(path, sep="\t" if ending_of(path) == ".tsv" else ",")


def _read_parquet(path: Path) -> Any:
    import pandas as pd

    return pd.read_parquet(path, engine="pyarrow")


def _read_feather(path: Path) -> Any:
    import pandas as pd

    return pd.read_feather(path)


def _read_lines(path: Path) -> Any:
    import pandas as pd

    return pd.read_json(path, lines=True)


def _write_csv(frame: Any, path: Path) -> None:
    keep_index = frame.index.nlevels > 1 or frame.index.name is not None
    compression = "gzip" if path.suffix == ".gz" else None
    frame.to_csv(path, index=keep_index, sep="\t" if ending_of(path) == ".tsv" else ",", compression=compression)


_READERS: dict[str, Callable[[Path], Any]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".feather": _read_feather,
    ".arrow": _read_feather,
    ".jsonl": _read_lines,
    ".ndjson": _read_lines,
}
_WRITERS: dict[str, Callable[[Any, Path], object]] = {
    ".csv": _write_csv,
    ".tsv": _write_csv,
    ".parquet": lambda frame, path: frame.to_parquet(path, engine="pyarrow"),
    ".pq": lambda frame, path: frame.to_parquet(path, engine="pyarrow"),
    ".feather": lambda frame, path: frame.to_feather(path),
    ".arrow": lambda frame, path: frame.to_feather(path),
    ".jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True, date_format="iso"),
    ".ndjson": lambda frame, path: frame.to_json(path, orient="records", lines=True, date_format="iso"),
}
