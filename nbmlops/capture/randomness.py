"""The state of every random number generator a notebook can see: noted before each cell, restored by a replay."""

from __future__ import annotations

import base64
import json
import os
import random
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.capture.threads import threads

if TYPE_CHECKING:
    import types
    from collections.abc import Sequence

_HASH_SEED = os.environ.get("PYTHONHASHSEED") or "random"
"""As it was early on: Python reads it once, and what a library sets later (Dask does) is for its children only."""


@dataclass(frozen=True)
class Generators:
    """States of generators by name: ``random``, ``numpy``, ``torch``, and the names of the namespace that hold one."""

    states: dict[str, Any] = field(default_factory=dict)
    _packed: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def pack(self) -> dict[str, bytes]:
        """Return each state as bytes that `restore` reads in another process; no pickle.

        A cell's states are asked for by every later run that depends on it, and never change: each is packed once.
        """
        for name, state in self.states.items():
            if name not in self._packed:
                self._packed[name] = json.dumps(state, default=_jsonable, sort_keys=True).encode()
        return dict(self._packed)


def note_generators(namespace: dict[str, Any]) -> Generators:
    """Return the present state of all generators; takes some microseconds.

    Examples
    --------
    >>> before = note_generators({}).pack()
    >>> drawn = random.random()
    >>> restore(before, {})
    >>> random.random() == drawn
    True
    """
    states: dict[str, Any] = {"random": ("python", random.getstate())}
    numpy = sys.modules.get("numpy.random")
    if numpy is not None and hasattr(numpy, "get_state"):
        states["numpy"] = ("numpy", numpy.get_state(legacy=False))
        for name, value in _instances(namespace, (numpy.Generator, numpy.RandomState)):
            if isinstance(value, numpy.Generator):
                states[f"namespace.{name}"] = ("generator", value.bit_generator.state)
            else:
                states[f"namespace.{name}"] = ("randomstate", value.get_state(legacy=False))
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_rng_state"):
        states["torch"] = ("torch", bytes(torch.get_rng_state().numpy()))
    return Generators(states)


def _instances(namespace: dict[str, Any], kinds: tuple[type, ...]) -> list[tuple[str, Any]]:
    """Return the names that hold an object of some kinds; by the few types that a namespace of many names has."""
    now = namespace.copy()
    if not any(issubclass(kind, kinds) for kind in set(map(type, now.values()))):
        return []
    return [(name, value) for name, value in now.items() if isinstance(value, kinds)]


def note_late(generators: Generators, module: types.ModuleType) -> None:
    """Note numpy's global generator as it is when ``numpy.random`` is imported, by a cell that may draw next.

    Parameters
    ----------
    generators : Generators
        What the cell started from; a state that was noted before stays.
    module : module
        ``numpy.random``.
    """
    if "numpy" not in generators.states:
        generators.states["numpy"] = ("numpy", module.get_state(legacy=False))


def restore(packed: dict[str, bytes], namespace: dict[str, Any]) -> None:
    """Put generators into packed states; one that the namespace does not hold yet is left alone."""
    for name, data in packed.items():
        kind, state = json.loads(data, object_hook=_object)
        if kind == "python":
            version, words, gauss = state
            random.setstate((version, tuple(words), gauss))
        elif kind == "numpy":
            import numpy as np

            np.random.set_state(state)
        elif kind == "torch":
            import torch

            torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
        else:
            target = namespace.get(name.removeprefix("namespace."))
            if kind == "generator" and target is not None:
                target.bit_generator.state = state
            elif kind == "randomstate" and target is not None:
                target.set_state(state)


def seed_everything(seed: int) -> None:
    """Seed ``random``, numpy's global generator, and torch where it is imported.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1, which every one of them takes.

    Examples
    --------
    >>> seed_everything(7); first = random.random()
    >>> seed_everything(7); random.random() == first
    True
    """
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)


def hash_seed() -> str:
    """Return the hash seed that this process was started with, ``random`` where it is another one every time."""
    return _HASH_SEED


def describe_randomness(
    generators: Generators | None, seed: int | None, unrepeatable: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what a run's record says of randomness: the seed, whose states are kept, hash seed, threads.

    ``unrepeatable`` are the sources that no restored state brings back.
    """
    return {
        "seed": seed,
        "generators": sorted(generators.states) if generators else [],
        "hash_seed": hash_seed(),
        "unrepeatable": list(unrepeatable),
        "threads": threads(),
    }


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"__bytes__": base64.b64encode(value).decode("ascii")}
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return {"__words__": _words(value)} if getattr(value, "ndim", 0) == 1 else value.tolist()
    raise TypeError(type(value).__name__)


def _words(values: Any) -> list[Any]:
    return [values.dtype.str, base64.b64encode(values.tobytes()).decode("ascii")]


def _object(value: dict[str, Any]) -> Any:
    if "__bytes__" in value:
        return base64.b64decode(value["__bytes__"])
    if "__words__" in value:
        import numpy as np

        dtype, data = value["__words__"]
        return np.frombuffer(base64.b64decode(data), dtype=dtype)
    return value
