"""One notebook run in a scratch copy, in a process of its own: ``python -m nbmlops.pipelines.inferring.attempt``.

The wall that it raises holds for the kernel that it starts, whatever its language: nothing is written outside of the
scratch folder.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from pathlib import Path
from typing import Any

from nbmlops.wall import TERMINALS, raise_wall


def main(request: str) -> None:
    """Run what a request file asks for; what became of it is written beside it."""
    file = Path(request)
    asked: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    gaps = raise_wall([asked["scratch"], TERMINALS], ["/"], network=True)
    answer: dict[str, Any] = {"error": None, "gaps": gaps, "is_too_long": False}
    deadline = _Deadline(asked["timeout"])
    try:
        _execute(asked)
    except Exception as error:  # noqa: BLE001 - whatever a notebook raises is said to who asked
        answer["error"] = deadline.words if deadline.is_over else _said(error)
    deadline.cancel()
    answer["is_too_long"] = deadline.is_over
    file.with_suffix(".answer").write_text(json.dumps(answer), encoding="utf-8")


class _Deadline:
    """Ends the kernel, and whatever else is started here, once the time is over, until it is let go."""

    def __init__(self, seconds: float) -> None:
        self.words = f"it had not ended after {seconds:g} s (--timeout)"
        self.is_over = False
        self._done = threading.Event()
        threading.Thread(target=self._end, args=(seconds,), daemon=True).start()

    def cancel(self) -> None:
        """Let go."""
        self._done.set()

    def _end(self, seconds: float) -> None:
        import psutil

        wait = seconds
        while not self._done.wait(wait):
            self.is_over, wait = True, 0.2  # a kernel may only be about to start
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()


def _execute(asked: dict[str, Any]) -> None:
    import papermill

    papermill.execute_notebook(
        asked["notebook"],
        asked["executed"],
        engine_name="nbmlops",
        cwd=asked["folder"],
        kernel_name=asked["kernel"],
        language=asked["language"],
        progress_bar=False,
    )


def _said(error: Exception) -> str:
    name, value = getattr(error, "ename", None), getattr(error, "evalue", None)
    text = f"{name}: {value}" if name else f"{type(error).__name__}: {error}"
    return text.strip().splitlines()[0][:300]


if __name__ == "__main__":
    main(sys.argv[1])
