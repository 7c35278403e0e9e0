"""Sessions and replays of notebooks, each in a process of its own, forked from one that has no threads.

Run as a program it is the server: a request a line (JSON), an answer a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

PRELOADED = ("IPython.core.interactiveshell", "numpy", "pandas", "nbmlops.capture.slicing.history")


class Shells:
    """The server's client."""

    def __init__(self, extra: list[str] | None = None) -> None:
        environment = {**os.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"}
        self.process = subprocess.Popen(
            [sys.executable, __file__, *(extra or [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def session(self, cells: list[Any], last: int | None = None) -> dict[str, Any]:
        """Run cells (a text, or cell id and text; what begins with ``!!`` must fail); give slice, values, states."""
        return self.ask(kind="session", cells=cells, last=len(cells) - 1 if last is None else last)

    def replay(self, cells: list[Any], taken: list[int], session: dict[str, Any]) -> dict[str, Any]:
        """Run only some of the cells in a fresh process; give the values that the last one binds."""
        states, counts = session["states"], session["counts"]
        return self.ask(
            kind="replay",
            cells=[cells[index] for index in taken],
            states=[states[index] for index in taken],
            counts=[counts[index] for index in taken],
            names=session["names"],
        )

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def serve() -> None:
    for name in (*PRELOADED, *sys.argv[1:]):
        __import__(name)
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        request = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                answer = (_session if request["kind"] == "session" else _replay)(request)
            except BaseException:
                answer = {"error": traceback.format_exc()}
            with os.fdopen(writer, "w") as stream:
                stream.write(json.dumps(answer))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as stream:
            text = stream.read()
        os.waitpid(child, 0)
        os.write(output, (text or json.dumps({"error": "the process died"})).encode() + b"\n")


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell

    folder = tempfile.mkdtemp(prefix="slicing")
    os.chdir(folder)
    sys.path.insert(0, "")
    os.environ["IPYTHONDIR"] = f"{folder}/.ipython"
    shell = InteractiveShell.instance(colors="nocolor", history_length=0)
    shell.history_manager.enabled = False
    shell.cleanup_transforms_done = True
    return shell


def _parts(cell: Any) -> tuple[str | None, str, bool]:
    cell_id, code = (None, cell) if isinstance(cell, str) else cell
    return cell_id, code.removeprefix("!!"), code.startswith("!!")


def _run(shell: Any, code: str, fails: bool) -> None:
    result = shell.run_cell(code, store_history=True)
    if result.success is fails:
        raise AssertionError(f"cell {'did not fail' if fails else 'failed'}: {code}\n{result.error_in_exec!r}")


def _session(request: dict[str, Any]) -> dict[str, Any]:
    import base64
    import time

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.capture.randomness import note_generators
    from nbmlops.capture.slicing.history import History

    shell = _shell()
    history = History(shell.user_ns)
    state: dict[str, Any] = {"spent": 0.0}

    def before(info: Any) -> None:
        if state.get("outermost") is not None:
            return  # a cell that another one runs, as %%capture does
        state["outermost"] = info
        cell = ExecutedCell(info.raw_cell, shell.transform_cell(info.raw_cell), cell_id=state["cell_id"])
        cell.generators = note_generators(shell.user_ns)
        state["cell"] = cell
        start = time.perf_counter()
        history.before(cell)
        state["spent"] = time.perf_counter() - start

    def after(result: Any) -> None:
        if result.info.raw_cell != state["outermost"].raw_cell:
            return
        state["outermost"] = None
        cell = state["cell"]
        cell.execution_count = result.execution_count
        cell.failed = not result.success
        start = time.perf_counter()
        history.after(cell)
        times.append(state["spent"] + time.perf_counter() - start)

    times: list[float] = []
    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)
    for cell in request["cells"]:
        state["cell_id"], code, fails = _parts(cell)
        _run(shell, code, fails)
    last = history.cells[request["last"]]
    names = sorted(
        name
        for name in last.trace.bound | (last.trace.changed & last.trace.reads)
        if ":" not in name and name[0] != "_"
    )
    everything = request.get("last") == -1
    return {
        "slice": [history.cells.index(cell) for cell in history.slice_of(last)],
        "slices": [[history.cells.index(one) for one in history.slice_of(cell)] for cell in history.cells]
        if everything
        else [],
        "warnings": history.warnings_for(history.slice_of(last)),
        "problems": [repr(problem) for problem in history.problems],
        "names": names,
        "values": _values(shell.user_ns, names),
        "states": [
            {name: base64.b64encode(data).decode() for name, data in cell.generators.pack().items()}
            for cell in history.cells
        ],
        "counts": [cell.execution_count for cell in history.cells],
        "times": times,
        "traces": [
            {key: sorted(getattr(cell.trace, key)) for key in ("reads", "bound", "maybe", "deleted", "changed")}
            for cell in history.cells
        ]
        if request.get("traces")
        else [],
    }


def _replay(request: dict[str, Any]) -> dict[str, Any]:
    import base64

    from nbmlops.capture.randomness import restore

    shell = _shell()
    for cell, packed, count in zip(request["cells"], request["states"], request["counts"], strict=True):
        restore({name: base64.b64decode(data) for name, data in packed.items()}, shell.user_ns)
        shell.execution_count = count
        _, code, fails = _parts(cell)
        _run(shell, code, fails)
    return {"values": _values(shell.user_ns, request["names"])}


def _values(namespace: dict[str, Any], names: list[str]) -> dict[str, Any]:
    from nbmlops.capture.fingerprint import object_digest

    return {
        name: object_digest(namespace[name]) or type(namespace[name]).__name__ if name in namespace else "missing"
        for name in names
    }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    serve()
