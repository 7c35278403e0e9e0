"""How many threads the numeric libraries of this process take: what was asked for, and what is in force."""

from __future__ import annotations

import os

from nbmlops.capture.machine import threads_in_force

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
PATIENT_THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}
"""For processes that run side by side: threads that spin while they wait for each other take the processor from the
other process. Measured on two cores: a small `why` 16 s instead of more than 140, a fit in a pipeline 3.4 s instead of
up to 22. It changes no result."""


def threads() -> dict[str, str]:
    """Return the variables with which a fresh process takes as many threads as this one does.

    A library reads its variable once, when it is loaded. One that was set later (a Dask cluster does that in the
    process which starts it) or was overruled in the process (``threadpool_limits(1)``) says nothing true; the
    library is asked instead.
    """
    settings = {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ}
    in_force = threads_in_force()
    common = str(_processors())
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        count = in_force.get(name)
        said = settings.get(name) or settings.get("OMP_NUM_THREADS") or common
        if count is not None and said.partition(",")[0].strip() != str(count):
            settings[name] = str(count)
    return settings


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
