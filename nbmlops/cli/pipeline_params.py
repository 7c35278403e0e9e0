"""``-p name=value``: what every command takes that runs a pipeline, or will have it run."""

from __future__ import annotations

from typing import Any

import click

from nbmlops.errors import InvalidInput

PARAMS = click.option(
    "-p", "--param", "params", multiple=True, metavar="[STEP.]NAME=VALUE", help="A parameter; may be repeated."
)


def read_params(words: tuple[str, ...]) -> dict[str, Any]:
    """Return parameters from words ``name=value``; values are read as YAML does.

    Raises
    ------
    InvalidInput
        A word has no ``=``, or its value is no YAML.

    Examples
    --------
    >>> read_params(("month=6", "train.depths=[3, 6]", "name=june"))
    {'month': 6, 'train.depths': [3, 6], 'name': 'june'}
    """
    import yaml

    found: dict[str, Any] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.strip():
            raise InvalidInput(f"-p {word} has no value.", "Write -p month=6, or -p train.depth=3 for one step.")
        try:
            found[name.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise InvalidInput(f"the value of -p {word} cannot be read.", "Put text in quotes.") from error
    return found
