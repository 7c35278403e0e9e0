"""Keys that came as text, from a command line or over HTTP, read as what they are in their view."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.features.online.shapes import Shape


def read_key(text: str, shape: Shape) -> Any:
    """Return the key that a text means: a value, or a tuple of values that stand behind commas.

    Raises
    ------
    InvalidInput
        It has too many or too few parts, or one of the wrong type.
    """
    parts = [text] if len(shape.entity) == 1 else [part.strip() for part in text.split(",")]
    if len(parts) != len(shape.entity):
        names = ",".join(name.upper() for name in shape.entity)
        raise InvalidInput(f"the key {text!r} has {len(parts)} parts, not {len(shape.entity)}.", f"Write {names}")
    values = []
    for part, name, kind in zip(parts, shape.entity, shape.key_types, strict=True):
        try:
            values.append(_reader(kind)(part))
        except ValueError as error:
            raise InvalidInput(f"{part!r} is no value of {name!r}, which is {kind}.", "") from error
    return values[0] if len(values) == 1 else tuple(values)


def _reader(kind: str) -> Callable[[str], Any]:
    if "INT" in kind:
        return int
    if kind in ("DOUBLE", "FLOAT", "REAL"):
        return float
    if kind == "BOOLEAN":
        return _truth
    if kind == "DATE":
        return datetime.date.fromisoformat
    return datetime.datetime.fromisoformat if kind.startswith("TIMESTAMP") else str


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text.lower() in ("true", "1")
