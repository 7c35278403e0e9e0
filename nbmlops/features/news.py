"""What has moved on since a training set was made: views, sources, labels; the reasons to train again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound
from nbmlops.features.engine import new_connection
from nbmlops.features.labels import look_at, moment_of
from nbmlops.features.names import parse_view
from nbmlops.features.records import NewSince

if TYPE_CHECKING:
    from nbmlops.features.records import FeatureView, TrainingSet
    from nbmlops.features.views import Views


def new_since(views: Views, record: TrainingSet, frame: Any, timestamp: str | None) -> NewSince:
    """Return what is new since a training set.

    Parameters
    ----------
    views : Views
        The views as they are now.
    record : TrainingSet
        The earlier training set.
    frame : frame, optional
        The labels that there are now; those later than the latest of the earlier set count as new.
    timestamp : str, optional
        The column of their time; as in the earlier set by default.
    """
    moved, changed = [], []
    for spec in record.views:
        name, _ = parse_view(spec)
        try:
            newest, used = views.get(name), views.get(spec)
        except NotFound:
            moved.append(f"{spec} → deleted")
            continue
        if newest.spec != spec:
            moved.append(f"{spec} → {newest.spec}")
        changed += [
            f"{spec}/{source}"
            for source, content in _contents(views, used).items()
            if record.contents.get(f"{spec}/{source}") != content
        ]
    return NewSince(record.id, tuple(moved), tuple(changed), _later(record, frame, timestamp))


def _contents(views: Views, view: FeatureView) -> dict[str, str]:
    """Return the fingerprint of what each source of a view holds now; only what cannot be told else is read."""
    found = {}
    for source in view.definition.sources:
        content = views.reader.content(source)
        if content is None:
            connection = new_connection(view.definition.folder)
            try:
                content = views.reader.attach(connection, source)
            finally:
                connection.close()
        found[source.name] = content
    if len(view.definition.sources) == 1:
        found |= views.reader.pushed_contents(view.name, view.definition.sources[0])
    return found


def _later(record: TrainingSet, frame: Any, timestamp: str | None) -> int | None:
    import pyarrow.compute as pc

    if frame is None:
        return None
    labels = look_at(frame, timestamp or record.timestamp)
    if record.last is None:
        return labels.rows
    later = pc.sum(pc.greater(labels.times, moment_of(record.last, labels.unit))).as_py()
    return int(later or 0)
