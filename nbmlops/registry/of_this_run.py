"""What a model's name alone means in a step of a pipeline run: the version that the run made, not the newest of all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from nbmlops.config import MODELS_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping


def as_variable(versions: Mapping[str, int]) -> str:
    """Return what the environment of a step says of the models that steps before it registered.

    Examples
    --------
    >>> as_variable({"delay": 3})
    '{"delay": 3}'
    """
    return json.dumps(dict(versions))


def own_version(name: str) -> int | None:
    """Return the version that the pipeline run registered under a name; None where it did not, and outside of any."""
    version = json.loads(os.environ.get(MODELS_VARIABLE) or "{}").get(name)
    return int(version) if version is not None else None


def note_own(name: str, version: int) -> None:
    """Let a name mean the version that this very step has just registered."""
    text = os.environ.get(MODELS_VARIABLE)
    if text:
        os.environ[MODELS_VARIABLE] = as_variable({**json.loads(text), name: version})
