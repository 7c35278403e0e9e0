"""Reproduce a run: replay its slice in a fresh process, compare, and name what differs."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.environment import environment
from nbmlops.capture.machine import machine
from nbmlops.capture.secrets import MASK
from nbmlops.capture.settings import variable
from nbmlops.environments.rebuilding import interpreter
from nbmlops.records import Factor, Replay
from nbmlops.replay import factors as find
from nbmlops.replay.comparing import compare_outcomes
from nbmlops.replay.process import Stopped
from nbmlops.replay.program import program_of, replay
from nbmlops.replay.recorded import recorded
from nbmlops.store.ids import now
from nbmlops.store.proofs import Proofs

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.artifacts import LocalStore
    from nbmlops.environments.records import EnvironmentCheck
    from nbmlops.records import RunDetail, Verdict
    from nbmlops.replay.comparing import Comparison
    from nbmlops.replay.program import Options
    from nbmlops.replay.scratch import Restored
    from nbmlops.store.database import Database


class Reproduction:
    """One reproduction of one run; may take several replays to tell randomness from the rest.

    Parameters
    ----------
    database, blobs
        The workspace's.
    run : RunDetail
        What is reproduced.
    options : Options
        How.
    progress : callable, optional
        Told the position of each cell that begins.
    rebuilt : EnvironmentCheck, optional
        The run's environment, built again; by default the replay takes what is installed here.
    """

    def __init__(
        self,
        database: Database,
        blobs: LocalStore,
        run: RunDetail,
        options: Options,
        progress: Callable[[int], None] | None = None,
        rebuilt: EnvironmentCheck | None = None,
    ) -> None:
        self.rebuilt = rebuilt
        self.database = database
        self.blobs = blobs
        self.run = run
        self.options = options
        self.progress = progress
        self.proofs = Proofs(database)
        self.facts = self.proofs.facts(run.id)
        self.program = program_of(database, run)
        self.replays = 0

    def reproduce(self) -> Replay:
        """Replay the run and compare; give the verdict with its evidence."""
        began, started_at = time.perf_counter(), now()
        try:
            verdict = self._verdict()
        except Stopped as stopped:
            reason = self._stopped(stopped)
            verdict = Replay(self.run.id, "not_replayable", reason=reason, interrupted=stopped.by_user)
        seconds = round(time.perf_counter() - began, 3)
        return replace(
            verdict,
            name=self.run.name,
            duration_s=seconds,
            started_at=started_at,
            replays=self.replays,
        )

    def _verdict(self) -> Replay:
        reason = self._why_not()
        if reason:
            return Replay(self.run.id, "not_replayable", reason=reason)
        report, restored = self._replay(self.program.hash_seed)
        common: dict[str, Any] = {
            "refused": tuple(report["refused"]),
            "contained": not report["gaps"],
            "open_gaps": tuple(report["gaps"]),
        }
        causes = self._causes(report, restored)
        if report["error"] is not None:
            return self._failed(report["error"], causes, common, restored)
        mine, other = recorded(self.database, self.run.id), report["outcome"]
        compared = compare_outcomes(mine, other)
        if restored.changed and self.options.current_data:
            causes += find.data_seen(mine, other)
        verdict: Verdict = "identical"
        if compared.differs:
            verdict = "diverged" if compared.far or not self._is_near(compared, causes) else "equivalent"
        if verdict == "diverged" or (verdict == "equivalent" and not causes):
            causes += self._randomness(other, has_cause=bool(causes))
        return Replay(
            self.run.id,
            verdict,
            find.ordered(causes),
            compared.metrics,
            compared.values,
            reason=self._reason(verdict, compared, causes),
            differs=tuple(compared.differs),
            compared=compared.compared,
            assumptions=tuple(other.get("assumptions", ())),
            **common,
        )

    def _why_not(self) -> str:
        """Return why a run cannot even be tried; empty when it can."""
        run = self.run
        masked = ", ".join(f"[{cell.execution_count}]" for cell in run.slice if MASK in cell.code)
        needs = [
            f"${name}"
            for name, value in run.settings.get("variables", {}).items()
            if str(value).startswith("b3:") and variable(name) is None
        ]
        needs += [word for word in self.facts.get("needs", ()) if variable(word[1:]) is None and word not in needs]
        reasons = {
            "it is still running": run.status == "running",
            "it was interrupted: where it stopped cannot be repeated": run.status == "interrupted",
            "no cell was captured: it was recorded by nbmlops.track, outside of a tracked cell": "block" in self.facts,
            "it went on from a checkpoint: its first cells ran in another run": "resumed_from" in self.facts,
            "its code was not captured, as was asked for": not run.slice and "outcome" in self.facts,
            "it was recorded by an older release, or no cell of it was captured": not run.slice,
            f"a secret was masked in cell {masked}: read it from an environment variable instead": bool(masked),
            f"needs {', '.join(needs)}": bool(needs),
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def _replay(self, hash_seed: str) -> tuple[dict[str, Any], Restored]:
        self.replays += 1
        program = replace(self.program, hash_seed=hash_seed)
        python = str(interpreter(Path(self.rebuilt.folder))) if self.rebuilt and self.rebuilt.folder else ""
        return replay(program, self.database, self.blobs, self.options, self.progress, python)

    def _causes(self, report: dict[str, Any], restored: Restored) -> list[Factor]:
        causes = find.changed_inputs(restored.changed, self.database, self.blobs, current=self.options.current_data)
        causes += find.names_now(self.facts, self.database, self.blobs, current=self.options.current_data)
        causes += find.edited_cells(self.run)
        causes += find.settings_now(self.run, report.get("outcome", {}))
        causes += (
            find.environment_rebuilt(self.rebuilt) if self.rebuilt else find.environment_now(self.run, environment()[1])
        )
        there = report.get("outcome", {}).get("machine") or machine()
        return causes + find.implementation_now(self.run, there)

    def _failed(
        self, error: dict[str, Any], causes: list[Factor], common: dict[str, Any], restored: Restored
    ) -> Replay:
        cell = error["cell"]
        where = f" in cell [{self.run.slice[cell].execution_count}]" if cell is not None else ""
        if error.get("assumption"):
            kept = tuple({**one, "ok": False} for one in self._failed_assumptions(cell))
            return Replay(
                self.run.id,
                "diverged",
                find.ordered(causes),
                reason=f"an assumption does not hold{where}: {error['text'].removeprefix('AssertionError: ')}",
                assumptions=kept,
                **common,
            )
        reason = f"{error['text']}{where}" if not restored.gone else error["text"]
        gone = find.names_gone(self.facts, self.database, self.blobs)
        if gone and error["text"].startswith("NotFound"):
            lost = f"needs {', '.join(gone)}{where}, which this workspace has not"
            reason = f"{lost}: replay it where it was made, or take back what was deleted"
        if error.get("refused"):
            # what native code is refused by the wall alone has no word of its own
            wanted = common["refused"][-1] if common["refused"] else error["text"]
            reason = f"refused{where}: {wanted}; if you trust the code: nbmlops reproduce {self.run.name} --allow"
        return Replay(self.run.id, "not_replayable", find.ordered(causes), reason=reason, **common)

    def _failed_assumptions(self, cell: int) -> list[dict[str, Any]]:
        count = self.run.slice[cell].execution_count
        return [dict(one) for one in self.run.assumptions if one.get("cell") == count]

    def _is_near(self, compared: Comparison, causes: list[Factor]) -> bool:
        """Tell whether contents may differ in their last bits: where numbers agree, and the machine is another one."""
        if not compared.contents:
            return True
        named = {cause.factor for cause in causes}
        return bool(compared.metrics) and bool(named & {"implementation", "environment", "settings"})

    def _randomness(self, first: dict[str, Any], *, has_cause: bool) -> list[Factor]:
        """Tell randomness from the rest: replay again, with the same hash seed, and with another one."""
        warned = find.unrepeatable(self.run)
        again = self._again(self.program.hash_seed)
        if again is None:
            return warned
        own = compare_outcomes(first, again).differs
        if own:
            return warned or [Factor("randomness", f"two replays differ from each other in {_some(own)}")]
        if warned and not has_cause:
            return warned  # few numbers, such as the scores of a small set, come out alike twice by chance
        if str(self.run.randomness.get("hash_seed", "random")).isdigit():
            return []
        other = self._again(str(int(self.program.hash_seed) + 1))
        differs = compare_outcomes(first, other).differs if other is not None else []
        if not differs:
            return []
        hint = "start the kernel “Python 3 (reproducible)”, or set PYTHONHASHSEED"
        return [Factor("randomness", f"hash order: {_some(differs)} depends on the order of a set; {hint}")]

    def _again(self, hash_seed: str) -> dict[str, Any] | None:
        try:
            report, _ = self._replay(hash_seed)
        except Stopped as stopped:
            if stopped.by_user:
                raise
            return None
        found: dict[str, Any] | None = report.get("outcome")
        return found

    def _reason(self, verdict: Verdict, compared: Comparison, causes: list[Factor]) -> str:
        if verdict == "diverged" and not causes:
            return (
                f"{_some(compared.differs)} came out differently, in every replay alike: "
                "the run used something that its slice does not hold"
            )
        if not compared.compared and verdict == "identical":
            return "the cell ran, but it left nothing that could be compared"
        return ""

    def _stopped(self, stopped: Stopped) -> str:
        cell = stopped.cell
        where = f" in cell {cell + 1} of {len(self.run.slice)}" if cell is not None else ""
        return f"{stopped}{where}"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
