"""The cells that are tagged ``test``, run one by one in the kernel of their notebook, behind its other cells."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nbmlops.capture.secrets import mask
from nbmlops.pipelines.cell_tests import outcome
from nbmlops.pipelines.engine.replies import reply_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nbmlops.pipelines.cell_tests import CellTest

MAX_SAID = 500


def run_tests(kernel: Any, tests: Iterable[CellTest], is_alive: Callable[[], bool]) -> list[dict[str, Any]]:
    """Run tests, and say what became of each: one that fails does not stop those behind it.

    The run is closed by now, so that what they compute is not its own.

    Parameters
    ----------
    kernel : KernelClient
        Talks to the kernel.
    tests : iterable of CellTest
        The tests.
    is_alive : callable
        Whether the kernel lives.
    """
    found: list[dict[str, Any]] = []
    stopped = ""
    for test in tests:
        if stopped:
            found.append(outcome(test, passed=False, detail=stopped))
            continue
        began = time.perf_counter()
        message = kernel.execute(test.code, silent=True, store_history=False, allow_stdin=False)
        content = reply_to(kernel, message, is_alive)
        said = "" if content["status"] == "ok" else _said(content)
        found.append(outcome(test, passed=not said, detail=said, seconds=time.perf_counter() - began))
        if content["status"] == "dead":
            stopped = said
        elif content.get("ename") == "KeyboardInterrupt":
            stopped = "it was stopped before"
    return found


def _said(content: Mapping[str, Any]) -> str:
    """Return the error of a reply in one line."""
    lines = str(content.get("evalue", "")).strip().splitlines()
    said = f"{content.get('ename', 'error')}: {lines[0] if lines else ''}"[:MAX_SAID].rstrip(": ")
    return mask(said)[0]
