"""The six factors by which a result may differ, each found by evidence, not by its effect."""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.settings import variable
from nbmlops.capture.threads import threads as thread_settings
from nbmlops.datasets.files import fetch_file, find_file
from nbmlops.errors import NbmlopsError
from nbmlops.named import KINDS, is_there, kind_of, version_now
from nbmlops.records import FACTORS, Factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbmlops.artifacts import LocalStore
    from nbmlops.environments.records import EnvironmentCheck
    from nbmlops.records import FactorName, Input, RunDetail
    from nbmlops.store.database import Database

MAX_NAMED = 6


def ordered(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    """Return factors without repeats, in the order in which the six are always named."""
    return tuple(sorted(dict.fromkeys(factors), key=lambda one: FACTORS.index(one.factor)))


def changed_inputs(changed: Iterable[Input], database: Database, blobs: LocalStore, *, current: bool) -> list[Factor]:
    """Name files and modules whose content is another one than what the run read."""
    factors = []
    for one in changed:
        factor: FactorName = "code" if one.kind == "module" else "data"
        path = Path(one.path)
        what = _line_changes(one, path, database, blobs) if one.kind == "module" and path.exists() else ""
        if not path.exists():
            said = "is gone"
        elif what:
            said = f"has changed since the run ({what})"
        else:
            said = f"has another content than the run read{_sizes(one, path)}"
        used = "; taken as it is now" if current and factor == "data" else _what_was_used(one, database)
        factors.append(Factor(factor, f"{one.named} {said}{used}"))
    return factors


def _what_was_used(one: Input, database: Database) -> str:
    kept = one.fingerprint is not None and find_file(database, one.fingerprint) is not None
    return "; replayed as it was" if kept else "; no copy was kept"


def _sizes(one: Input, path: Path) -> str:
    try:
        size = path.stat().st_size
    except OSError:
        return ""
    return f" ({one.bytes:,} → {size:,} bytes)" if one.bytes is not None and one.bytes != size else ""


def _line_changes(one: Input, path: Path, database: Database, blobs: LocalStore) -> str:
    """Return how many lines of a module were added and removed."""
    import tempfile

    if one.fingerprint is None or find_file(database, one.fingerprint) is None:
        return ""
    try:
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "kept"
            fetch_file(database, blobs, one.fingerprint, kept)
            before = kept.read_text(encoding="utf-8", errors="replace").splitlines()
        now = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, NbmlopsError):
        return ""
    lines = list(difflib.unified_diff(before, now, lineterm="", n=0))[2:]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    return f"+{added} −{removed} lines"


def names_now(facts: dict[str, Any], database: Database, blobs: LocalStore, *, current: bool) -> list[Factor]:
    """Name data sets and models of the workspace whose names stand for another version now."""
    factors = []
    for names in facts.get("names", {}).values():
        for name, then in names.items():
            kind, _, spec = name.partition(" ")
            if kind not in KINDS:
                continue  # it is part of something else that is named
            try:
                now = version_now(kind, spec, database, blobs)
            except NbmlopsError:
                now = "nothing"
            if now == "nothing" and not is_there(kind, then, database, blobs):
                factors.append(Factor("data", f"{KINDS[kind]} {then} is not in this workspace"))
            elif now != then:
                used = "taken as it is now" if current else f"replayed with {then}"
                factors.append(Factor("data", f"{KINDS[kind]} {spec} is {now} now; {used}"))
    return factors


def names_gone(facts: dict[str, Any], database: Database, blobs: LocalStore) -> list[str]:
    """Return what names of the workspace stood for and this workspace has not: deleted, or left where the run was."""
    noted = [(kind_of(name), then) for names in facts.get("names", {}).values() for name, then in names.items()]
    gone = [f"{KINDS[kind]} {then}" for kind, then in noted if kind and not is_there(kind, then, database, blobs)]
    return list(dict.fromkeys(gone))


def edited_cells(run: RunDetail) -> list[Factor]:
    """Name cells of the slice whose text in the saved notebook is another one now."""
    if not run.notebook or not os.path.isabs(run.notebook):  # noqa: PTH117
        return []
    try:
        document = json.loads(Path(run.notebook).read_text(encoding="utf-8"))
        texts = {cell.get("id"): "".join(cell.get("source", "")) for cell in document.get("cells", ())}
    except (OSError, ValueError, TypeError, AttributeError):
        return []
    edited = [
        f"[{cell.execution_count}]"
        for cell in run.slice
        if cell.cell_id in texts and texts[cell.cell_id].strip() != cell.code.strip() and "***" not in cell.code
    ]
    if not edited:
        return []
    return [Factor("code", f"{_some(edited, 'cell')} of the notebook {_were(edited)} edited since; replayed as it ran")]


def settings_now(run: RunDetail, replay: dict[str, Any]) -> list[Factor]:
    """Name environment variables, thread counts and library options that are others now."""
    factors = []
    for name, recorded in run.settings.get("variables", {}).items():
        now = variable(name)
        if now != recorded:
            secret = any(str(value).startswith("b3:") for value in (now, recorded))
            said = "has another value" if secret else f"{_word(recorded)} → {_word(now)}"
            factors.append(Factor("settings", f"environment variable {name}: {said}"))
    threads = run.randomness.get("threads", {})
    current = thread_settings()
    factors += [
        Factor("settings", f"threads: {name} {_word(threads.get(name))} → {_word(current.get(name))}")
        for name in sorted({*threads, *current})
        if threads.get(name) != current.get(name)
    ]
    if "settings" not in replay:
        return factors  # it did not come to its end: its options are not known
    options, replayed = run.settings.get("options", {}), replay["settings"].get("options", {})
    for name in sorted({*options, *replayed}):
        if options.get(name) != replayed.get(name):
            detail = f"option {name}: {options.get(name, 'default')} → {replayed.get(name, 'default')}"
            factors.append(Factor("settings", detail))
    return factors


def environment_now(run: RunDetail, now: dict[str, Any]) -> list[Factor]:
    """Name the interpreter and the packages whose version is another one now."""
    then = run.environment
    if not then.get("packages"):
        return []
    factors = [
        Factor("environment", f"{what} {then.get(what)} → {now.get(what)}")
        for what in ("python", "implementation")
        if then.get(what) != now.get(what)
    ]
    packages, current = then.get("packages", {}), now.get("packages", {})
    changed = [name for name in packages if name in current and packages[name] != current[name]]
    gone = [name for name in packages if name not in current]
    words = [f"{name} {packages[name]} → {current[name]}" for name in changed]
    words += [f"{name} {packages[name]} is not installed" for name in gone]
    if words:
        rest = f" and {len(words) - MAX_NAMED} more" if len(words) > MAX_NAMED else ""
        factors.append(Factor("environment", ", ".join(words[:MAX_NAMED]) + rest))
    return factors


def environment_rebuilt(found: EnvironmentCheck) -> list[Factor]:
    """Name what an environment that was rebuilt could not have as it was."""
    words = [] if found.python[0] == found.python[1] else [f"python {found.python[0]} → {found.python[1]}"]
    words += [str(one) for one in found.differences]
    rest = f" and {len(words) - MAX_NAMED} more" if len(words) > MAX_NAMED else ""
    return [Factor("environment", f"rebuilt, but {', '.join(words[:MAX_NAMED])}{rest}")] if words else []


def implementation_now(run: RunDetail, now: dict[str, Any]) -> list[Factor]:
    """Name processor, operating system and BLAS kernels that are others now."""
    then = run.machine
    words = [
        f"{what} {then[what]} → {now[what]}"
        for what in ("machine", "processor", "system")
        if then.get(what) and now.get(what) and then[what] != now[what]
    ]
    blas, current = then.get("blas") or [], now.get("blas") or []
    if blas and current and not set(blas) <= set(current) and not set(current) <= set(blas):
        words.append(f"BLAS {', '.join(blas)} → {', '.join(current)}")
    return [Factor("implementation", word) for word in words]


def data_seen(run: dict[str, Any], replay: dict[str, Any]) -> list[Factor]:
    """Name used data whose content was another one in the replay."""
    others = {one["name"]: one for one in replay["datasets"]}
    factors = []
    for one in run["datasets"]:
        other = others.get(one["name"])
        if one["source"] is None:
            continue  # made by the cells: that it differs follows from what was read
        if other is None or not one["fingerprint"] or not other["fingerprint"]:
            continue
        if one["fingerprint"] != other["fingerprint"]:
            shape = [
                f"{item['rows']:,} × {item['columns']}" for item in (one, other) if item["rows"] and item["columns"]
            ]
            said = f" ({shape[0]} → {shape[1]})" if len(shape) == 2 and shape[0] != shape[1] else ""
            factors.append(Factor("data", f"{one['name']} had another content{said}"))
    return factors


def unrepeatable(run: RunDetail) -> list[Factor]:
    """Name the sources of randomness that the capture warned of."""
    return [Factor("randomness", words) for words in run.randomness.get("unrepeatable", ())]


def _shape(used: dict[str, Any]) -> str:
    return f"{used['rows'] or 0:,} × {used['columns'] or 1}"


def _word(value: str | None) -> str:
    return "not set" if value is None else str(value)


def _some(words: Sequence[str], noun: str) -> str:
    return f"{noun}{'s' if len(words) > 1 else ''} {', '.join(words[:MAX_NAMED])}"


def _were(words: Sequence[str]) -> str:
    return "were" if len(words) > 1 else "was"
