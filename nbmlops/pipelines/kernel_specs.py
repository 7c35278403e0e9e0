"""The kernels that Jupyter knows, and what tells one state of their environments from another."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def kernel_names() -> list[str]:
    """Return the names of the kernels that Jupyter finds."""
    from jupyter_client.kernelspec import KernelSpecManager

    return list(KernelSpecManager().find_kernel_specs())


def kernel_environment(name: str) -> str:
    """Return what tells one state of a kernel's environment from another.

    For a kernel of this interpreter it is the environment's key; for another, its spec and the times of what its
    interpreter has installed.
    """
    from blake3 import blake3
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    from nbmlops.capture.environment import environment

    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        return f"unknown:{name}"
    program = Path(spec.argv[0])
    if not program.is_absolute() or (program.parent == Path(sys.executable).parent and "python" in program.name):
        own = "" if not spec.env else json.dumps(spec.env, sort_keys=True)
        return environment()[0] + own
    folders = sorted(program.parent.parent.glob("lib/python*/site-packages"))
    stamps = [folder.stat().st_mtime_ns for folder in folders]
    text = json.dumps([spec.to_dict(), str(program.resolve()), stamps], sort_keys=True)
    return "b3:" + blake3(text.encode()).hexdigest()[:16]
