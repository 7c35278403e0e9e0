"""How views and features are named, in every door: ``weather``, ``weather@2``, ``weather:temp``, ``weather@2:temp``."""

from __future__ import annotations

import re
from typing import NamedTuple

from nbmlops.errors import InvalidInput

NEWEST = "latest"
_NAME = re.compile(r"[^\W\d]\w{0,120}")


class FeatureName(NamedTuple):
    """One feature, or with an empty ``column`` all features of a view; ``version`` None is the newest."""

    view: str
    version: int | None
    column: str

    @property
    def spec(self) -> str:
        """The view as it was named."""
        return self.view if self.version is None else f"{self.view}@{self.version}"


def parse_view(spec: str) -> tuple[str, int | None]:
    """Split a view's name into name and version; None for the newest.

    Raises
    ------
    InvalidInput
        The words cannot be a view's name.

    Examples
    --------
    >>> parse_view("weather@3"), parse_view("weather"), parse_view("weather@latest")
    (('weather', 3), ('weather', None), ('weather', None))
    """
    name, at, rest = spec.strip().partition("@")
    check_view_name(name)
    if not at or rest == NEWEST:
        return name, None
    if not re.fullmatch(r"v?\d{1,9}", rest):
        raise InvalidInput(f"{rest!r} is not a version of a feature view.", f"Write {name}@3, {name}@latest or {name}.")
    return name, int(rest.removeprefix("v"))


def parse_feature(spec: str) -> FeatureName:
    """Split a feature's name into view, version and column; without a column all of the view's features are meant.

    Examples
    --------
    >>> parse_feature("weather:temp")
    FeatureName(view='weather', version=None, column='temp')
    >>> parse_feature("delays@2").spec
    'delays@2'
    """
    if not isinstance(spec, str):
        raise InvalidInput(f"a feature is named by text, not {spec!r}.", 'training_set(frame, ["weather:temp"])')
    view, colon, column = spec.partition(":")
    if colon and not column.strip():
        raise InvalidInput(f"{spec!r} names no column.", f"Write {view}:COLUMN, or {view} for all of its features.")
    return FeatureName(*parse_view(view), column.strip())


def check_view_name(name: str) -> str:
    """Return a view's name, or say what it may be made of."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} cannot be the name of a feature view.",
            "Use letters, digits and underscores, a letter first: weather or origin_delays",
        )
    return name
