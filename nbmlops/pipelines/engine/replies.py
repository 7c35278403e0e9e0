"""The kernel's answer to code of ours: waited for as long as the kernel lives, for it may have much to write."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any

from nbclient.util import run_sync

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 1.0
ABORTED = "aborted"
DEAD = {"status": "dead", "ename": "the kernel died"}
SILENT = {"status": "silent", "ename": "the kernel did not answer"}


def reply_to(kernel: Any, message: str, is_alive: Callable[[], bool], patience: float | None = None) -> dict[str, Any]:
    """Return the content of a kernel's reply: its ``status`` is the kernel's word, else ``dead`` or ``silent``.

    Parameters
    ----------
    kernel : KernelClient
        Talks to the kernel.
    message : str
        The id of what was asked.
    is_alive : callable
        Whether the kernel lives.
    patience : float, optional
        Seconds after which a kernel that lives is taken for silent; no limit by default.
    """
    deadline = None if patience is None else time.monotonic() + patience
    while True:
        try:
            reply = run_sync(kernel.shell_channel.get_msg)(timeout=LOOK_SECONDS)
        except queue.Empty:
            if not is_alive():
                return DEAD
            if deadline is not None and time.monotonic() > deadline:
                return SILENT
            continue
        if reply["parent_header"].get("msg_id") == message:
            content: dict[str, Any] = reply["content"]
            return content
