"""The rows of all benchmarks: how they are made, judged and printed, and how two things are timed fairly."""

from __future__ import annotations

import argparse
import gc
import os
import platform
import statistics
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

NOT_INSTALLED = "not installed"
NOISE = 2.0
"""By how much a budget may be missed in small mode: shared machines are noisy."""


def at_least(name: str, ours: float, peer: float, budget: float, unit: str = "") -> dict[str, Any]:
    """Return a row in which more is better, and ours must reach ``budget`` times what the peer does."""
    ratio = ours / peer
    return _row(name, ours, peer, ratio, budget, unit, rule="ratio", factor=budget / ratio)


def at_most(name: str, ours: float, limit: float, unit: str = "ms", peer: float | str | None = None) -> dict[str, Any]:
    """Return a row in which less is better, and ours must stay below ``limit``, whatever the peer does."""
    return _row(name, ours, peer, _ratio(ours, peer), limit, unit, rule="limit", factor=ours / limit)


def told(name: str, ours: float, unit: str = "ms", peer: float | str | None = None) -> dict[str, Any]:
    """Return a row without a budget."""
    return _row(name, ours, peer, _ratio(ours, peer), None, unit, rule="", factor=0.0)


def holds(name: str, found: Iterable[str]) -> dict[str, Any]:
    """Return a row that counts what should not be there: its budget is none at all."""
    words = sorted(found)
    shown = f"{name}: {', '.join(words)}" if words else name
    return _row(shown, float(len(words)), None, None, 0.0, "", rule="none", factor=NOISE * 10 if words else 0.0)


def _ratio(ours: float, peer: float | str | None) -> float | None:
    return ours / peer if isinstance(peer, int | float) and peer else None


def _row(
    name: str,
    ours: float,
    peer: float | str | None,
    ratio: float | None,
    budget: float | None,
    unit: str,
    *,
    rule: str,
    factor: float,
) -> dict[str, Any]:
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "ratio": ratio,
        "budget": budget,
        "ok": factor <= 1.0,
        "unit": unit,
        "rule": rule,
        "factor": factor,  # above 1 the budget is missed, by so much
    }


def seconds(function: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def best(function: Callable[[], object], repeats: int) -> float:
    """Return the shortest of several calls."""
    return min(seconds(function) for _ in range(repeats))


def in_turns(functions: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Return the times of each function; they take turns, so that a busy machine slows all of them."""
    gc.collect()
    turns = [[seconds(function) for function in functions] for _ in range(repeats)]
    return [list(times) for times in zip(*turns, strict=True)]


def side_by_side(functions: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Return the best time of each function, measured in turns."""
    return [min(times) for times in in_turns(functions, repeats)]


def typical(functions: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Return what each function takes when the machine leaves it alone (`undisturbed`), measured in turns."""
    return [undisturbed(times) for times in in_turns(functions, repeats)]


def undisturbed(times: Sequence[float]) -> float:
    """Return the lower quartile: steadier than the shortest, and not swayed by what else the machine does."""
    return statistics.quantiles(times, n=4)[0]


def machine() -> str:
    """Return the line that says what was measured on, and how busy it was."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} CPUs, Python {platform.python_version()}, {platform.system()} {platform.machine()}{load}"


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as an aligned table."""
    cells = [("what", "ours", "peer", "ratio", "budget", ""), *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    lines = []
    for line in cells:
        numbers = (text.rjust(width) for text, width in zip(line[1:5], widths[1:5], strict=True))
        lines.append("  ".join((line[0].ljust(widths[0]), *numbers, line[5])).rstrip())
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    unit = f" {row['unit']}" if row["unit"] else ""
    peer = row["peer"]
    peer_text = "–" if peer is None else peer if isinstance(peer, str) else f"{_number(peer)}{unit}"
    budget = {
        "ratio": f"≥ {row['budget']} ×",
        "limit": f"< {_number(row['budget'] or 0)}{unit}",
        "none": "none",
        "": "–",
    }[row["rule"]]
    ratio = "–" if row["ratio"] is None else f"{row['ratio']:.2f}"
    verdict = "" if not row["rule"] else "ok" if row["ok"] else "MISSED"
    return row["name"], f"{_number(row['ours'])}{unit}", peer_text, ratio, budget, verdict


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1000:
        return str(int(value))
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}"


def missed(rows: Iterable[dict[str, Any]], *, small: bool) -> list[dict[str, Any]]:
    """Return the rows that count as missed: in small mode only those far off."""
    return [row for row in rows if row["factor"] > (NOISE if small else 1.0)]


def better(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return of two runs of a benchmark the better one of each row; rows are told by their place."""
    if len(first) != len(second):  # one of them did not run to its end
        return list(max(first, second, key=len))
    return [min(pair, key=lambda row: row["factor"]) for pair in zip(first, second, strict=True)]


def run_alone(main: Callable[[bool], list[dict[str, Any]]]) -> None:
    """Run one benchmark as a program: print its table, and end with code 1 where a budget is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="less data, fewer repeats, budgets twice as wide")
    small = parser.parse_args().small
    print(machine())
    rows = main(small)
    print(table(rows))
    raise SystemExit(1 if missed(rows, small=small) else 0)
