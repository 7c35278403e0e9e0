"""The locks of a workspace's environments: written once for each key, in the background, and read back."""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING, Any

import tomli_w

from nbmlops.capture.lock import TOOL, canonical, environment_lock

if TYPE_CHECKING:
    from nbmlops.store.database import Database

_UNLOCKED = "SELECT 1 FROM environments WHERE key = ? AND lock IS NULL"
_KEEP = "UPDATE environments SET lock = ? WHERE key = ?"
_READ = "SELECT lock FROM environments WHERE key = ?"


def keep_lock(database: Database, key: str) -> None:
    """Write down what is installed in this process, where an environment of that key has no lock yet."""
    if database.rows(_UNLOCKED, [key]):
        database.write(_KEEP, [_written(key), key])


@functools.lru_cache(maxsize=4)
def _written(key: str) -> str:  # noqa: ARG001 - the key stands for what is installed: it changes when that does
    text: str = tomli_w.dumps(environment_lock())
    return text


def find_lock(database: Database, key: str) -> str:
    """Return the lock of an environment as text, empty where there is none."""
    rows = database.rows(_READ, [key])
    return str(rows[0][0] or "") if rows else ""


def complete_lock(database: Database, key: str, lock: dict[str, Any], answer: dict[str, Any]) -> str:
    """Keep what an index has answered (addresses, hashes) in the lock of an environment; give its text.

    Parameters
    ----------
    lock : dict
        As it was captured.
    answer : dict
        The lock that the installer made of the same versions.
    """
    known = {canonical(package["name"]): package for package in answer.get("packages", ())}
    packages = [{**known.get(one["name"], {}), **one} for one in lock["packages"]]
    text: str = tomli_w.dumps({**lock, "packages": packages})
    database.write(_KEEP, [text, key])
    return text


def parse_lock(text: str, packages: dict[str, str], python: str) -> dict[str, Any]:
    """Return a lock as data; where none was written, one of the names and versions that the run noted.

    Examples
    --------
    >>> parse_lock("", {"numpy": "2.4.6"}, "3.12.1")["packages"]
    [{'name': 'numpy', 'version': '2.4.6'}]
    """
    if text:
        return tomllib.loads(text)
    noted = [{"name": canonical(name), "version": version} for name, version in sorted(packages.items())]
    return {"lock-version": "1.0", "created-by": TOOL, "requires-python": f"=={python}", "packages": noted}


def files_of(lock: dict[str, Any]) -> dict[str, str]:
    """Return the digest of the installed files of each package that has one."""
    return {
        package["name"]: package["tool"][TOOL]["files"]
        for package in lock["packages"]
        if "files" in package.get("tool", {}).get(TOOL, {})
    }
