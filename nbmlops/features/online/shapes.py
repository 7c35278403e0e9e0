"""What the online store has to know of a view to keep and to read it: kept beside its rows, so no engine is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.features.aggregates import WindowFeature, window_features
from nbmlops.features.spans import microseconds
from nbmlops.features.times import PER_MICROSECOND, has_zone, may_be_finer

if TYPE_CHECKING:
    from nbmlops.features.engine import Body
    from nbmlops.features.records import Definition
    from nbmlops.features.times import Unit


@dataclass(frozen=True)
class Shape:
    """A view online: its keys, its features in order, the unit and zone of its times, spans in that unit."""

    entity: tuple[str, ...]
    features: tuple[str, ...]
    unit: Unit
    zoned: bool
    ttl: int | None
    windows: tuple[WindowFeature, ...] = ()
    spans: tuple[int, ...] = ()
    key_types: tuple[str, ...] = ()
    """DuckDB's types of the keys."""

    @property
    def reach(self) -> int:
        """The length of the longest window."""
        return max(self.spans, default=0)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the values that a key has."""
        return tuple(window.name for window in self.windows) if self.windows else self.features

    @property
    def inputs(self) -> list[str]:
        """The columns that the windows read."""
        return list(dict.fromkeys(one.aggregate.column for one in self.windows if one.aggregate.column))

    def facts(self) -> dict[str, Any]:
        """Return what `shape_from` needs beside the definition."""
        types = list(self.key_types)
        return {"features": list(self.features), "unit": self.unit, "zoned": self.zoned, "key_types": types}


def shape_of(body: Body) -> Shape:
    """Return the shape of an open view."""
    definition = body.definition
    times = [name for name in (definition.timestamp, definition.created) if name is not None]
    unit: Unit = "ns" if any(may_be_finer(body.columns[name]) for name in times) else "us"
    zoned = has_zone(body.columns[definition.timestamp])
    types = [body.columns[name] for name in definition.entity]
    facts = {"features": body.features, "unit": unit, "zoned": zoned, "key_types": types}
    return shape_from(definition, facts)


def shape_from(definition: Definition, facts: dict[str, Any]) -> Shape:
    """Return the shape of a view out of its definition and what was noted when it was first kept."""
    unit: Unit = facts["unit"]
    windows = tuple(window_features(definition))
    per = PER_MICROSECOND[unit]
    return Shape(
        entity=definition.entity,
        features=tuple(facts["features"]),
        unit=unit,
        zoned=bool(facts["zoned"]),
        ttl=None if definition.ttl is None else microseconds(definition.ttl) * per,
        windows=windows,
        spans=tuple(microseconds(one.window) * per for one in windows),
        key_types=tuple(facts["key_types"]),
    )
