"""How a model is named, in every door: ``delay``, ``delay@champion``, ``delay@3``."""

from __future__ import annotations

import re

from nbmlops.errors import InvalidInput

_NAME = re.compile(r"\w[\w.+-]{0,120}")
_ALIAS = re.compile(r"[A-Za-z][\w.-]{0,60}")


def parse_spec(spec: str) -> tuple[str, int | None, str | None]:
    """Split a model's name into name, version and alias.

    Raises
    ------
    InvalidInput
        The words cannot be a model's name.

    Examples
    --------
    >>> parse_spec("delay@3"), parse_spec("delay@champion"), parse_spec("delay")
    (('delay', 3, None), ('delay', None, 'champion'), ('delay', None, None))
    """
    name, at, rest = spec.strip().partition("@")
    check_model_name(name)
    if not at:
        return name, None, None
    if re.fullmatch(r"v?\d+", rest):
        return name, int(rest.removeprefix("v")), None
    return name, None, check_alias(rest)


def check_model_name(name: str) -> str:
    """Return a model's name, or say what it may be made of."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} cannot be the name of a model.",
            "Use letters, digits, dots, dashes and underscores: delay or delay-eu",
        )
    return name


def check_alias(alias: str) -> str:
    """Return an alias, or say what it may be; a number is a version, so it cannot be an alias."""
    if not _ALIAS.fullmatch(alias):
        raise InvalidInput(
            f"{alias!r} cannot be an alias.",
            "An alias begins with a letter, like champion or blue; a number names a version.",
        )
    return alias
