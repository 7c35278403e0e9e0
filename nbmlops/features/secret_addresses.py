"""Addresses that are secret: only where they are kept is written down, and they are asked for when data are read."""

from __future__ import annotations

import os

from nbmlops.datasets.queries import needed
from nbmlops.errors import NotFound


def revealed(address: str) -> str:
    """Return the address behind ``env:NAME`` or ``keyring:SERVICE/USER``; any other is returned as it is.

    Raises
    ------
    NotFound
        The variable is not set, or the keyring holds nothing under the name.

    Examples
    --------
    >>> revealed("s3://bucket/weather.parquet")
    's3://bucket/weather.parquet'
    """
    scheme, _, name = address.partition(":")
    if scheme == "env":
        found = os.environ.get(name)
        if not found:
            raise NotFound(f"the environment variable {name} is not set; a source needs it.", f"export {name}=ADDRESS")
        return found
    if scheme == "keyring":
        service, _, user = name.rpartition("/")
        found = needed("keyring", "an address in the keyring").get_password(service, user)
        if not found:
            raise NotFound(f"the keyring holds nothing for {name}.", f"keyring set {service} {user}")
        return str(found)
    return address
