"""The words after ``%%track``: the same for the magic, the comment and the Python API."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbmlops.config import Capture


@dataclass(frozen=True)
class Directive:
    """What a cell asks for when it is tracked."""

    name: str | None = None
    experiment: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    note: str = ""
    seed: int | None = None
    metrics: tuple[str, ...] = ()
    lower: tuple[str, ...] = ()
    capture: Capture = Capture()
