"""What a replay wants to do to the world outside its folder: refused with a word, noted for the verdict.

This is the message; the wall is the operating system's (`nbmlops.wall`).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_NOTED = 50
_READ_ONLY_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PATH_EVENTS = {
    "os.remove": ("delete", 1),
    "os.rmdir": ("delete", 1),
    "os.mkdir": ("make", 1),
    "os.rename": ("rename", 2),
    "os.link": ("link", 2),
    "os.symlink": ("link", 2),
    "os.truncate": ("cut", 1),
    "os.chmod": ("change the rights of", 1),
    "os.chown": ("change the owner of", 1),
    "os.utime": ("change the time of", 1),
    "os.setxattr": ("change", 1),
}
_PROCESS_EVENTS = frozenset({"os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn"})
_NETWORK_EVENTS = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"})
_WORKERS = ("joblib.externals.loky", "multiprocessing.")
_ASKED_BY_LIBRARIES = frozenset({"lscpu", "uname", "ldconfig", "nproc", "sysctl", "fc-list"})


class Refused(PermissionError):
    """A replay was not let do something; the run it replays did it."""


class Refusals:
    """Refuses writes elsewhere, other processes and the network, as an audit hook.

    Parameters
    ----------
    writable : iterable of str
        Folders and devices that may be written.
    say : callable, optional
        Told once of each thing that is refused.

    Examples
    --------
    >>> refusals = Refusals(["/scratch"])
    >>> refusals("open", ("/scratch/out.csv", "w", 577))
    >>> refusals("os.remove", ("/data/flights.csv", -1))
    Traceback (most recent call last):
    ...
    nbmlops.replay.refusing.Refused: a replay may not delete /data/flights.csv
    """

    def __init__(self, writable: Iterable[str], say: Callable[[str], None] | None = None) -> None:
        self._roots = tuple(os.path.realpath(root) for root in writable)
        self._say = say
        self.noted: list[str] = []

    def install(self) -> None:
        """Refuse from now on, until the process ends."""
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Look at one event of the interpreter."""
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & _READ_ONLY_FLAGS:
                self._want("write", path)
        elif event in _PATH_EVENTS:
            verb, paths = _PATH_EVENTS[event]
            for path in args[:paths] if event not in ("os.link", "os.symlink") else args[1:2]:
                self._want(verb, path)
        elif event == "subprocess.Popen":
            self._start(args[0], args[1])
        elif event in _PROCESS_EVENTS:
            self._refuse(f"start a process: {_short(args[0])}")
        elif event in _NETWORK_EVENTS:
            self._reach(event, args)

    def _want(self, verb: str, path: Any) -> None:
        if isinstance(path, int) or path is None:
            return
        try:
            real = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError):
            return
        if not any(real == root or real.startswith(root + os.sep) for root in self._roots):
            self._refuse(f"{verb} {real}")

    def _start(self, executable: Any, arguments: Any) -> None:
        words = [os.fsdecode(word) for word in arguments] if isinstance(arguments, list | tuple) else [str(arguments)]
        own = os.path.realpath(os.fsdecode(executable or words[0])) == os.path.realpath(sys.executable)
        if own and any(word.find(worker) >= 0 for word in words[1:] for worker in _WORKERS):
            return
        if os.path.basename(words[0]) in _ASKED_BY_LIBRARIES:  # noqa: PTH119
            return
        self._refuse(f"start a process: {_short(' '.join(words))}")

    def _reach(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            where = f"{args[0]}:{args[1]}" if args[1] else str(args[0])
        else:
            address = args[1] if len(args) > 1 else ""
            where = ":".join(str(part) for part in address[:2]) if isinstance(address, tuple) else str(address)
        self._refuse(f"reach the network: {_short(where)}")

    def _refuse(self, what: str) -> None:
        if what not in self.noted and len(self.noted) < MAX_NOTED:
            self.noted.append(what)
            if self._say is not None:
                self._say(what)
        raise Refused(f"a replay may not {what}")


def _short(text: Any) -> str:
    words = " ".join(os.fsdecode(text).split()) if isinstance(text, str | bytes | os.PathLike) else str(text)
    return words if len(words) <= 120 else words[:119] + "…"
