"""How a data set is named, in every door: ``flights``, ``flights@3``, ``flights@latest``."""

from __future__ import annotations

import re

from nbmlops.errors import InvalidInput

NEWEST = "latest"
_NAME = re.compile(r"\w[\w.+-]{0,120}")


def parse_dataset(spec: str) -> tuple[str, int | None]:
    """Split a data set's name into name and version; None for the newest.

    Raises
    ------
    InvalidInput
        The words cannot be a data set's name.

    Examples
    --------
    >>> parse_dataset("flights@3"), parse_dataset("flights"), parse_dataset("flights@latest")
    (('flights', 3), ('flights', None), ('flights', None))
    """
    name, at, rest = spec.strip().partition("@")
    check_dataset_name(name)
    if not at or rest == NEWEST:
        return name, None
    if not re.fullmatch(r"v?\d{1,9}", rest):
        raise InvalidInput(f"{rest!r} is not a version of a data set.", f"Write {name}@3, {name}@latest or {name}.")
    return name, int(rest.removeprefix("v"))


def check_dataset_name(name: str) -> str:
    """Return a data set's name, or say what it may be made of."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} cannot be the name of a data set.",
            "Use letters, digits, dots, dashes and underscores: flights or flights-eu",
        )
    return name
