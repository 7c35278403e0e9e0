"""Whether a registered model can go to where it is asked: requirements, known answers, memory, latency, load.

There is no endpoint yet: the model is asked in a fresh process, as a server does, without a network between.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import Conflict, InvalidInput
from nbmlops.flavors.known_answers import differences
from nbmlops.integration.requirements import differing, unmet
from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.records import ModelVersion

TIMEOUT = 300
MOST = 5


@dataclass(frozen=True)
class DeployLimits:
    """What is asked of a deployment; None asks nothing.

    Attributes
    ----------
    latency_ms : float or None
        The 95th percentile of one row's time at most, in milliseconds; also under load.
    load : int
        How many threads ask at once.
    throughput : float or None
        Requests a second under load, at least.
    memory_mb : float or None
        What the loaded model takes at most, with the libraries that it loads.
    load_s : float or None
        Seconds that loading takes at most.
    tolerance : float
        By how much a number may differ from the answer that was kept.
    requests : int
        How many requests are measured.
    """

    latency_ms: float | None = None
    load: int = 1
    throughput: float | None = None
    memory_mb: float | None = None
    load_s: float | None = None
    tolerance: float = 1e-6
    requests: int = 200

    def check(self) -> None:
        """Check that the limits can be used.

        Raises
        ------
        InvalidInput
            One cannot.
        """
        if self.load < 1 or self.requests < 1:
            raise InvalidInput("at least one thread asks, at least once.", "--load 4")
        for name in ("latency_ms", "throughput", "memory_mb", "load_s", "tolerance"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise InvalidInput(f"--{name.replace('_', '-')} {value} is no limit.", "Give a number from 0 on.")


@dataclass(frozen=True)
class DeployCheck:
    """One thing that was looked at: ``holds`` is None where there was nothing to compare with."""

    check: str
    holds: bool | None
    detail: str


@dataclass(frozen=True)
class Deployment:
    """What became of a deployment check. ``measured`` holds the numbers."""

    model: str
    checks: tuple[DeployCheck, ...]
    measured: dict[str, Any]

    @property
    def holds(self) -> bool:
        """Whether nothing said no."""
        return all(one.holds is not False for one in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops ci deploy-check --json``."""
        status = "passed" if self.holds else "failed"
        result: dict[str, Any] = json_value({"status": status, **asdict(self)})
        return result


def check_deployment(
    version: ModelVersion,
    blobs: ArtifactStore,
    recorded: Mapping[str, Any],
    limits: DeployLimits,
    requirements: Path | None = None,
    *,
    allow_code: bool = False,
) -> Deployment:
    """Load a model in a fresh process, ask it, measure it, and judge.

    Parameters
    ----------
    version : ModelVersion
        Which.
    blobs : ArtifactStore
        Holds its file.
    recorded : mapping
        The environment of its run: ``python`` and ``packages``; empty where that is not known.
    limits : DeployLimits
        What is asked for.
    requirements : Path, optional
        ``requirements.txt`` of the target; without it the packages of this environment are compared.
    allow_code : bool
        Trust every type that the file names.

    Raises
    ------
    Conflict
        The process did not answer.
    """
    limits.check()
    answer = _asked(version, blobs, limits, allow_code=allow_code)
    if "error" in answer:
        return Deployment(version.spec, (DeployCheck("loads and answers", False, answer["error"]),), {})
    needs = answer.get("needs", {})
    checks = [
        *([_interpreter(recorded["python"])] if recorded.get("python") and requirements is None else []),
        _requirements(needs, recorded.get("packages", {}), requirements),
        *_answers(version, answer, limits),
        *_limits(answer, limits),
    ]
    return Deployment(version.spec, tuple(checks), answer)


def _asked(version: ModelVersion, blobs: ArtifactStore, limits: DeployLimits, *, allow_code: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="nbmlops-") as folder:
        file, out = Path(folder) / "model", Path(folder) / "answer.json"
        with blobs.open_reader(version.digest) as reader:
            file.write_bytes(reader.read())
        request = {
            "file": str(file),
            "out": str(out),
            "flavor": version.flavor,
            "allow_code": allow_code,
            "samples": version.samples,
            "signature": version.signature,
            "threads": limits.load,
            "requests": limits.requests,
        }
        try:
            done = subprocess.run(
                [sys.executable, "-m", "nbmlops.integration.deploy_program"],
                input=json.dumps(request),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=TIMEOUT,
                check=False,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        except subprocess.TimeoutExpired as error:
            raise Conflict(f"{version.spec} did not answer within {TIMEOUT} s.") from error
        if not out.is_file():
            said = done.stderr.strip().splitlines()
            raise Conflict(f"the process that loads {version.spec} ended: {said[-1] if said else done.returncode}.")
        answer: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return answer


def _interpreter(made: str) -> DeployCheck:
    """Compare this Python with that of the model's run: the last number of a version changes nothing for a model."""
    here = platform.python_version()
    same = here.split(".")[:2] == made.split(".")[:2]
    return DeployCheck(
        "interpreter", same, f"Python {here}" if same else f"Python {here}, the model was made with {made}"
    )


def _requirements(needs: Mapping[str, str], recorded: Mapping[str, str], file: Path | None) -> DeployCheck:
    if file is not None:
        missed = unmet(file, needs, recorded)
        return DeployCheck(
            "requirements", not missed, _listed(missed) or f"{file.name} gives all of {len(needs)} packages"
        )
    if not recorded:
        return DeployCheck("requirements", None, "no environment was recorded with the model")
    missed = differing(needs, recorded)
    return DeployCheck(
        "requirements", not missed, _listed(missed) or f"the same {len(needs)} packages as when it was made"
    )


def _answers(version: ModelVersion, answer: Mapping[str, Any], limits: DeployLimits) -> Iterator[DeployCheck]:
    samples = version.samples or {}
    if "answers" not in answer:
        yield DeployCheck("known input", None, "no sample rows are kept with the model: register it with features")
    elif "answers" not in samples:
        yield DeployCheck("known input", None, "it answers its sample rows; no answers were kept to compare with")
    else:
        missed = differences(samples["answers"], answer["answers"], limits.tolerance)
        yield DeployCheck(
            "known input", not missed, _listed(missed) or f"{len(samples['answers'])} answers are as kept"
        )


def _limits(answer: Mapping[str, Any], limits: DeployLimits) -> Iterator[DeployCheck]:
    yield _within("loading", answer["load_s"], limits.load_s, "s")
    yield _within("memory", answer["memory"] / 1e6, limits.memory_mb, "MB")
    if "latency" not in answer:
        missing = [limit for limit in (limits.latency_ms, limits.throughput) if limit is not None]
        if missing:
            yield DeployCheck("latency", False, "there are no sample rows to measure with")
        return
    latency, load = answer["latency"], answer["load"]
    yield _within("latency, 95 % of requests", latency["p95_ms"], limits.latency_ms, "ms")
    threads = f"{load['threads']} at once"
    if limits.load > 1:
        yield _within(f"latency with {threads}", load["p95_ms"], limits.latency_ms, "ms")
    said = f"{load['per_second']:,.0f} requests a second"
    if limits.throughput is None:
        yield DeployCheck(f"load with {threads}", None, said)
    else:
        holds = load["per_second"] >= limits.throughput
        yield DeployCheck(f"load with {threads}", holds, f"{said}, at least {limits.throughput:g} are asked for")


def _within(what: str, value: float, limit: float | None, unit: str) -> DeployCheck:
    said = f"{value:.3g} {unit}"
    if limit is None:
        return DeployCheck(what, None, said)
    return DeployCheck(what, value <= limit, f"{said}, at most {limit:g} {unit} are asked for")


def _listed(said: list[str]) -> str:
    more = f"; and {len(said) - MOST} more" if len(said) > MOST else ""
    return "; ".join(said[:MOST]) + more
