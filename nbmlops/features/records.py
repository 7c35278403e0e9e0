"""What the feature store returns: frozen records in the words of the field, that know no screen.

``to_json`` gives the shape promised to scripts, to REST and to the panel. Fields may be added, never renamed.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from nbmlops.records import json_value

Language = Literal["sql", "python"]
SourceKind = Literal["dataset", "file", "folder", "sqlite", "duckdb", "database", "address", "request"]
Function = Literal["count", "sum", "mean", "min", "max", "std", "last"]
_COLUMN = re.compile(r'"([^"]+)" ([^"]+?)(?:, (?=")|$)')
FUNCTIONS: tuple[Function, ...] = ("count", "sum", "mean", "min", "max", "std", "last")


@dataclass(frozen=True)
class Source:
    """Where a view reads from, under the ``name`` that its body says.

    ``address`` is a data set's version, an absolute path, or a URL whose secrets are only named (``env:NAME``,
    ``keyring:SERVICE/USER``). ``table`` is the one that is read of a database. ``pinned`` tells a frame of the
    notebook, whose address moves on to the next version when the cell runs again.
    """

    name: str
    kind: SourceKind
    address: str
    table: str = ""
    pinned: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return asdict(self)


@dataclass(frozen=True)
class Aggregate:
    """What is computed over each window: ``function`` of ``column`` (empty for ``count(*)``), called ``name``.

    ``last`` gives the ``number`` newest values, each a column of its own.
    """

    function: Function
    column: str
    name: str
    number: int = 1


@dataclass(frozen=True)
class Definition:
    """Everything that decides what a view's values are; its hash is the view's version.

    ``text`` is the body: one SELECT in DuckDB's dialect, or Python that stands by itself and ends in the definition of
    the function named ``function``. ``ttl`` and ``windows`` are spans as `nbmlops.features.spans` writes them.
    """

    name: str
    entity: tuple[str, ...]
    timestamp: str
    language: Language
    text: str
    created: str | None = None
    ttl: str | None = None
    function: str = ""
    sources: tuple[Source, ...] = ()
    windows: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    checks: tuple[str, ...] = ()
    folder: str = ""
    """What relative paths inside of the body start from."""
    inputs: tuple[str, ...] = ()
    """Features of other views that a view on demand takes, by version: ``planes@1:built``."""

    @property
    def on_demand(self) -> bool:
        """Whether the view is computed from a request, not stored."""
        return any(source.kind == "request" for source in self.sources)

    @property
    def request(self) -> list[tuple[str, str]]:
        """The columns of the request of a view on demand, with their types; inputs among them."""
        return _COLUMN.findall(self.sources[0].address) if self.on_demand else []

    @property
    def taken(self) -> list[str]:
        """What the body of a view on demand calls its inputs: ``view__column``."""
        return [f"{spec.partition('@')[0]}__{spec.partition(':')[2]}" for spec in self.inputs]

    def to_json(self) -> dict[str, Any]:
        """Return the record that `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Definition:
        """Return the record that `to_json` wrote."""
        known = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        known["sources"] = tuple(Source(**source) for source in known.get("sources", ()))
        known["aggregates"] = tuple(Aggregate(**aggregate) for aggregate in known.get("aggregates", ()))
        for name in ("entity", "windows", "checks", "inputs"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)


@dataclass(frozen=True)
class FeatureColumn:
    """One feature of a view, as it was when the view was last looked at.

    ``null_share`` is the share of rows without a value; ``low`` and ``high`` bound numbers and times, as text.
    """

    name: str
    type: str
    null_share: float | None = None
    low: str | None = None
    high: str | None = None


@dataclass(frozen=True)
class Preview:
    """What a view held when its body was last run: rows, how many entities, the range of its event time."""

    rows: int = 0
    entities: int = 0
    first: str | None = None
    last: str | None = None
    columns: tuple[FeatureColumn, ...] = ()
    unique: bool | None = None
    """Whether no two rows share key and time."""
    contents: dict[str, str] = field(default_factory=dict)
    """What each source held, by its name: only of that is the rest said."""

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Preview:
        """Return the record that `asdict` made."""
        columns = tuple(FeatureColumn(**column) for column in record.get("columns", ()))
        return cls(**{**record, "columns": columns})


@dataclass(frozen=True)
class FeatureView:
    """One version of a feature view: its definition, what it held, and who is answerable for it."""

    name: str
    version: int
    definition: Definition
    digest: str
    created_at: str
    preview: Preview = field(default_factory=Preview)
    tags: dict[str, str] = field(default_factory=dict)
    owner: str = ""
    description: str = ""
    user: str | None = None
    unchanged: bool = False
    """Nothing was defined: the newest version has this definition already."""
    users: tuple[str, ...] = ()
    """Runs and models that use this version."""
    users_before: tuple[str, ...] = ()
    """Of a version just made: runs and models that use the one before."""

    @property
    def spec(self) -> str:
        """The version's name in every door, like ``weather@3``."""
        return f"{self.name}@{self.version}"

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(column.name for column in self.preview.columns)

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops features show --json``."""
        definition = self.definition
        record = {
            "name": self.name,
            "version": self.version,
            "entity": list(definition.entity),
            "timestamp": definition.timestamp,
            "created": definition.created,
            "ttl": definition.ttl,
            "language": definition.language,
            "body": definition.text,
            "sources": [source.to_json() for source in definition.sources],
            "windows": list(definition.windows),
            "aggregates": [asdict(aggregate) for aggregate in definition.aggregates],
            "checks": list(definition.checks),
            "inputs": list(definition.inputs),
            "rows": self.preview.rows,
            "entities": self.preview.entities,
            "first": self.preview.first,
            "last": self.preview.last,
            "columns": [asdict(column) for column in self.preview.columns],
            "tags": self.tags,
            "owner": self.owner,
            "description": self.description,
            "digest": self.digest,
            "created_at": self.created_at,
            "user": self.user,
            "unchanged": self.unchanged,
            "users": list(self.users),
            "users_before": list(self.users_before),
        }
        result: dict[str, Any] = json_value(record)
        return result


@dataclass(frozen=True)
class Missing:
    """Why values of a training set's column are missing, as shares of its rows.

    ``no_key``: no row of the view has the key, or none of it is as old as the label; ``too_old``: the newest row is
    older than the TTL; ``null``: the row is there, and holds no value.
    """

    column: str
    no_key: float
    too_old: float
    null: float

    @property
    def share(self) -> float:
        """The share of rows without a value."""
        return self.no_key + self.too_old + self.null


@dataclass(frozen=True)
class TrainingSet:
    """A point-in-time join of views to an entity frame, and what went into it.

    The same labels, definitions and sources give the same ``id``. ``views`` are versions like ``weather@2``;
    ``contents`` says what each source held, by ``view@version/source``.
    """

    id: str
    rows_in: int
    rows_out: int
    features: tuple[str, ...]
    timestamp: str
    missing: tuple[Missing, ...] = ()
    views: tuple[str, ...] = ()
    contents: dict[str, str] = field(default_factory=dict)
    labels: str = ""
    """The content fingerprint of the entity frame."""
    first: str | None = None
    last: str | None = None
    """The range of the labels' times, in UTC where they name their zone."""
    engine: str = "duckdb"
    seconds: float = 0.0
    created_at: str = ""

    @property
    def missing_by_ttl(self) -> dict[str, float]:
        """The share of each column that is missing because of the TTL."""
        return {item.column: item.too_old for item in self.missing}

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops features training-set --json``."""
        record = asdict(self)
        record["missing_by_ttl"] = self.missing_by_ttl
        result: dict[str, Any] = json_value(record)
        return result

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> TrainingSet:
        """Return the record that `to_json` wrote."""
        known = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        known["missing"] = tuple(Missing(**item) for item in known.get("missing", ()))
        for name in ("features", "views"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)


@dataclass(frozen=True)
class NewSince:
    """What has moved on since a training set was made.

    ``views`` are those of which there is a newer version, as ``weather@1 → weather@2``; ``sources`` those that hold
    something else; ``rows`` the number of labels later than the latest of the training set, None where no labels were
    given.
    """

    training_set: str
    views: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    rows: int | None = None

    @property
    def anything(self) -> bool:
        """Whether there is a reason to train again."""
        return bool(self.views or self.sources or self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return {**asdict(self), "anything": self.anything}
