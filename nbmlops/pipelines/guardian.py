"""A small process that ends what a pipeline run started, when the run itself was killed and cannot.

It reads process groups from a pipe. When the pipe ends without a word, its writer is gone: then it stops the groups
that are left. It works without ``/proc`` and without asking the system for the death of a parent.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading

_PROGRAM = """
import os, signal, sys, time
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for sign in (signal.SIGTERM, signal.SIGKILL):
    left = set(groups)
    for group in left:
        try:
            os.killpg(group, sign)
        except ProcessLookupError:
            groups.discard(group)
        except PermissionError:
            pass
    if groups and sign == signal.SIGTERM:
        time.sleep(1)
"""


class Guardian:
    """Watches over process groups for as long as this process lives.

    Examples
    --------
    >>> with Guardian() as guardian:
    ...     guardian.watch(os.getpid() + 10_000_000)
    ...     guardian.release(os.getpid() + 10_000_000)
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Guardian:
        if hasattr(os, "killpg"):
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Ctrl-C is the run's own matter
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.communicate(timeout=10)
            self._process = None

    def watch(self, group: int) -> None:
        """Take a process group into care."""
        self._say(f"+{group}\n")

    def release(self, group: int) -> None:
        """Let go of a process group that has ended."""
        self._say(f"-{group}\n")

    def _say(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with self._lock, contextlib.suppress(OSError):
                self._process.stdin.write(line)
                self._process.stdin.flush()
