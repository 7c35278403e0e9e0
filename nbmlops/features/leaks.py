"""The leak check: a training set computed again without the future, which must make no difference.

At some of the labels' times the sources are cut off: rows that happened, or became known, later are taken away, and
the view's body runs on what is left. A label at or before such a time may see nothing else than before. A body that
looks ahead (a window function over following rows, a join with what comes later, a mean over everything) is found so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import Leak
from nbmlops.features.checking import rows_text
from nbmlops.features.engine import open_body
from nbmlops.features.labels import Labels
from nbmlops.features.times import has_zone, is_time, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.features.asof import Seen
    from nbmlops.features.engine import Body
    from nbmlops.features.reading import SourceReader
    from nbmlops.features.records import Definition, Source

CUTS = 5
"""At how many of the labels' times the sources are cut off."""
SHOWN = 5


def check_leaks(
    definition: Definition,
    reader: SourceReader,
    labels: Labels,
    features: Sequence[str],
    see: Callable[[Body, Labels, Sequence[str]], Seen],
) -> None:
    """Raise where what labels see of a view depends on what came after them.

    Raises
    ------
    Leak
        With the rows that differ.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    with open_body(definition, reader) as body:
        whole = see(body, labels, features)
        columns = times_of_sources(body)
        zoned = has_zone(body.columns[definition.timestamp])
    for cut in _cuts(labels):
        mask = pc.fill_null(pc.less_equal(labels.times, cut), False)
        part = _part(labels, definition.entity, mask)
        limit = cut if labels.unit == "us" else -(-cut // 1000)
        with open_body(definition, reader, until=_conditions(columns, limit, zoned=zoned)) as body:
            past = see(body, part, features)
        for name in features:
            before = whole.columns[name].filter(mask)
            differs = _differs(before, past.columns[name])
            if not pc.any(differs).as_py():
                continue
            count = pc.sum(differs).as_py()
            shown = {key: part.key(key, definition.name) for key in definition.entity}
            shown[labels.timestamp] = part.times.cast(pa.timestamp(labels.unit))
            shown |= {name: before, f"{name} without the future": past.columns[name]}
            rows = pa.table(shown).filter(differs).slice(0, SHOWN)
            raise Leak(
                f"{definition.name}:{name} sees the future: {count:,} of {len(before):,} labels get another value when "
                f"what came after them is taken away.",
                f"{'The first' if count > SHOWN else 'Rows'}:\n{rows_text(rows)}",
            )


def _cuts(labels: Labels) -> list[int]:
    """Return times of labels, spread over all of them."""
    import numpy as np

    times = np.unique(np.asarray(labels.times.drop_null()))
    if not len(times):
        return []
    places = np.linspace(0, len(times) - 1, min(CUTS + 1, len(times)))
    return [int(times[round(place)]) for place in places]


def _part(labels: Labels, keys: Sequence[str], mask: Any) -> Labels:
    import pyarrow as pa

    times = labels.times.filter(mask)
    frame = pa.table({key: labels.key(key, "the view").filter(mask) for key in keys} | {labels.timestamp: times})
    return Labels(frame, "arrow.table", labels.timestamp, times, labels.zoned, labels.unit, len(times))


def times_of_sources(body: Body) -> dict[str, list[str]]:
    """Return, for each source, the columns that tell when a row happened or became known.

    Those that the view's own times are made of; else those that are called like them; else the only one of times.
    """
    definition = body.definition
    names = [definition.timestamp, *([definition.created] if definition.created else [])]
    schema = {source.name: _columns(body, source) for source in definition.sources}
    origins = {pair for name in names for pair in _origins(body.query, name, schema)}
    found = {}
    for source in definition.sources:
        kinds = schema[source.name]
        own = [name for name in kinds if (source.name.lower(), name.lower()) in origins]
        alike = [name for name in kinds if name in names]
        only = [name for name, kind in kinds.items() if is_time(kind)]
        found[source.name] = own or alike or (only if len(only) == 1 else [])
    return found


def _columns(body: Body, source: Source) -> dict[str, str]:
    relation = body.run(f"FROM {quoted(source.name)}")
    return {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}


def _origins(query: str, column: str, schema: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """Return the columns of sources that a column of a SELECT is made of, as table and name in small letters."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import lineage

    try:
        nodes = list(lineage(column, query, schema, dialect="duckdb").walk())
    except (SqlglotError, ValueError):
        return []  # more than can be followed: then names decide
    return [
        (node.expression.name.lower(), node.name.rpartition(".")[2].strip('"').lower())
        for node in nodes
        if isinstance(node.expression, exp.Table)
    ]


def _conditions(columns: dict[str, list[str]], cut: int, *, zoned: bool) -> dict[str, str]:
    """Return, for each source, the condition that its row was there at a time in microseconds."""
    kind = "TIMESTAMPTZ" if zoned else "TIMESTAMP"
    moment = f"make_timestamp({cut}::BIGINT)" + ("::TIMESTAMPTZ" if zoned else "")
    return {
        source: " AND ".join(f"coalesce(try_cast({quoted(name)} AS {kind}) <= {moment}, true)" for name in names)
        for source, names in columns.items()
        if names
    }


def _differs(one: Any, other: Any) -> Any:
    """Return where two columns differ; what only differs by rounding does not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = pc.not_equal(pc.is_null(one), pc.is_null(other))
    if pa.types.is_floating(one.type):
        scale = pc.add(pc.max_element_wise(pc.abs(one), pc.abs(other)), 1e-300)
        far = pc.and_(pc.greater(pc.abs(pc.subtract(one, other)), pc.multiply(scale, 1e-9)), pc.not_equal(one, other))
        far = pc.or_(far, pc.xor(pc.is_nan(one), pc.is_nan(other)))
    elif pa.types.is_nested(one.type):
        far = pa.array([a != b for a, b in zip(one.to_pylist(), other.to_pylist(), strict=True)])
    else:
        far = pc.not_equal(one, other)
    return pc.or_(empty, pc.fill_null(far, False))
