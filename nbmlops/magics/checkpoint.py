"""What a notebook has in memory, written between two cells and brought back in a fresh kernel.

By dill: functions and classes of a notebook keep their ties to its globals, which plain pickle cuts. The file is read
only where a pipeline was run with ``--checkpoint``, and only when its digest is the one that was noted.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import Any

_HELD = "_nbmlops_held"


def save(shell: Any, file: str) -> None:
    """Write the namespace, the generators, the working folder and the environment's variables.

    Raises
    ------
    Exception
        Something in the namespace cannot be pickled: then there is no checkpoint behind this cell.
    """
    import dill

    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    numpy = sys.modules.get("numpy")
    shell.user_ns[_HELD] = {
        "random": random.getstate(),
        "numpy": numpy.random.get_state() if numpy is not None else None,
        "folder": os.getcwd(),  # noqa: PTH109
        "path": list(sys.path),
        "variables": {name: value for name, value in os.environ.items() if not name.startswith("NBMLOPS_")},
    }
    names = ["_nbmlops_save", "get_ipython", "exit", "quit", "open"]
    away = {name: shell.user_ns.pop(name) for name in names if name in shell.user_ns}
    try:
        dill.dump_module(str(target), module=shell.user_module)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        shell.user_ns.update({name: value for name, value in away.items() if name != "_nbmlops_save"})
        shell.user_ns.pop(_HELD, None)


def restore(shell: Any, file: str) -> None:
    """Bring back what `save` wrote."""
    import dill

    kept = {name: shell.user_ns[name] for name in ("get_ipython", "exit", "quit") if name in shell.user_ns}
    dill.load_module(file, module=shell.user_module)
    held = shell.user_ns.pop(_HELD)
    shell.user_ns.update(kept)
    shell.user_ns.pop("_nbmlops_restore", None)
    random.setstate(held["random"])
    if held["numpy"] is not None:
        import numpy as np

        np.random.set_state(held["numpy"])
    os.chdir(held["folder"])
    sys.path[:] = held["path"]
    os.environ.update(held["variables"])
