"""The implementation below the packages: processor, operating system, BLAS kernels. They may change the last bits."""

from __future__ import annotations

import functools
import platform
import sys
from pathlib import Path
from typing import Any

_VARIABLES = {"openmp": "OMP_NUM_THREADS", "openblas": "OPENBLAS_NUM_THREADS", "mkl": "MKL_NUM_THREADS"}


def machine() -> dict[str, Any]:
    """Return processor, operating system and the numeric libraries that are loaded.

    Examples
    --------
    >>> sorted(machine())[:3]
    ['blas', 'machine', 'processor']
    """
    return {
        "machine": platform.machine(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "blas": list(_libraries()),
    }


@functools.cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def threads_in_force() -> dict[str, int]:
    """Return how many threads the loaded numeric libraries take, by the variable that says so; takes microseconds.

    Examples
    --------
    >>> import numpy
    >>> threads_in_force().get("OPENBLAS_NUM_THREADS", 1) >= 1
    True
    """
    found: dict[str, int] = {}
    for pool in _pools(_loaded()):
        variable = _VARIABLES.get(pool.internal_api)
        if variable and pool.num_threads:
            found.setdefault(variable, pool.num_threads)
    return found


def _loaded() -> tuple[str, ...]:
    return tuple(name for name in ("numpy", "scipy", "sklearn", "torch") if name in sys.modules)


def _libraries() -> tuple[str, ...]:
    pools = [pool.info() for pool in _pools(_loaded()) if pool.user_api == "blas"]
    return tuple(
        sorted(
            {
                " ".join(str(info[key]) for key in ("internal_api", "version", "architecture") if info.get(key))
                for info in pools
            }
        )
    )


@functools.lru_cache(maxsize=8)
def _pools(loaded: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the libraries that have threads of their own; ``loaded`` makes the answer new when another may have come.

    Finding them takes milliseconds, asking one that is found does not.
    """
    if not loaded:
        return ()
    try:
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

        return tuple(ThreadpoolController().lib_controllers)
    except Exception:  # noqa: BLE001 - it looks into every loaded library; what it cannot read is not known
        return ()
