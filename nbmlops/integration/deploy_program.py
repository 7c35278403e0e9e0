"""Loads and asks a model in a process of its own, as a server would; run by `nbmlops.integration.deploying`.

Reads a request (JSON) from standard input, and writes its answer (JSON) to the file that the request names: what a
library prints is in nobody's way.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib.metadata
import json
import sys
import threading
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.lock import canonical
from nbmlops.integration.requirements import OWN, closure
from nbmlops.measures.percentile import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_OBJECTS = 200_000
WARM = 5
LONGEST = 4.0
"""Seconds for one measurement at most."""


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.read())
    try:
        answer = answer_to(request)
    except Exception as error:  # noqa: BLE001 - whatever a model raises is the answer of this check
        answer = {
            "error": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        }
    Path(request["out"]).write_text(json.dumps(answer), encoding="utf-8")


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """Return what loading and asking the model came to.

    Parameters
    ----------
    request : dict
        ``file``, ``flavor``, ``allow_code``, ``samples``, ``signature``, ``threads``, ``requests``.
    """
    import psutil

    from nbmlops.flavors import get_flavor
    from nbmlops.flavors.known_answers import answers_to, rows_as

    flavor = get_flavor(request["flavor"])
    process = psutil.Process()
    memory, began = process.memory_info().rss, time.perf_counter()
    with imports_of(type(flavor).__module__) as imported:
        model = flavor.load(Path(request["file"]), verified=True, allow_code=request["allow_code"])
    answer: dict[str, Any] = {"load_s": time.perf_counter() - began}
    roots = {*imported, *classes_in(model)}
    samples = request["samples"]
    if samples and samples.get("rows"):
        rows = rows_as(samples, request["signature"], samples.get("form", "frame"))
        roots |= classes_in(rows)
        answer["answers"] = answers_to(flavor, model, rows)
        singles = [rows.iloc[at : at + 1] if hasattr(rows, "iloc") else rows[at : at + 1] for at in range(len(rows))]
        answer["latency"] = measured(flavor, model, singles, request["requests"])
        answer["load"] = under_load(flavor, model, singles, request["requests"], request["threads"])
    answer["memory"] = process.memory_info().rss - memory
    answer["needs"] = needed(roots)
    return answer


def measured(flavor: Any, model: Any, rows: list[Any], requests: int) -> dict[str, float]:
    """Return how long one row takes, in milliseconds: median, 95th percentile, and how many were asked."""
    for at in range(WARM):
        flavor.predict(model, rows[at % len(rows)])
    taken: list[float] = []
    end = time.perf_counter() + LONGEST
    while len(taken) < requests and time.perf_counter() < end:
        began = time.perf_counter()
        flavor.predict(model, rows[len(taken) % len(rows)])
        taken.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": percentile(taken, 50), "p95_ms": percentile(taken, 95), "requests": len(taken)}


def under_load(flavor: Any, model: Any, rows: list[Any], requests: int, threads: int) -> dict[str, float]:
    """Return what many threads at once get: requests a second, and the 95th percentile in milliseconds."""
    taken: list[list[float]] = [[] for _ in range(threads)]
    failed: list[str] = []
    ready = threading.Barrier(threads + 1)

    def ask(mine: list[float]) -> None:
        ready.wait()
        end = time.perf_counter() + LONGEST
        try:
            while len(mine) < max(1, requests // threads) and time.perf_counter() < end:
                began = time.perf_counter()
                flavor.predict(model, rows[len(mine) % len(rows)])
                mine.append((time.perf_counter() - began) * 1000)
        except Exception as error:  # noqa: BLE001 - a model that cannot be asked by two at once fails the check
            failed.append(f"{type(error).__name__}: {error}")

    workers = [threading.Thread(target=ask, args=(mine,)) for mine in taken]
    for worker in workers:
        worker.start()
    ready.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    if failed:
        raise RuntimeError(f"asked by {threads} threads at once: {failed[0]}")
    every = [one for mine in taken for one in mine]
    return {"threads": threads, "per_second": len(every) / seconds, "p95_ms": percentile(every, 95)}


@contextlib.contextmanager
def imports_of(module: str) -> Iterator[set[str]]:
    """Collect the packages that a module imports meanwhile: what a flavor itself needs to read a file."""
    found: set[str] = set()
    original = builtins.__import__

    def noting(name: str, globals: Any = None, *rest: Any, **named: Any) -> Any:
        if globals is not None and globals.get("__name__") == module:
            found.add(name.partition(".")[0])
        return original(name, globals, *rest, **named)

    builtins.__import__ = noting
    try:
        yield found
    finally:
        builtins.__import__ = original


def classes_in(value: Any) -> set[str]:
    """Return the packages whose classes a value is made of, at any depth.

    Examples
    --------
    >>> import decimal
    >>> sorted(classes_in([{"a": decimal.Decimal(1)}]))
    ['builtins', 'decimal']
    """
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [value]
    while waiting and len(seen) < MAX_OBJECTS:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | types.ModuleType | types.FunctionType):
            continue
        seen.add(id(one))
        found.add(type(one).__module__.partition(".")[0])
        waiting += gc.get_referents(one)
    return found


def needed(modules: set[str]) -> dict[str, str]:
    """Return the installed packages of modules and those that they require and load, with their versions.

    What is loaded because it happens to be installed, such as what a library can work with, is no need.
    """
    owners = importlib.metadata.packages_distributions()
    loaded = {canonical(name) for module in set(sys.modules) for name in owners.get(module.partition(".")[0], ())}
    names = closure((name, ()) for module in modules for name in owners.get(module, ()))
    return {name: importlib.metadata.version(name) for name in sorted(names & loaded) if name != OWN}


if __name__ == "__main__":
    main()
