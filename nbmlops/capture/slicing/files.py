"""The files that a cell reads and writes: opened through Python (an audit hook), or natively (their times change).

The hook is set once for the process and cannot be taken off; where nobody watches it returns at once.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.capture.slicing.origins import _is_library_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/share/", "/usr/lib/")
_PART = re.compile(r"[^\s'\"<>|;&()`,]+")
_EVENTS = frozenset(
    (
        "open os.rename os.remove os.rmdir os.mkdir os.truncate shutil.rmtree os.symlink os.link sqlite3.connect "
        "os.listdir os.scandir socket.connect"
    ).split()
)
MAX_ENTRIES = 2000
MAX_LISTED = 200
_watchers: list[FileWatch] = []
_is_hooked = False


@dataclass
class FileUse:
    """What files a cell used: absolute paths. ``relative`` are those that were named from the working folder.

    ``kept`` are written files whose earlier content may be part of what they hold now (appended, edited in place).
    ``noticed`` are written files that were seen by their folder alone: perhaps it was another process that wrote them.
    """

    reads: dict[str, str] = field(default_factory=dict)
    writes: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    noticed: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    relative: set[str] = field(default_factory=set)
    stamps: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    """Time and size of a file when it was first read."""
    listed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What a folder held when the cell first asked for that."""
    addresses: set[str] = field(default_factory=set)
    """What was reached over the network, or through a database's driver."""
    names: dict[str, str] = field(default_factory=dict)
    """What names of the workspace stood for when they were loaded: ``dataset flights`` for ``flights@3``."""

    def read(self, path: str, how: str) -> None:
        """Note that a file is being read."""
        if path not in self.reads:
            self.reads[path] = how
            self.stamps[path] = _stamp(path)


class FileWatch:
    """Watches files from `start` to `stop`; any number may watch at a time, in the thread that started them or others.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> watch = FileWatch()
    >>> watch.start()
    >>> (folder / "a.txt").write_text("x"), (folder / "a.txt").read_text()
    (1, 'x')
    >>> use = watch.stop()
    >>> [pathlib.Path(path).name for path in use.writes], [pathlib.Path(path).name for path in use.reads]
    (['a.txt'], [])
    """

    def __init__(self) -> None:
        self.use = FileUse()
        self.before_loss: Callable[[str], None] | None = None
        """Told of a file right before its content may be changed or taken away."""
        self._is_busy = False
        self._before: dict[str, tuple[int, int] | None] = {}
        self._folders: dict[str, int] = {}
        self._began = 0
        self._skipped = _own_folders()
        self._stamps: dict[str, tuple[int, int] | None] = {}
        """Of files that were written while this one watched before: the same again is not new."""
        self._started_in = ""

    def start(self, named: Iterable[str] = (), folders: Iterable[str] = ()) -> None:
        """Begin; ``named`` are texts that may be paths, ``folders`` are watched for files that come natively."""
        _hook()
        self.use = FileUse()
        self._started_in = _cwd()
        self._before = {path: _stamp(path) for text in named if (path := self.resolve(text)) is not None}
        self._folders = {folder: _folder_time(folder) for folder in (self._started_in, *folders) if folder}
        if self not in _watchers:  # a cell before this one may never have ended
            self._began = time.time_ns()
        _watchers.append(self)

    def resolve(self, text: str) -> str | None:
        """Return a text as an absolute path, or None where it can be none."""
        if not text or len(text) > 300 or "\n" in text or "\0" in text or "://" in text:
            return None
        try:
            return os.path.abspath(os.path.join(self._started_in, os.path.expanduser(text)))  # noqa: PTH100, PTH111, PTH118
        except (OSError, ValueError):
            return None

    def stop(self, named: Iterable[str] = ()) -> FileUse:  # noqa: C901 - one branch a kind of evidence
        """End, and return what was seen; ``named`` are texts that may be paths, known only after the cell."""
        if self in _watchers:
            _watchers.remove(self)
        use = self.use
        for path, before in self._before.items():
            after = _stamp(path)
            if after != before:
                if path not in use.writes:
                    use.writes.add(path)
                    if before is not None:
                        use.kept.add(path)
            elif after is not None and path not in use.writes and os.path.isfile(path):  # noqa: PTH113
                use.reads.setdefault(path, "named")
                use.stamps.setdefault(path, before)
        for folder, before_time in self._folders.items():
            if _folder_time(folder) != before_time:
                self._new_files(folder)
        self._stamps.update((path, _stamp(path)) for path in use.writes)
        for text in named:
            path = self.resolve(text) or ""
            if path and path not in use.writes and path not in use.reads and os.path.isfile(path):  # noqa: PTH113
                use.read(path, "named")
        return use

    def _new_files(self, folder: str) -> None:
        """Note files that are newer than the cell: native writers and other processes pass the hook."""
        try:
            with os.scandir(folder) as entries:
                for index, entry in enumerate(entries):
                    if index > MAX_ENTRIES:
                        break
                    if entry.path in self.use.writes or entry.name.startswith(".") or self._is_noise(entry.path):
                        continue
                    found = entry.stat()
                    if self._stamps.get(entry.path) == (found.st_mtime_ns, found.st_size):
                        continue
                    # not by the folder's own time: a file made before the cell may be written a moment later
                    if found.st_mtime_ns > self._began and entry.is_file():
                        self.use.writes.add(entry.path)
                        self.use.noticed.add(entry.path)
        except OSError:
            return

    def _is_noise(self, path: str) -> bool:
        return (
            path.startswith(_SYSTEM)
            or "__pycache__" in path
            or "/.nbmlops/" in path
            or path.endswith((".pyc", ".so", ".lock", ".sqlite-journal", "-wal", "-shm"))
            or any(path.startswith(skipped) for skipped in self._skipped)
            or _is_library_file(path)
        )

    def event(self, name: str, arguments: tuple[Any, ...]) -> None:  # noqa: C901, PLR0912 - one branch an event
        """Take an audit event."""
        if self._is_busy:
            return
        if name == "open":
            self._opened(*arguments[:3])
        elif name == "os.rename":
            source, target = self._path(arguments[0]), self._path(arguments[1])
            if source and target:
                if source not in self.use.writes:
                    self.use.read(source, "rename")
                self._lose(source, target)
                self.use.writes |= {source, target}
        elif name == "os.mkdir":
            path = self._path(arguments[0])
            if path and not os.path.isdir(path):  # noqa: PTH112 - text paths, as the events give them
                self.use.folders.add(path)
        elif name == "socket.connect":
            self.use.addresses.add(_address(arguments[1]))
        elif name in ("os.listdir", "os.scandir"):
            self._listed(arguments[0])
        elif name in ("os.symlink", "os.link"):
            path = self._path(arguments[1])
            if path:
                self.use.writes.add(path)
        else:
            path = self._path(arguments[0])
            if path and name == "sqlite3.connect":
                self._before.setdefault(path, _stamp(path))
                self.use.read(path, "sqlite")
                self._lose(path)
            elif path:
                if name == "os.remove" and path not in self.use.writes and os.path.isfile(path):  # noqa: PTH113
                    self.use.read(path, "remove")  # it must be there to be taken away
                self._lose(path)
                self.use.writes.add(path)

    def _listed(self, folder: Any) -> None:
        path = self._path("." if folder is None else folder)
        if path is None or path in self.use.listed or len(self.use.listed) >= MAX_LISTED:
            return
        if self._is_noise(path + os.sep) or _is_import():
            return
        self._is_busy = True  # our own look is none of the cell's
        try:
            names = sorted(os.listdir(path))  # noqa: PTH208
            self.use.listed[path] = tuple(name for name in names[:MAX_ENTRIES] if not name.startswith("."))
        except OSError:
            return
        finally:
            self._is_busy = False

    def _opened(self, file: Any, mode: Any, flags: Any) -> None:
        path = self._path(file)
        if path is None or self._is_noise(path):
            return
        if isinstance(mode, str):
            writes, keeps = any(sign in mode for sign in "wax+"), "w" not in mode and "x" not in mode
        else:
            writes = isinstance(flags, int) and bool(flags & _WRITING)
            keeps = not (isinstance(flags, int) and flags & os.O_TRUNC)
        if not writes:
            if path not in self.use.writes:
                self.use.read(path, "open")
        else:
            self._lose(path)
            if keeps and path not in self.use.writes:
                self.use.kept.add(path)
            self.use.writes.add(path)

    def _lose(self, *paths: str) -> None:
        if self.before_loss is None:
            return
        self._is_busy = True  # what is done to prevent a loss is not the cell's doing
        try:
            for path in paths:
                self.before_loss(path)
        finally:
            self._is_busy = False

    def _path(self, value: Any) -> str | None:
        if isinstance(value, int) or value is None:
            return None
        try:
            text = os.fsdecode(value)
            if not os.path.isabs(text):  # noqa: PTH117
                self.use.relative.add(os.path.abspath(text))  # noqa: PTH100
            return os.path.abspath(text)  # noqa: PTH100
        except (TypeError, ValueError, OSError):
            return None


def paths_in(texts: Iterable[str], shells: Iterable[str]) -> set[str]:
    """Return what may be paths: short texts as they stand, and the words of shell lines.

    Examples
    --------
    >>> sorted(paths_in(["data/x.csv", "a long sentence."], ["sort a.txt > b.txt"]))
    ['a long sentence.', 'a.txt', 'b.txt', 'data/x.csv', 'sort']
    """
    found = {text for text in texts if 0 < len(text) < 200 and "\n" not in text}
    for line in shells:
        found.update(part for part in _PART.findall(line[:5000]) if not part.startswith("-"))
    return found


def note_read(path: str) -> None:
    """Note a file that a native reader, which no hook sees, is going to read."""
    for watcher in _watchers:
        real = watcher.resolve(path)
        for file in _files_at(real) if real else ():
            if file not in watcher.use.writes:
                watcher.use.read(file, "reader")


def _files_at(path: str) -> list[str]:
    """Return the file that stands there, or those of a folder, such as a partitioned table."""
    if os.path.isfile(path):  # noqa: PTH113
        return [path]
    found: list[str] = []
    for folder, _, names in os.walk(path):
        found += [os.path.join(folder, name) for name in sorted(names) if not name.startswith(".")]  # noqa: PTH118
        if len(found) > MAX_ENTRIES:
            break
    return found


def note_address(address: str) -> None:
    """Note what a reader or a driver that no hook sees reaches over the network."""
    for watcher in _watchers:
        watcher.use.addresses.add(address)


def note_name(kind: str, spec: str, version: str) -> None:
    """Note which version a name of the workspace stood for when its content was loaded."""
    for watcher in _watchers:
        watcher.use.names.setdefault(f"{kind} {spec}", version)


def _hook() -> None:
    global _is_hooked  # noqa: PLW0603 - the interpreter has one list of hooks, and none is ever taken off
    if not _is_hooked:
        _is_hooked = True
        sys.addaudithook(_audit)


def _audit(name: str, arguments: tuple[Any, ...]) -> None:
    if not _watchers or name not in _EVENTS:
        return
    if threading.current_thread().name.startswith("nbmlops"):
        return
    for watcher in _watchers:
        try:
            watcher.event(name, arguments)
        except Exception:  # noqa: BLE001, S112 - a hook that raises would stop the user's call
            continue


def _address(value: Any) -> str:
    """Return the address of a socket in words: host and port, or a path."""
    if isinstance(value, tuple) and len(value) >= 2:
        return f"{value[0]}:{value[1]}"
    return os.fsdecode(value) if isinstance(value, bytes) else str(value)


def _is_import() -> bool:
    """Tell whether it is the import system that is at work: it looks through the folders of ``sys.path``."""
    frame = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back  # type: ignore[assignment]
    return frame is not None and frame.f_code.co_filename.startswith("<frozen importlib")


def _own_folders() -> tuple[str, ...]:
    """Return folders in which IPython and matplotlib keep files of their own."""
    home = os.path.expanduser("~")  # noqa: PTH111
    ours = [os.environ.get("IPYTHONDIR"), f"{home}/.ipython", f"{home}/.config", f"{home}/.cache", f"{home}/.jupyter"]
    kernel = os.path.join(tempfile.gettempdir(), "ipykernel_")  # noqa: PTH118
    return (*(f"{one}/" for one in ours if one), kernel)


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size)


def _folder_time(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116
    except OSError:
        return -1


def _cwd() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return ""
