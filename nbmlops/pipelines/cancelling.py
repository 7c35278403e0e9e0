"""How a pipeline run is stopped from another process."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from nbmlops.errors import Conflict
from nbmlops.store.processes import Process, host_name, is_alive

if TYPE_CHECKING:
    from nbmlops.tracking.recorder import Recorder


def cancel_run(recorder: Recorder, run: str) -> None:
    """Interrupt the process that is at a pipeline run, as Ctrl-C in its terminal does.

    Raises
    ------
    Conflict
        It does not run, runs in this process, or on another host: a process of the same number here is another one.
    """
    recorder.writer.settle_open()
    [row] = recorder.database.query(
        "SELECT status, name, host, pid, process_started, boot_id FROM runs WHERE id = ?", [run]
    )
    process = Process(row["host"], row["pid"], row["process_started"], row["boot_id"])
    if row["status"] != "running":
        raise Conflict(f"{row['name']} does not run: it is {row['status']}.", "nbmlops pipelines list")
    if process.host != host_name():
        raise Conflict(f"{row['name']} runs on another host: {process.host}, process {process.pid}.", "Stop it there.")
    if process.pid == os.getpid():
        raise Conflict(f"{row['name']} runs in this process.", "Interrupt it here.")
    try:
        if not is_alive(process):
            raise ProcessLookupError(process.pid)
        os.kill(process.pid, signal.SIGINT)
    except ProcessLookupError as error:
        raise Conflict(f"{row['name']} does not run any more.", "nbmlops pipelines list") from error
