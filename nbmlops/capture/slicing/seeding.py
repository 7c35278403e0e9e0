"""Which of the process's generators a cell seeds, and whether it draws before it does."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STREAMS = ("random", "numpy", "torch")
_SEEDS = {
    "numpy.random.seed": "numpy",
    "numpy.random.set_state": "numpy",
    "random.seed": "random",
    "random.setstate": "random",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
    "torch.set_rng_state": "torch",
    "torch.seed": "torch",
}
_SEEDERS = frozenset({"seed_everything", "set_seed", "set_random_seed", "fix_seed", "seed", "manual_seed", "set_seeds"})
_MAKERS = frozenset({"default_rng", "RandomState", "Generator", "Random", "SystemRandom", "SeedSequence", "PCG64"})
_SHORT = {"np": "numpy", "nr": "numpy.random", "npr": "numpy.random"}


def seeded_by(  # noqa: C901 - one branch a way to seed
    chains: Iterable[str], names: Iterable[str], namespace: Mapping[str, Any]
) -> tuple[set[str], set[str], set[str]]:
    """Return generators that a code seeds for sure, those that it may seed, and those it uses before it seeds them.

    Examples
    --------
    >>> import numpy as np
    >>> seeded_by(["np.random.seed", "np.random.rand"], ["np"], {"np": np})
    ({'numpy'}, set(), set())
    """
    sure: set[str] = set()
    maybe: set[str] = set()
    used: set[str] = set()
    for chain in chains:
        full = _full(chain, namespace)
        last = full.rpartition(".")[2]
        stream = _SEEDS.get(full)
        if stream is not None:
            sure.add(stream)
        elif last in _SEEDERS and not _is_object(chain, namespace):
            maybe.update(STREAMS)
        elif last not in _MAKERS:
            for prefix, one in (("numpy.random.", "numpy"), ("random.", "random"), ("torch.", "torch")):
                if full.startswith(prefix) and one not in sure:
                    used.add(one)
    for name in names:
        value: Any = namespace.get(name)
        kind = type(value)
        if kind is types.BuiltinMethodType and name in ("seed", "set_state"):
            owner = type(value.__self__)
            if f"{owner.__module__}.{owner.__name__}" == "numpy.random.mtrand.RandomState":
                sure.add("numpy")
        elif kind is types.MethodType and value.__func__.__module__ == "random" and value.__func__.__name__ == "seed":
            sure.add("random")
        elif name in _SEEDERS and value is not None:
            maybe.update(STREAMS)
    return sure, maybe, used - maybe


def _full(chain: str, namespace: Mapping[str, Any]) -> str:
    root, _, rest = chain.partition(".")
    value: Any = namespace.get(root)
    is_module = type(value) is types.ModuleType
    name = str(value.__dict__.get("__name__", root)) if is_module else _SHORT.get(root, root)
    return f"{name}.{rest}"


def _is_object(chain: str, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a chain begins at an object of the notebook's own: its ``seed`` is its own affair."""
    value = namespace.get(chain.partition(".")[0])
    return value is not None and type(value) is not types.ModuleType
