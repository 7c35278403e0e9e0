"""The implementation below the packages: processor, operating system, BLAS kernels. They may change the last bits."""

from __future__ import annotations

import functools
import platform
import sys
from pathlib import Path
from typing import Any


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
        "blas": list(_libraries(tuple(name for name in ("numpy", "scipy", "sklearn", "torch") if name in sys.modules))),
    }


@functools.cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


@functools.lru_cache(maxsize=8)
def _libraries(loaded: tuple[str, ...]) -> tuple[str, ...]:
    """Return the BLAS libraries; ``loaded`` makes the answer new when another one may have come."""
    if not loaded:
        return ()
    try:
        from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

        found = threadpool_info()
    except Exception:  # noqa: BLE001 - it looks into every loaded library; what it cannot read is not known
        return ()
    words = {
        " ".join(str(info[key]) for key in ("internal_api", "version", "architecture") if info.get(key))
        for info in found
        if info.get("user_api") == "blas"
    }
    return tuple(sorted(words))
