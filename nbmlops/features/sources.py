"""Where views read from: addresses as people write them, made into sources that another process finds too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.secrets import MASK, mask
from nbmlops.datasets.forms import form_name
from nbmlops.errors import InvalidInput, NotFound, did_you_mean
from nbmlops.features.records import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.datasets import Datasets

FRAMES = ("pandas.frame", "polars.frame", "arrow.table", "records")
SECRET_SCHEMES = ("env:", "keyring:")
_SQLITE = (".db", ".sqlite", ".sqlite3")
_DUCKDB = (".duckdb", ".ddb")
_VERSION = re.compile(r"\w[\w.+-]*@(?:v?\d+|latest)")
_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_TABLE = "::"


def is_frame(value: object) -> bool:
    """Tell whether an object is a frame that a view can read: of pandas, polars or Arrow, or a list of records."""
    return form_name(value) in FRAMES


def parse_source(name: str, address: str, folder: Path) -> Source:
    """Return the source that an address names.

    Parameters
    ----------
    name : str
        What the view's body calls it.
    address : str
        A file or folder, ``flights@3``, ``DATABASE::TABLE`` (a file of SQLite or DuckDB, or a URL for SQLAlchemy),
        a URL that fsspec knows, or ``env:NAME`` and ``keyring:SERVICE/USER`` for one that is secret.
    folder : Path
        What a relative path starts from.

    Raises
    ------
    InvalidInput
        The address holds a password, or its table is missing.
    NotFound
        There is no such file.
    """
    place, _, table = address.strip().partition(_TABLE)
    if "://" in place and (mask(place)[0] != place or MASK in place):
        raise InvalidInput(
            f"the address of {name!r} holds a secret, which must not enter the registry.",
            f"Put the address in the environment, and write: --source {name}=env:NAME{_TABLE}{table or 'TABLE'}",
        )
    if _VERSION.fullmatch(place):
        return Source(name, "dataset", place)
    if place.startswith(SECRET_SCHEMES):
        return Source(name, "database" if table else "address", place, table)
    scheme = _SCHEME.match(place)
    if scheme is not None and scheme["scheme"] == "file":
        place, scheme = place[len("file://") :], None
    if scheme is not None and scheme["scheme"] in ("sqlite", "duckdb"):
        place, scheme = place[scheme.end() :].removeprefix("/"), None
        return _database_file(name, (folder / place).absolute(), table)
    if scheme is not None:
        return Source(name, "database" if table else "address", place, table)
    path = (folder / Path(place).expanduser()).absolute()
    if path.suffix.lower() in (*_SQLITE, *_DUCKDB):
        return _database_file(name, path, table)
    if table:
        raise InvalidInput(f"{place} is no database, so it has no table {table!r}.", f"--source {name}={place}")
    if not path.exists():
        raise NotFound(f"there is no file or folder {place}.", "Check the path; it is relative to the working folder.")
    return Source(name, "folder" if path.is_dir() else "file", str(path))


def _database_file(name: str, path: Path, table: str) -> Source:
    if not path.is_file():
        raise NotFound(f"there is no database {path}.", "Check the path; it is relative to the working folder.")
    if not table:
        raise InvalidInput(f"{path.name} is a database: which table?", f"--source {name}={path.name}{_TABLE}TABLE")
    return Source(name, "duckdb" if path.suffix.lower() in _DUCKDB else "sqlite", str(path), table)


def find_sources(
    view: str,
    wanted: Iterable[str],
    given: Mapping[str, Any],
    namespace: Mapping[str, Any],
    datasets: Datasets,
    folder: Path,
) -> tuple[Source, ...]:
    """Return the source behind each name that a body reads; frames are saved as versions of data sets.

    A name is looked for among the sources that were ``given``, the frames of the ``namespace``, the data sets, and
    last as a file.

    Raises
    ------
    NotFound
        Nothing has the name; the nearest stand in the hint.
    """
    unused = set(given)
    found = []
    for name in wanted:
        known = _like(name, given)
        if known is not None:
            unused.discard(known)
            found.append(_given(view, name, given[known], datasets, folder))
            continue
        known = _like(name, {key: value for key, value in namespace.items() if is_frame(value)})
        if known is not None:
            found.append(_saved(view, name, namespace[known], datasets))
        elif _VERSION.fullmatch(name) or name in datasets.names():
            found.append(Source(name, "dataset", datasets.get(name).spec if "@" not in name else name))
        elif "." in name or "/" in name:
            found.append(parse_source(name, name, folder))
        else:
            frames = [key for key, value in namespace.items() if is_frame(value) and not key.startswith("_")]
            raise NotFound(
                f"the body reads {name!r}, which is no frame, no source and no data set.",
                did_you_mean(name, [*given, *frames, *datasets.names()], "%nbmlops datasets list")
                + f"   or name it: --source {name}=PATH",
            )
    if unused:
        raise InvalidInput(
            f"the source {sorted(unused)[0]!r} is not read by the body.", f"It reads: {', '.join(wanted) or 'nothing'}"
        )
    return tuple(found)


def _like(name: str, known: Mapping[str, Any]) -> str | None:
    """Return the key that a name means, as SQL reads names: written alike, else alike but for capitals."""
    if name in known:
        return name
    return next((key for key in known if key.lower() == name.lower()), None)


def _given(view: str, name: str, value: Any, datasets: Datasets, folder: Path) -> Source:
    if isinstance(value, Source):
        return Source(name, value.kind, value.address, value.table, value.pinned)
    if isinstance(value, Path):
        return parse_source(name, str(value), folder)
    if isinstance(value, str):
        if value in datasets.names() and not (folder / value).exists():
            return Source(name, "dataset", value if "@" in value else datasets.get(value).spec)
        return parse_source(name, value, folder)
    if is_frame(value):
        return _saved(view, name, value, datasets)
    raise InvalidInput(
        f"the source {name!r} is a {type(value).__name__}.", "Give a frame, a path, an address or flights@3."
    )


def _saved(view: str, name: str, frame: Any, datasets: Datasets) -> Source:
    """Save a frame so that another process finds it; one whose content a data set has already is not saved again."""
    from nbmlops.capture.fingerprint import fingerprint

    print_ = fingerprint(frame)
    kept = datasets.find(print_.digest) if print_ is not None and print_.digest is not None else []
    version = kept[0] if kept else datasets.save(frame, f"{view}.{name}", f"source {name} of the feature view {view}")
    return Source(name, "dataset", version.spec, pinned=True)
