"""A definition made of what a cell, a decorator or a command says; its hash is the version of the view."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.features.aggregates import check_names, parse_aggregate, window_features
from nbmlops.features.bodies import function_body, language_of, normal_form, parameters, python_body
from nbmlops.features.names import check_view_name
from nbmlops.features.on_demand import REQUEST, input_columns, request_columns, schema_text
from nbmlops.features.records import Aggregate, Definition, Source
from nbmlops.features.sources import find_sources
from nbmlops.features.spans import microseconds, written
from nbmlops.features.statements import tables

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence

    from nbmlops.datasets import Datasets
    from nbmlops.features.records import FeatureView


@dataclass(frozen=True)
class Asked:
    """What somebody asks for in a definition, as they write it.

    ``body`` is a text, or a function of Ibis tables. ``sources`` are frames, paths and addresses by the names that the
    body says; ``namespace`` are the names of the notebook.
    """

    name: str
    body: Any
    entity: str | Sequence[str]
    timestamp: str
    created: str | None = None
    ttl: str | float | datetime.timedelta | None = None
    windows: Sequence[str | float | datetime.timedelta] = ()
    aggregates: Sequence[str | Aggregate] = ()
    checks: Sequence[Any] = ()
    sources: Mapping[str, Any] = field(default_factory=dict)
    namespace: Mapping[str, Any] = field(default_factory=dict)
    is_python: bool | None = None
    """Whether a text is Python; None to tell by the text."""
    request: str | Mapping[str, str] | None = None
    """The columns that a request brings, of a view on demand."""
    inputs: Sequence[str] = ()
    """Features of other views that a view on demand takes."""


def asked_by_words(name: str, body: str, words: Mapping[str, Any], namespace: Mapping[str, Any]) -> Asked:
    """Return what the options of a command line or a magic ask for.

    Parameters
    ----------
    words : mapping
        ``entity``, ``timestamp``, ``created``, ``ttl``, ``window``, ``aggregate``, ``check``, ``source`` and
        ``is_python``, as they were written; those that may be repeated are sequences.
    """
    return Asked(
        name=name,
        body=body,
        entity=words["entity"],
        timestamp=words["timestamp"],
        created=words["created"],
        ttl=words["ttl"],
        windows=[part.strip() for word in words["window"] for part in word.split(",") if part.strip()],
        aggregates=list(words["aggregate"]),
        checks=list(words["check"]),
        sources=pairs(words["source"], "--source"),
        namespace=namespace,
        is_python=True if words["is_python"] else None,
        request=words["request"],
        inputs=list(words["input"]),
    )


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """Return words such as ``team=ops`` as a dictionary.

    Examples
    --------
    >>> pairs(["team=ops"], "--tag")
    {'team': 'ops'}
    """
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            form, example = ("NAME=PATH", "weather=weather.csv") if option == "--source" else ("KEY=VALUE", "team=ops")
            raise InvalidInput(f"{option} wants {form}, not {word!r}.", f"{option} {example}")
        found[key.strip()] = value
    return found


def make_definition(asked: Asked, datasets: Datasets, get: Callable[[str], FeatureView]) -> Definition:
    """Return the definition that is asked for; frames that its body reads are saved as versions of data sets.

    Parameters
    ----------
    get : callable
        Gives a view by its name, for the inputs of a view on demand.

    Raises
    ------
    InvalidInput
        Something of it cannot be used.
    NotFound
        The body reads what is not there.
    """
    name = check_view_name(asked.name)
    if asked.request is not None or asked.inputs:
        return _on_demand(name, asked, get)
    entity = _columns(asked.entity, "entity")
    if not asked.timestamp:
        raise InvalidInput("a feature view needs an event timestamp.", "--timestamp COLUMN")
    aggregates = tuple(one if isinstance(one, Aggregate) else parse_aggregate(one) for one in asked.aggregates)
    windows = tuple(written(window) for window in sorted(asked.windows, key=microseconds))
    if bool(windows) != bool(aggregates):
        raise InvalidInput(
            "windows and aggregates go together.", '--window 1h,24h --aggregate "mean(dep_delay) as delay"'
        )
    check_names((one.name for one in aggregates), "aggregates")
    check_names(windows, "windows")
    is_python, text, function = _body(name, asked, f"SELECT {entity[0]}, {asked.timestamp}, … FROM …")
    wanted = parameters(text, function) if is_python else tables(text)
    folder = Path.cwd()
    definition = Definition(
        name=name,
        entity=entity,
        timestamp=asked.timestamp,
        language="python" if is_python else "sql",
        text=text,
        created=asked.created or None,
        ttl=None if asked.ttl is None else written(asked.ttl),
        function=function,
        sources=find_sources(name, wanted, asked.sources, asked.namespace, datasets, folder),
        windows=windows,
        aggregates=aggregates,
        folder=str(folder),
    )
    check_names((one.name for one in window_features(definition)), "window features")
    return definition


def _body(name: str, asked: Asked, example: str) -> tuple[bool, str, str]:
    """Return whether a body is Python, its text, and the name of its function."""
    if callable(asked.body):
        return True, *function_body(asked.body)
    is_python = language_of(str(asked.body)) == "python" if asked.is_python is None else asked.is_python
    text = str(asked.body).strip()
    if not text:
        raise InvalidInput("the feature view has no body.", example)
    return (True, *python_body(text, name, asked.namespace)) if is_python else (False, text, "")


def _on_demand(name: str, asked: Asked, get: Callable[[str], FeatureView]) -> Definition:
    """Return the definition of a view that is computed from a request."""
    others = {"ttl": asked.ttl, "created": asked.created, "window": asked.windows, "entity": asked.entity}
    for word, value in {**others, "timestamp": asked.timestamp, "source": asked.sources}.items():
        if value:
            raise InvalidInput(f"a view on demand has no {word}.", "It has --request and --input only.")
    is_python, text, function = _body(name, asked, f"SELECT … FROM {REQUEST}")
    reads = parameters(text, function) if is_python else tables(text)
    if reads != [REQUEST]:
        raise InvalidInput(
            f"the body of a view on demand reads {REQUEST!r}, not {', '.join(reads) or 'nothing'}.",
            f"SELECT … FROM {REQUEST}   features of other views come by --input VIEW:COLUMN, as VIEW__COLUMN",
        )
    inputs, columns = input_columns(asked.inputs, get)
    declared = request_columns(asked.request) if asked.request else {}
    check_names([*declared, *columns], "columns of the request")
    return Definition(
        name=name,
        entity=(),
        timestamp="",
        language="python" if is_python else "sql",
        text=text,
        function=function,
        sources=(Source(REQUEST, "request", schema_text({**declared, **columns})),),
        folder=str(Path.cwd()),
        inputs=inputs,
    )


def digest_of(definition: Definition) -> str:
    """Return the hash of what decides a view's values: not its spaces and comments, nor which frame it saw last."""
    from blake3 import blake3

    record = definition.to_json()
    record["text"] = normal_form(definition.language, definition.text)
    for source in record["sources"]:
        if source.pop("pinned"):
            source["address"] = ""  # the frame of that name, whatever it holds when the cell runs
    del record["folder"]
    whole = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return f"b3:{blake3(whole.encode('utf-8')).hexdigest()}"


def _columns(words: str | Sequence[str], what: str) -> tuple[str, ...]:
    parts = words.split(",") if isinstance(words, str) else [str(word) for word in words]
    found = tuple(part.strip() for part in parts if part.strip())
    if not found:
        raise InvalidInput(f"a feature view needs an {what}.", f"--{what} COLUMN[,COLUMN]")
    check_names(found, "columns of the entity")
    return found
