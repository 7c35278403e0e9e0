"""Packages of extras: imported when they are used, and asked for in words where they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from nbmlops.errors import MissingExtra


def require(package: str, extra: str, what: str) -> Any:
    """Import and return a package that an extra brings.

    Parameters
    ----------
    package : str
        What to import.
    extra : str
        The extra that brings it.
    what : str
        What needs it, as the subject of a sentence.

    Raises
    ------
    MissingExtra
        It is not installed; the hint says how to get it.

    Examples
    --------
    >>> require("json", "env", "this example").dumps(1)
    '1'
    >>> require("no_such_package", "env", "this example")
    Traceback (most recent call last):
    nbmlops.errors.MissingExtra: this example needs no_such_package.
      pip install 'nbmlops[env]'
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.partition(".")[0]:
            raise  # it is there, but something that it needs is not
        name = package.partition(".")[0]
        raise MissingExtra(f"{what} needs {name}.", f"pip install 'nbmlops[{extra}]'") from error
