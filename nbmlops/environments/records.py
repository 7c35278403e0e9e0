"""What is known of an environment, and how another one differs from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Environment:
    """The environment of a run. ``lock`` is its ``pylock.toml``, empty where none was written."""

    run: str
    key: str
    python: str
    implementation: str
    platform: str
    packages: dict[str, str] = field(default_factory=dict)
    lock: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops env show --json``."""
        return {**asdict(self), "locked": bool(self.lock)}


@dataclass(frozen=True)
class PackageDifference:
    """One package that is not what it was; ``now`` is None where it is not installed.

    ``what`` tells a version from a build: the same version whose installed files have another content.
    """

    package: str
    recorded: str
    now: str | None
    what: Literal["version", "missing", "files"]

    def __str__(self) -> str:
        if self.what == "missing":
            return f"{self.package} {self.recorded} is not installed"
        if self.what == "files":
            return f"{self.package} {self.recorded} has other files"
        return f"{self.package} {self.recorded} → {self.now}"


@dataclass(frozen=True)
class EnvironmentCheck:
    """An environment beside that of a run; ``added`` are packages that the run did not have, which does no harm."""

    run: str
    key: str
    python: tuple[str, str]
    differences: tuple[PackageDifference, ...] = ()
    added: tuple[str, ...] = ()
    compared: int = 0
    folder: str | None = None
    """Where it stands, of an environment that was rebuilt."""
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether interpreter and packages are those of the run."""
        return not self.differences and self.python[0] == self.python[1]

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops env check --json`` and ``env rebuild --json``."""
        python = {"recorded": self.python[0], "now": self.python[1]}
        return {**asdict(self), "python": python, "same": self.same}
