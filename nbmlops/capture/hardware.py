"""Memory and processor use of a run: sampled by a thread while it runs, for the whole process tree."""

from __future__ import annotations

import _thread
import functools
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL = 0.1
TREE_INTERVAL = 1.0


class Sampler:
    """Samples until stopped.

    Parameters
    ----------
    beat : callable, optional
        Called about every 30 seconds with nothing: the run's sign of life.

    Examples
    --------
    >>> sampler = Sampler().start()
    >>> sampler.stop()["peak_memory_bytes"] > 0
    True
    """

    def __init__(self, beat: Callable[[], None] | None = None, beat_seconds: float = 30.0) -> None:
        self._beat = beat
        self._beat_seconds = beat_seconds
        self._stopped = threading.Event()
        self._peak = 0
        self._children_peak = 0

    def start(self) -> Sampler:
        """Begin; give the sampler itself."""
        self._began = time.perf_counter()
        self._cpu = _cpu_seconds()
        self._peak = _resident()
        self._pid = os.getpid()
        # not threading.Thread: its start() waits for the new thread, 2 ms of each tracked cell (measured)
        _thread.start_new_thread(self._sample, ())
        return self

    def stop(self) -> dict[str, Any]:
        """End; give ``peak_memory_bytes``, ``cpu_seconds``, ``mean_cpu_percent`` and ``memory_limit_bytes``."""
        self._stopped.set()
        if self._pid != os.getpid():  # a forked child has no such thread
            return {}
        wall = max(time.perf_counter() - self._began, 1e-6)
        cpu = max(_cpu_seconds() - self._cpu, 0.0)
        return {
            "peak_memory_bytes": max(self._peak, _resident()) + self._children_peak,
            "cpu_seconds": round(cpu, 4),
            "mean_cpu_percent": round(100 * cpu / wall, 1),
            "memory_limit_bytes": memory_limit(),
            "cpus": os.cpu_count(),
        }

    def _sample(self) -> None:
        last_tree = last_beat = time.monotonic()
        while not self._stopped.wait(INTERVAL):
            self._peak = max(self._peak, _resident())
            now = time.monotonic()
            if now - last_tree >= TREE_INTERVAL:
                self._children_peak = max(self._children_peak, _children_resident())
                last_tree = time.monotonic()
            if self._beat is not None and now - last_beat >= self._beat_seconds:
                last_beat = now
                try:
                    self._beat()
                except Exception:  # noqa: BLE001 - a missed sign of life must not end the sampling
                    self._beat = None


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _resident() -> int:
    try:
        file = os.open("/proc/self/statm", os.O_RDONLY)  # ten times a second, and in every tracked cell
        try:
            return int(os.read(file, 200).split()[1]) * _page()
        finally:
            os.close(file)
    except OSError:
        import psutil

        return int(psutil.Process().memory_info().rss)


def _children_resident() -> int:
    import psutil

    total = 0
    for child in psutil.Process().children(recursive=True):
        try:
            total += int(child.memory_info().rss)
        except psutil.Error:
            continue
    return total


@functools.cache
def _page() -> int:
    return os.sysconf("SC_PAGE_SIZE")


@functools.cache
def memory_limit() -> int | None:
    """Return the memory that this process may use at most, as its control group says, or None."""
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        file = Path(name)
        if file.exists():
            text = file.read_text(encoding="ascii").strip()
            if text.isdigit() and int(text) < 1 << 60:
                return int(text)
    return None
