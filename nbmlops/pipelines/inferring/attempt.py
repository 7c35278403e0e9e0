"""One notebook run in a scratch copy, in a process of its own: ``python -m nbmlops.pipelines.inferring.attempt``.

The wall that it raises holds for the kernel that it starts, whatever its language: nothing is written outside of the
scratch folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from nbmlops.wall import TERMINALS, raise_wall


def main(request: str) -> None:
    """Run what a request file asks for; what became of it is written beside it."""
    file = Path(request)
    asked: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    gaps = raise_wall([asked["scratch"], TERMINALS], ["/"], network=True)
    answer: dict[str, Any] = {"error": None, "gaps": gaps}
    try:
        _execute(asked)
    except Exception as error:  # noqa: BLE001 - whatever a notebook raises is said to who asked
        answer["error"] = _said(error)
    file.with_suffix(".answer").write_text(json.dumps(answer), encoding="utf-8")


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
