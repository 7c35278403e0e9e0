"""Training sets with features on demand: inputs are joined right in time, then bodies make columns of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound, did_you_mean
from nbmlops.features.labels import arrow_column, look_at, put_beside
from nbmlops.features.names import parse_feature
from nbmlops.features.on_demand import OnDemand, inputs_by_view
from nbmlops.features.records import Missing
from nbmlops.features.training import Wanted, output_names, training_set_id, wanted_features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.features.records import FeatureView, TrainingSet
    from nbmlops.features.training import Found


def with_inputs(specs: Sequence[str], find: Callable[[str], Found]) -> tuple[list[Wanted], list[Wanted]]:
    """Return what is wanted of stored views, the inputs of views on demand among it, and what of views on demand."""
    stored: list[str] = []
    demanded: list[str] = []
    for spec in specs:
        name = parse_feature(spec)
        (demanded if find(name.spec)[0].definition.on_demand else stored).append(spec)
    if not demanded:
        return wanted_features(stored, find), []
    views = wanted_features(demanded, find)
    inputs = [spec for one in views for spec in one.view.definition.inputs]
    own = wanted_features(stored, find) if stored else []
    known = {one.view.spec for one in own}
    missing = [spec for spec in inputs if parse_feature(spec).spec not in known]
    extra = wanted_features(missing, find) if missing else []
    for one in [*own, *extra]:
        one.hidden = [] if one in own else list(one.columns)
        for spec in inputs:
            name = parse_feature(spec)
            if name.spec == one.view.spec and name.column not in one.columns:
                one.columns.append(name.column)
                one.hidden.append(name.column)
    return [*own, *extra], views


def add_on_demand(
    frame: Any, joined: Any, record: TrainingSet, wanted: Sequence[Wanted], demanded: Sequence[Wanted]
) -> tuple[Any, TrainingSet]:
    """Return the frame with stored features and features on demand, and the record of it.

    Parameters
    ----------
    frame : frame
        The labels as they were given.
    joined : frame
        The labels with all stored features, inputs among them.
    wanted, demanded : sequence of Wanted
        As `with_inputs` gives them.

    Raises
    ------
    NotFound
        The frame lacks a column that a request has.
    """
    import pyarrow as pa

    labels = look_at(frame, record.timestamp)
    names = output_names(wanted, labels.columns)
    both = look_at(joined, record.timestamp)

    def column(name: str) -> Any:
        return arrow_column(joined, both.form, name)

    shown = {name: column(name) for (spec, feature), name in names.items() if not _is_hidden(wanted, spec, feature)}
    missing = [one for one in record.missing if one.column in shown]
    for one in demanded:
        with OnDemand(one.view.definition) as runner:
            request = {name: _of_frame(name, one.view, labels.columns, column) for name in runner.declared}
            for spec, features in inputs_by_view(one.view.definition).items():
                for feature in features:
                    request[f"{parse_feature(spec).view}__{feature}"] = column(names[spec, feature])
            found = runner.compute(pa.table(request) if request else pa.table({"n": pa.array(range(labels.rows))}))
        for feature in one.columns:
            clash = feature in labels.columns or feature in shown
            name = f"{one.view.name}__{feature}" if clash else feature
            shown[name] = found.column(feature)
            nulls = shown[name].null_count / labels.rows if labels.rows else 0.0
            missing.append(Missing(name, 0.0, 0.0, nulls))
    views = (*record.views, *(one.view.spec for one in demanded))
    digests = {one.view.spec: one.view.digest for one in [*wanted, *demanded]}
    number = training_set_id(record.labels, record.timestamp, list(shown), digests, record.contents)
    record = replace(record, id=number, features=tuple(shown), missing=tuple(missing), views=views)
    return put_beside(labels, pa.table(shown)), record


def _is_hidden(wanted: Sequence[Wanted], spec: str, feature: str) -> bool:
    return any(one.view.spec == spec and feature in one.hidden for one in wanted)


def _of_frame(name: str, view: FeatureView, columns: Sequence[str], column: Callable[[str], Any]) -> Any:
    if name not in columns:
        hint = did_you_mean(name, [str(one) for one in columns], ", ".join(map(str, columns[:20])))
        raise NotFound(f"the frame has no column {name!r}, which a request of {view.spec} brings.", hint)
    return column(name)
