"""From a cause to a run and to how it ended; everything is in the registry before it is done."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.faults import Faults
from nbmlops.pipelines.parameters import notebooks_of
from nbmlops.pipelines.reading import read_pipeline
from nbmlops.pipelines.scheduling.records import Firing
from nbmlops.pipelines.scheduling.starting import cause_of
from nbmlops.store.pipelines import PipelineStore
from nbmlops.store.processes import Process, host_name, is_alive, this_process
from nbmlops.store.schedules import SILENT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.pipelines.scheduling.misfires import Choice
    from nbmlops.pipelines.scheduling.records import Cause
    from nbmlops.pipelines.scheduling.starting import Starter
    from nbmlops.store.schedules import ScheduleStore
    from nbmlops.tracking.recorder import Recorder

NO_WORD = "its process ended without a word"


class Firings:
    """Claims causes, starts their pipelines and looks, and notes how they end.

    Parameters
    ----------
    recorder : Recorder
        The registry.
    store : ScheduleStore
        Schedules and firings.
    starter : Starter
        Starts the processes.
    """

    def __init__(self, recorder: Recorder, store: ScheduleStore, starter: Starter) -> None:
        self._recorder = recorder
        self._store = store
        self._starter = starter

    def begin(self, schedule: dict[str, Any], choice: Choice) -> Firing | None:
        """Claim a cause and start the pipeline; None where another has claimed it, or where nothing is to be run."""
        skipped = [{**_row(one), "why": why} for one, why in choice.skipped]
        if choice.cause is None:
            self._store.skip(schedule["id"], skipped)
            return None
        given = schedule["params"]
        if schedule["monitor"] is None:
            given = {**given_to(schedule["file"], choice.cause.params), **given}
        cause = {**_row(choice.cause), "params": given}
        number = self._store.claim(schedule["id"], cause, skipped, this_process())
        return self._start(number, schedule["file"]) if number is not None else None

    def begin_again(self) -> Iterator[Firing]:
        """Start the firings that were interrupted once more, one of each schedule; gives them."""
        files = {schedule["id"]: schedule["file"] for schedule in self._store.all() if schedule["enabled"]}
        for row in reversed(self._store.firings(statuses=("interrupted",))):
            if row["schedule_id"] in files and self._store.claim_again(row["id"], this_process()):
                yield self._start(row["id"], files[row["schedule_id"]])

    def are_at_work(self) -> bool:
        """Tell whether a pipeline that was started here still runs."""
        return self._starter.has_children()

    def settle(self) -> list[Firing]:
        """Note how firings ended, also those that another scheduler had started; gives those of which that was news."""
        rows = self._store.firings(statuses=("running",))
        # killed between the start of a process and the note of it: the process may have gone on by itself
        lost = self._store.firings(statuses=("interrupted",), limit=20)
        rows += [row for row in lost if row["run_id"] is None and self._became(row) is not None]
        return [Firing.read(self._store.firing(row["id"])) for row in rows if self._settle(row)]

    def _start(self, number: int, file: str) -> Firing:
        firing = Firing.read(self._store.firing(number))
        try:
            self._store.own(number, self._starter.start(firing, file, firing.params))
        except OSError as error:
            self._store.close(number, "failed", error=f"it could not be started: {error}")
            self._starter.forget(number)
        return Firing.read(self._store.firing(number))

    def _settle(self, row: dict[str, Any]) -> bool:
        number, ours = row["id"], self._starter.is_ours(row["id"])
        code = self._starter.ended(number) if ours else None
        if ours and code is None:
            return False
        if row["monitor"] is not None:
            return self._settle_look(row, code)
        run = self._run_of(row)
        if not ours and row["status"] == "running" and self._lives(row, run):
            return False
        if run is not None and run["status"] == "running":
            process = Process(run["host"], run["pid"], run["process_started"], run["boot_id"])
            if is_alive(process):
                self._store.follow(number, run["id"], process)
                return bool(row["status"] == "interrupted")
            self._recorder.writer.settle_open()
            run = self._run_of(row)
        changed = self._close(row, run, code)
        self._starter.forget(number)
        return changed

    def _settle_look(self, row: dict[str, Any], code: int | None) -> bool:
        """Note how a look ended: it is in the registry as a whole, or not at all."""
        look = self._look_of(row)
        if code is None and look is None and row["status"] == "running" and self._lives(row, None):
            return False
        printed = self._starter.printed(row["id"])
        number = row["id"]
        if look is not None and look["outcome"] == "failed":
            changed = self._store.close(number, "failed", error=printed or look["summary"], look=look["id"])
        elif look is not None:
            changed = self._store.close(number, "finished", look=look["id"])
        elif code is not None and code > 0:
            changed = self._store.close(number, "failed", error=printed or f"exit code {code}")
        else:
            changed = self._store.close(number, "interrupted", error=NO_WORD + (f"\n{printed}" if printed else ""))
        self._starter.forget(number)
        return changed

    def _became(self, row: dict[str, Any]) -> dict[str, Any] | None:
        return self._run_of(row) if row["monitor"] is None else self._look_of(row)

    def _look_of(self, row: dict[str, Any]) -> dict[str, Any] | None:
        return self._store.look_of(row["monitor"], cause_of(Firing.read(row)))

    def _lives(self, row: dict[str, Any], run: dict[str, Any] | None) -> bool:
        """Tell whether the process of a firing still works; of another host only the registry can tell."""
        owner = Process(row["host"], row["pid"], row["process_started"], row["boot_id"])
        if owner.host == host_name():
            return is_alive(owner)
        if run is not None:
            self._recorder.writer.settle_open()
            return bool(run["status"] == "running")
        age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(row["started_at"])
        return age.total_seconds() < SILENT_SECONDS

    def _close(self, row: dict[str, Any], run: dict[str, Any] | None, code: int | None) -> bool:
        printed = self._starter.printed(row["id"])
        if run is not None:
            return self._store.close(row["id"], run["status"], run["id"], self._why(run))
        if code == 0:  # its run was deleted at once
            return self._store.close(row["id"], "finished")
        if code is not None and code > 0:
            return self._store.close(row["id"], "failed", error=printed or f"exit code {code}")
        return self._store.close(row["id"], "interrupted", error=NO_WORD + (f"\n{printed}" if printed else ""))

    def _why(self, run: dict[str, Any]) -> str | None:
        """Return why a pipeline run failed: its error is that of the first step, and others may have failed beside."""
        error: str | None = run["error"]
        steps = PipelineStore(self._recorder.database).steps(run["id"]) if error else []
        others = [step["step"] for step in steps if step["status"] == "failed"][1:]
        return f"{error} (also failed: {', '.join(others)})" if others else error

    def _run_of(self, row: dict[str, Any]) -> dict[str, Any] | None:
        return self._store.run_of(cause_of(Firing.read(row)), row["started_at"])


def given_to(file: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return those members of an event that a notebook of a pipeline declares as parameters."""
    if not params:
        return {}
    try:
        pipeline = read_pipeline(Path(file))
        notebooks = notebooks_of(pipeline, Faults(pipeline))
    except NbmlopsError:
        return {}  # the run will say what is wrong
    declared = {name for notebook in notebooks.values() if notebook is not None for name in notebook.parameters}
    return {name: value for name, value in params.items() if name in declared}


def _row(cause: Cause) -> dict[str, Any]:
    return {"cause": cause.key, "at": cause.at, "words": cause.words, "params": cause.params, "facts": cause.facts}
