"""Training sets: which features are wanted, what they are called, what is missing of them and why."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.features.checking import check_columns, check_types, run_checks
from nbmlops.features.engine import open_body
from nbmlops.features.labels import Labels, look_at, moment_text, put_beside
from nbmlops.features.leaks import check_leaks
from nbmlops.features.names import parse_feature
from nbmlops.features.records import Missing, TrainingSet
from nbmlops.features.views import chosen_features
from nbmlops.store.ids import now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.features.asof import Seen
    from nbmlops.features.engine import Body
    from nbmlops.features.reading import SourceReader
    from nbmlops.features.records import FeatureView

SPARK = "spark"
Found = tuple["FeatureView", "SourceReader"]


@dataclass
class Wanted:
    """The features that are wanted of one view, and what reads its sources."""

    view: FeatureView
    reader: SourceReader
    columns: list[str]
    hidden: list[str] = field(default_factory=list)
    """Those of them that only views on demand take."""


def wanted_features(specs: Sequence[str], find: Callable[[str], Found]) -> list[Wanted]:
    """Return what is wanted of each view, in the order in which it was named.

    Parameters
    ----------
    specs : sequence of str
        ``weather:temp``, ``weather@2:temp``, or ``weather`` for all of its features.
    find : callable
        Gives a view by its name, and what reads its sources.
    """
    if isinstance(specs, str):
        specs = [specs]
    found: dict[str, Wanted] = {}
    for spec in specs:
        name = parse_feature(spec)
        view, reader = find(name.spec)
        wanted = found.setdefault(view.spec, Wanted(view, reader, []))
        wanted.columns += [one for one in chosen_features(view, name.column) if one not in wanted.columns]
    if not found:
        raise InvalidInput("no feature was named.", 'training_set(frame, ["weather:temp", "origin_delays"])')
    return list(found.values())


def output_names(wanted: Sequence[Wanted], taken: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return what each feature is called beside the frame's columns: ``view__column`` where its name would clash.

    Raises
    ------
    InvalidInput
        Two versions of one view are wanted, or even the long name is taken.
    """
    views = [one.view.name for one in wanted]
    if len(set(views)) < len(views):
        twice = next(name for name in views if views.count(name) > 1)
        raise InvalidInput(f"two versions of {twice!r} are wanted.", "Name one version of each view.")
    plain = [column for one in wanted for column in one.columns]
    names = {}
    for one in wanted:
        for column in one.columns:
            clash = plain.count(column) > 1 or column in taken
            names[one.view.spec, column] = f"{one.view.name}__{column}" if clash else column
    for name in names.values():
        if name in taken or list(names.values()).count(name) > 1:
            raise InvalidInput(f"the frame has a column {name!r} already.", "Rename it, or leave the feature out.")
    return names


def make_training_set(
    frame: Any,
    wanted: Sequence[Wanted],
    timestamp: str | None,
    see: Callable[[Body, Labels, Sequence[str]], Seen],
    *,
    leaks: bool = False,
    engine: str = "duckdb",
) -> tuple[Any, TrainingSet]:
    """Return the frame with features beside its columns, and the record of it.

    Parameters
    ----------
    see : callable
        The plan: gives what the labels see of a view's features.
    leaks : bool
        Check that they do not see the future.
    engine : str
        The plan's name; Spark runs the checks of the views itself.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    begun = time.perf_counter()
    labels = look_at(frame, timestamp, [one.view.definition.timestamp for one in wanted])
    names = output_names(wanted, labels.columns)
    columns: dict[str, Any] = {}
    contents: dict[str, str] = {}
    missing = []
    for one in wanted:
        with open_body(one.view.definition, one.reader) as body:
            check_columns(body)
            check_types(body, one.view.preview)
            body.is_unique = bool(one.view.preview.unique) and one.view.preview.contents == body.contents
            if engine != SPARK:
                run_checks(body)
            seen = see(body, labels, one.columns)
            contents |= {f"{one.view.spec}/{source}": content for source, content in body.contents.items()}
        if leaks:
            check_leaks(one.view.definition, one.reader, labels, one.columns, see)
        for column in one.columns:
            name = names[one.view.spec, column]
            columns[name] = seen.columns[column]
            missing.append(_missing(name, seen, column))
    label_print = labels_fingerprint(labels)
    digests = {one.view.spec: one.view.digest for one in wanted}
    record = TrainingSet(
        id=training_set_id(label_print, labels.timestamp, list(names.values()), digests, contents),
        rows_in=labels.rows,
        rows_out=labels.rows,
        features=tuple(names.values()),
        timestamp=labels.timestamp,
        missing=tuple(missing),
        views=tuple(digests),
        contents=contents,
        labels=label_print,
        engine=engine,
        first=moment_text(pc.min(labels.times).as_py(), labels.unit),
        last=moment_text(pc.max(labels.times).as_py(), labels.unit),
        seconds=round(time.perf_counter() - begun, 3),
        created_at=now(),
    )
    result = put_beside(labels, pa.table(columns))
    assert len(result) == labels.rows
    return result, record


def labels_fingerprint(labels: Labels) -> str:
    """Return the content of an entity frame: of all of it where that can be told, else of its times."""
    import pyarrow as pa

    from nbmlops.capture.fingerprint import fingerprint

    print_ = fingerprint(labels.frame)
    if print_ is None or print_.digest is None:
        print_ = fingerprint(pa.table({"t": labels.times}))
    assert print_ is not None
    return f"{print_.digest}/{print_.order}"


def training_set_id(
    labels: str, timestamp: str, names: Sequence[str], digests: dict[str, str], contents: dict[str, str]
) -> str:
    """Return the id of a training set: the hash of its labels, definitions and sources.

    Examples
    --------
    >>> one = training_set_id("b3:1", "t", ["temp"], {"weather@1": "b3:2"}, {"weather@1/w": "b3:3"})
    >>> one == training_set_id("b3:1", "t", ["temp"], {"weather@1": "b3:2"}, {"weather@1/w": "b3:4"})
    False
    """
    from blake3 import blake3

    definitions = sorted(digests.values())
    sources = sorted((key.partition("/")[2], content) for key, content in contents.items())
    whole = json.dumps([labels, timestamp, list(names), definitions, sources], separators=(",", ":"))
    return blake3(whole.encode("utf-8")).hexdigest()[:32]


def _missing(name: str, seen: Seen, column: str) -> Missing:
    import numpy as np
    import pyarrow.compute as pc

    rows = len(seen.no_key)
    if not rows:
        return Missing(name, 0.0, 0.0, 0.0)
    values = seen.columns[column]
    empty = np.asarray(pc.is_null(values))
    no_key, too_old = int((empty & seen.no_key).sum()), int((empty & seen.too_old).sum())
    null = int(empty.sum()) - no_key - too_old
    return Missing(name, no_key / rows, too_old / rows, null / rows)
