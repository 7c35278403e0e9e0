"""What makes one run of a step the same as another: code, parameters, environment. Inputs come beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from nbmlops.capture.secrets import mask_param

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.pipelines.step_notebooks import StepNotebook

FORMAT = 1


def step_facts(
    notebook: StepNotebook, params: Mapping[str, Any], kernel: str, environment: str, declared: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return what is compared between two runs of a step.

    Parameters
    ----------
    notebook : StepNotebook
        Its code.
    params : mapping
        The values that it is given.
    kernel, environment : str
        Name of the kernel, and what tells its environment from others.
    declared : mapping
        Fingerprints of the inputs that the pipeline's file names; None for what is not there yet.
    """
    return {
        "code": notebook.digests,
        "params": {name: _digest(value) for name, value in sorted(params.items())},
        "shown": {name: mask_param(name, value) for name, value in sorted(params.items())},
        "kernel": kernel,
        "environment": environment,
        "declared": dict(declared),
    }


def step_key(facts: Mapping[str, Any]) -> str:
    """Return the key under which a step's run is found again: all of its facts but its inputs.

    Examples
    --------
    >>> facts = {"code": ["b3:1"], "params": {}, "kernel": "python3", "environment": "b3:2"}
    >>> step_key(facts) == step_key({**facts, "declared": {"x.csv": "b3:3"}}), step_key(facts)[:3]
    (True, 'b3:')
    """
    compared = [FORMAT, *(facts[name] for name in ("code", "params", "kernel", "environment"))]
    return "b3:" + blake3(json.dumps(compared, sort_keys=True).encode()).hexdigest()


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in words what differs between two runs of a step, inputs left out.

    Examples
    --------
    >>> old = {"code": ["a", "b"], "params": {"m": "1"}, "shown": {"m": 5}, "kernel": "k", "environment": "e"}
    >>> differences(old, {**old, "code": ["a", "c"], "params": {"m": "2"}, "shown": {"m": 6}})
    ['code cell 2 changed', 'm is 6, was 5']
    """
    return [
        *_code_differences(before.get("code", []), now["code"]),
        *_param_differences(before, now),
        *(["another kernel"] if before.get("kernel") != now["kernel"] else []),
        *(["its environment changed"] if before.get("environment") != now["environment"] else []),
    ]


def _code_differences(before: list[str], now: list[str]) -> list[str]:
    if before == now:
        return []
    if len(before) != len(now):
        return [f"its code changed: {len(now)} code cells, were {len(before)}"]
    changed = [str(at + 1) for at, (old, new) in enumerate(zip(before, now, strict=True)) if old != new]
    return [f"code cell {changed[0]} changed"] if len(changed) == 1 else [f"code cells {', '.join(changed)} changed"]


def _param_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    old, new = before.get("params", {}), now["params"]
    found = []
    for name in sorted(set(old) | set(new)):
        if name not in old:
            found.append(f"{name} is {now['shown'][name]}, was not given")
        elif name not in new:
            found.append(f"{name} is not given any more")
        elif old[name] != new[name]:
            found.append(f"{name} is {now['shown'][name]}, was {before['shown'].get(name)}")
    return found


def _digest(value: Any) -> str:
    return blake3(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]
