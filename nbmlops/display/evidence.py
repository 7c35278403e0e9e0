"""What a run was made of, for card and run view: slice, data, environment, git, randomness, hardware, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count, digest, duration, shape, size
from nbmlops.display.markup import bdi, esc, span
from nbmlops.display.proof import sentence, verdict_html
from nbmlops.display.table import facts_html
from nbmlops.display.terminal import plain, shorten
from nbmlops.records import Replay

if TYPE_CHECKING:
    from nbmlops.records import Artifact, Input, RunDetail, UsedDataset

CELLS = 30


def evidence_line(run: RunDetail) -> str:
    """Return data, cells, params and environment of a run in one line."""
    parts = []
    if run.datasets:
        named = [
            f"{plain(used.name)} {digest(used.fingerprint)} {shape(used.rows, used.columns)}".strip()
            for used in run.datasets[:2]
        ]
        more = f" and {len(run.datasets) - 2} more" if len(run.datasets) > 2 else ""
        parts.append(f"data {', '.join(named)}{more}")
    files = [one for one in run.inputs if one.kind == "file"]
    if files:
        shown = ", ".join(plain(one.named) for one in files[:2])
        parts.append(f"read {shown}" + (f" and {len(files) - 2} more" if len(files) > 2 else ""))
    if run.slice:
        parts.append(count(len(run.slice), "cell"))
    if run.params:
        parts.append(count(len(run.params), "param"))
    seed = run.randomness.get("seed")
    if seed is not None:
        parts.append(f"seed {seed}")
    return " · ".join(parts)


def evidence_html(run: RunDetail, *, most: int = 12, width: int = 60, counts_params: bool = True) -> str:
    """Return the evidence of a run as a small table, of ``most`` datasets and artifacts, names cut to ``width``."""
    rows = [
        ("slice", esc(slice_words(run))),
        ("data", _listed([_dataset_html(used, width) for used in run.datasets[:most]], len(run.datasets))),
        ("inputs", _listed([_input_html(one, width) for one in run.inputs[:most]], len(run.inputs))),
        ("assumes", _listed([_assumption_html(one, width) for one in run.assumptions[:most]], len(run.assumptions))),
        ("params", count(len(run.params), "param") if run.params and counts_params else ""),
        ("randomness", esc(shorten(randomness_words(run), 4 * width))),
        (
            "environment",
            span(shorten(environment_words(run), 2 * width), "", str(run.environment.get("key") or "")[:80]),
        ),
        ("git", span(shorten(git_words(run), 2 * width), "", str((run.git or {}).get("commit") or "")[:80])),
        ("hardware", esc(hardware_words(run))),
        ("artifacts", _listed([_artifact_html(one, width) for one in run.artifacts[:most]], len(run.artifacts))),
        ("note", bdi(shorten(run.note, 6 * width)) if run.note else ""),
        ("proof", _proof_html(run)),
    ]
    return facts_html(rows)


def _listed(shown: list[str], there: int) -> str:
    more = [f"+{there - len(shown)} more"] if there > len(shown) else []
    return "<br>".join([*shown, *more])


def slice_words(run: RunDetail) -> str:
    """Return the cells of a slice by their numbers, in the order in which they ran.

    Examples
    --------
    >>> from nbmlops.records import RunDetail, SliceCell
    >>> cells = (SliceCell("a = 1", 3), SliceCell("b = a", 7))
    >>> slice_words(RunDetail("0" * 32, "rf", "x", "finished", "", slice=cells))
    '2 cells: [3] [7]'
    """
    if not run.slice:
        return ""
    numbers = [f"[{cell.execution_count}]" if cell.execution_count is not None else "[ ]" for cell in run.slice]
    shown = " ".join(numbers[-CELLS:])
    return f"{count(len(numbers), 'cell')}: {'… ' if len(numbers) > CELLS else ''}{shown}"


def _dataset_html(used: UsedDataset, width: int) -> str:
    parts = [
        bdi(shorten(used.name, width)),
        span(digest(used.fingerprint), "faint", (used.fingerprint or "")[:80]),
        shape(used.rows, used.columns),
    ]
    parts += [
        size(used.bytes) if used.bytes else "",
        span(shorten(dataset_state(used), 2 * width), "faint"),
        bdi(shorten(used.source or "", width), "faint"),
    ]
    return " &nbsp;".join(part for part in parts if part and part != "<bdi></bdi>")


def _input_html(one: Input, width: int) -> str:
    kept = {"kept": "kept", "": "being kept"}.get(one.kept, f"not kept: {one.kept}")
    facts = " · ".join(word for word in (one.kind, size(one.bytes) if one.bytes else "", kept) if word != "file")
    return f"{bdi(shorten(one.named, width), '', one.path)} {span(shorten(facts, 2 * width), 'faint')}"


def _assumption_html(one: dict[str, Any], width: int) -> str:
    words = shorten(str(one.get("message") or one.get("text") or ""), 2 * width)
    return f"{'✓' if one.get('ok') else '✗'} {bdi(words, '', str(one.get('text') or '')[:200])}"


def _proof_html(run: RunDetail) -> str:
    if run.proof is None:
        return span(f"not replayed yet: %reproduce {shorten(run.name, 60)}", "faint") if run.slice else ""
    replay = Replay.from_json(run.proof)
    return f"{verdict_html(replay.verdict)} {span(shorten(sentence(replay), 200), 'faint')}"


def dataset_state(used: UsedDataset) -> str:
    """Return what is there of a data set: its kind if it is no frame, its note, whether it has a fingerprint."""
    words = [] if used.kind in ("frame", "") else [used.kind]
    words.append(used.note or ("fingerprint" if used.fingerprint else "not fingerprinted"))
    return shorten(" · ".join(words), 120)


def _artifact_html(artifact: Artifact, width: int) -> str:
    facts = f"{shorten(artifact.kind, 20)} · {size(artifact.bytes)}"
    return f"{bdi(shorten(artifact.name, width))} {span(facts, 'faint', artifact.digest)}"


def environment_words(run: RunDetail) -> str:
    """Return key, Python and number of packages of a run's environment."""
    environment = run.environment
    if not environment:
        return ""
    words = [digest(environment.get("key"))]
    words += [f"Python {environment['python']}"] if "python" in environment else []
    packages = environment.get("packages")
    words += [count(len(packages), "package")] if packages else []
    return " · ".join(words)


def git_words(run: RunDetail) -> str:
    """Return commit, branch and whether there were changes, or nothing outside of a repository."""
    git = run.git
    if not git:
        return ""
    words = [str(git.get("commit") or "no commit yet")[:8], str(git.get("branch") or "no branch")]
    if "dirty" in git:
        words.append("with uncommitted changes" if git["dirty"] else "clean")
    return " · ".join(words)


def hardware_words(run: RunDetail) -> str:
    """Return peak memory and processor use."""
    hardware = run.hardware
    words = []
    if hardware.get("peak_memory_bytes"):
        words.append(f"peak memory {size(hardware['peak_memory_bytes'])}")
    if hardware.get("cpu_seconds") is not None:
        mean = hardware.get("mean_cpu_percent")
        words.append(f"CPU {duration(hardware['cpu_seconds'])}" + (f" ({mean:.0f} %)" if mean is not None else ""))
    if hardware.get("cpus"):
        words.append(f"{hardware['cpus']} cores")
    return " · ".join(words)


def randomness_words(run: RunDetail) -> str:
    """Return the seed, and whose states were noted."""
    randomness = run.randomness
    words = [f"seed {randomness['seed']}"] if randomness.get("seed") is not None else []
    generators = randomness.get("generators") or []
    if generators:
        words.append(f"states noted: {', '.join(str(name).removeprefix('namespace.') for name in generators[:12])}")
    return " · ".join(words)
