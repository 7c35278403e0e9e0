"""Which process owns a run, and whether it still lives: a run of a dead process must not say *running* for ever."""

from __future__ import annotations

import functools
import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process, told apart from a later one that got the same number."""

    host: str
    pid: int
    started: float | None
    boot_id: str | None


def this_process() -> Process:
    """Return the process that runs this code."""
    return _own(os.getpid())


@functools.cache
def _own(pid: int) -> Process:
    return process_of(pid)  # a process does not change; a forked child asks by a number of its own


def process_of(pid: int) -> Process:
    """Return the process of this host that has a number now."""
    return Process(host_name(), pid, _started(pid), boot_id())


def is_alive(process: Process) -> bool:
    """Tell whether a process of this host still runs; processes of other hosts count as alive."""
    if process.host != host_name():
        return True
    if process.boot_id and process.boot_id != boot_id():
        return False
    started = _started(process.pid)
    if started is None:
        return False
    return process.started is None or abs(started - process.started) < 1.0


@functools.cache
def host_name() -> str:
    """Return this machine's name."""
    return socket.gethostname()


@functools.cache
def boot_id() -> str | None:
    """Return what tells this boot of the machine from the last one, where the system says so."""
    file = Path("/proc/sys/kernel/random/boot_id")
    return file.read_text(encoding="ascii").strip() if file.exists() else None


def _started(pid: int) -> float | None:
    """Return when a process started (seconds), or None when there is no such process or it is a zombie."""
    try:
        # the fields after the command's closing parenthesis: state, …, start time in clock ticks since boot
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    except ProcessLookupError:
        return None
    else:
        return None if fields[0] in "ZX" else int(fields[19]) / _ticks()
    return _started_portable(pid)


@functools.cache
def _ticks() -> int:
    return os.sysconf("SC_CLK_TCK")


def _started_portable(pid: int) -> float | None:
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return 0.0
