"""Paths that a replay finds elsewhere: what the code names absolutely is read, and written, in the scratch folder."""

from __future__ import annotations

import builtins
import functools
import io
import os
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LOOKING = ("stat", "lstat", "access", "listdir", "scandir", "readlink", "chdir")
_CHANGING = ("remove", "unlink", "rmdir", "mkdir", "truncate", "chmod", "utime", "rename", "replace", "link", "symlink")
_TWO_PATHS = frozenset({"rename", "replace", "link"})


class Redirect:
    """Gives the place in the scratch folder of a path, where it has one.

    Parameters
    ----------
    copies : mapping of str to str
        Absolute path of an input to the copy that stands for it.
    folders : mapping of str to str
        Absolute folder to the one that stands for it: what is written below the first is written below the second.

    Examples
    --------
    >>> redirect = Redirect({"/data/flights.csv": "/scratch/flights.csv"}, {"/project": "/scratch/project"})
    >>> redirect.path("/data/flights.csv"), redirect.path("/data/other.csv")
    ('/scratch/flights.csv', '/data/other.csv')
    >>> redirect.path("/project/out.csv", changes=True)
    '/scratch/project/out.csv'
    """

    def __init__(self, copies: Mapping[str, str], folders: Mapping[str, str] | None = None) -> None:
        self._copies = dict(copies)
        self._folders = {os.path.normpath(one): other for one, other in (folders or {}).items()}

    def path(self, path: Any, *, changes: bool = False) -> Any:
        """Return what stands for a path, or the path itself; ``changes`` when it is going to be written."""
        if isinstance(path, int) or not isinstance(path, str | os.PathLike):
            return path
        plain = os.fspath(path)
        if not isinstance(plain, str) or not os.path.isabs(plain):  # noqa: PTH117
            return path
        normal = os.path.normpath(plain)
        if normal in self._copies:
            return self._copies[normal]
        for folder, other in self._folders.items():
            if normal == folder or normal.startswith(folder + os.sep):
                place = other + normal[len(folder) :]
                # a look at what was not brought in finds the original
                if changes or _lexists(place):
                    return place
        return path

    def install(self) -> None:
        """Let Python's own ways to a file go through this, for the rest of the process."""
        opened = self._opener(builtins.open)
        builtins.open = io.open = opened
        for name in _LOOKING:
            if hasattr(os, name):
                setattr(os, name, self._wrapped(getattr(os, name), 1, changes=False))
        for name in _CHANGING:
            if hasattr(os, name):
                paths = 2 if name in _TWO_PATHS else 1
                first = 1 if name == "symlink" else 0
                setattr(os, name, self._wrapped(getattr(os, name), paths, changes=True, first=first))
        sqlite3.connect = self._wrapped(sqlite3.connect, 1, changes=False)

    def _wrapped(
        self, function: Callable[..., Any], paths: int, *, changes: bool, first: int = 0
    ) -> Callable[..., Any]:
        @functools.wraps(function)
        def redirected(*args: Any, **kwargs: Any) -> Any:
            end = first + paths
            taken = (self.path(arg, changes=changes) for arg in args[first:end])
            return function(*args[:first], *taken, *args[end:], **kwargs)

        return redirected

    def _opener(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def redirected(file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
            changes = isinstance(mode, str) and any(sign in mode for sign in "wax+")
            return function(self.path(file, changes=changes), mode, *args, **kwargs)

        return redirected


_real_lstat = os.lstat


def _lexists(path: str) -> bool:
    try:
        _real_lstat(path)
    except (OSError, ValueError):
        return False
    return True
