"""Features on demand for a request: its stored inputs are read by key, then the body of the view is run on one row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.features.names import parse_feature
from nbmlops.features.on_demand import OnDemand, inputs_by_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nbmlops.features.online.reading import OnlineView
    from nbmlops.features.records import FeatureView


class OnlineDemand:
    """A view on demand, ready for requests: mappings of the declared columns, and of the keys of its inputs.

    Parameters
    ----------
    view : FeatureView
        The view.
    stored : callable
        Gives a stored view, ready to be read by key.
    """

    def __init__(self, view: FeatureView, stored: Callable[[str], OnlineView]) -> None:
        self.spec = view.spec
        self._body = OnDemand(view.definition)
        self.names = self._body.names
        self._inputs = [(stored(spec), columns) for spec, columns in inputs_by_view(view.definition).items()]

    def get(self, key: Mapping[str, Any], at: Any = None) -> dict[str, Any]:
        """Return the features of a request: ``key`` is the request, ``values`` are the features by name."""
        return self.get_many([key], at)[0]

    def get_many(self, keys: Iterable[Mapping[str, Any]], at: Any = None) -> list[dict[str, Any]]:
        """Return the features of several requests, all of one instant."""
        import pyarrow as pa

        requests = list(keys)
        columns: dict[str, list[Any]] = {
            name: [_of(request, name) for request in requests] for name in self._body.declared
        }
        for view, names in self._inputs:
            found = [view.get({name: _of(request, name) for name in view.entity}, at)["values"] for request in requests]
            for name in names:
                columns[f"{parse_feature(view.spec).view}__{name}"] = [values[name] for values in found]
        if not columns:
            columns = {"n": list(range(len(requests)))}
        rows = self._body.compute(pa.table(columns)).to_pylist()
        return [
            {"key": dict(request), "event_timestamp": None, "values": row}
            for request, row in zip(requests, rows, strict=True)
        ]

    def key(self, text: str) -> dict[str, Any]:
        """Return the request that a text means: a JSON record."""
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            needed = [*self._body.declared, *(name for view, _ in self._inputs for name in view.entity)]
            example = json.dumps(dict.fromkeys(needed, "…"), ensure_ascii=False)
            raise InvalidInput(f"{text!r} is no request of {self.spec}.", f"A JSON record: '{example}'")
        return found


def _of(request: Mapping[str, Any], name: str) -> Any:
    if not hasattr(request, "keys") or name not in request:
        raise InvalidInput(f"the request brings no {name!r}.", 'A request is a record: {"at": "2013-06-01", …}')
    return request[name]
