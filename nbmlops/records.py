"""What the library returns: frozen records, in the words of the field, that know no screen.

``to_json`` gives the shape promised to scripts, to REST and to the panel. Fields may be added, never renamed.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["running", "finished", "failed", "interrupted"]
STATUSES: tuple[Status, ...] = ("running", "finished", "failed", "interrupted")

Scalar = bool | int | float | str | None


def json_value(value: Any) -> Any:
    """Return ``value`` as strict JSON can hold it: NaN and infinities become the words ``nan``, ``inf``, ``-inf``.

    Examples
    --------
    >>> json_value({"auc": float("nan"), "n": 3})
    {'auc': 'nan', 'n': 3}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    return value


@dataclass(frozen=True)
class Metric:
    """One logged value. ``timestamp`` is in milliseconds since 1970, UTC."""

    name: str
    value: float
    step: int = 0
    timestamp: int = 0


@dataclass(frozen=True)
class UsedDataset:
    """A frame, array or file that a run used."""

    name: str
    source: str | None
    fingerprint: str | None
    rows: int | None = None
    columns: int | None = None
    bytes: int | None = None
    kind: str = "frame"
    note: str = ""


@dataclass(frozen=True)
class SliceCell:
    """One executed cell of a run's slice; the last one is the tracked cell itself."""

    code: str
    execution_count: int | None = None
    cell_id: str | None = None
    duration_s: float | None = None


@dataclass(frozen=True)
class Artifact:
    """A file kept in the blob store under its content digest. ``bytes`` is its size."""

    name: str
    digest: str
    bytes: int
    media_type: str = "application/octet-stream"
    kind: str = "file"


@dataclass(frozen=True)
class Run:
    """One row of the run table."""

    id: str
    name: str
    experiment: str
    status: Status
    started_at: str
    parent: str | None = None
    duration_s: float | None = None
    params: dict[str, Scalar] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    verdict: str | None = None
    starred: bool = False
    archived: bool = False
    note: str = ""
    error: str | None = None
    notebook: str | None = None
    data: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops runs list --json``."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        fields["data"] = list(self.data)
        result: dict[str, Any] = json_value(fields)
        return result


@dataclass(frozen=True)
class RunDetail(Run):
    """Everything that is known of one run."""

    code: str = ""
    slice: tuple[SliceCell, ...] = ()
    datasets: tuple[UsedDataset, ...] = ()
    environment: dict[str, Any] = field(default_factory=dict)
    git: dict[str, Any] | None = None
    randomness: dict[str, Any] = field(default_factory=dict)
    hardware: dict[str, Any] = field(default_factory=dict)
    assumptions: tuple[dict[str, Any], ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    warnings: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    user: str | None = None
    host: str | None = None
    cell_id: str | None = None
    execution_count: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops runs show --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


@dataclass(frozen=True)
class Difference:
    """One thing that differs between compared runs; ``values`` stand in the order of the runs, None where missing."""

    name: str
    values: tuple[Any, ...]
    best: int | None = None
    direction: Literal["higher", "lower"] | None = None


@dataclass(frozen=True)
class CodeDifference:
    """Unified diff of the slices of two neighbouring runs of a comparison."""

    a: str
    b: str
    diff: str


@dataclass(frozen=True)
class Comparison:
    """Runs side by side, oldest first; each section lists only what differs, ``same`` counts what does not."""

    runs: tuple[RunDetail, ...]
    metrics: tuple[Difference, ...]
    params: tuple[Difference, ...]
    data: tuple[Difference, ...]
    environment: tuple[Difference, ...]
    code: tuple[CodeDifference, ...]
    curves: dict[str, list[list[Metric]]]
    same: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops runs compare --json``; ``curves`` holds per metric, per run, [step, value]."""
        sections = ("metrics", "params", "data", "environment", "code")
        result: dict[str, Any] = json_value(
            {
                "runs": [run.to_json() for run in self.runs],
                **{name: [asdict(item) for item in getattr(self, name)] for name in sections},
                "curves": {
                    name: [[[m.step, m.value] for m in points] for points in runs] for name, runs in self.curves.items()
                },
                "same": self.same,
            }
        )
        return result


@dataclass(frozen=True)
class ModelVersion:
    """One version of a registered model. ``sha256`` is that of the stored file."""

    name: str
    version: int
    run: str | None
    created_at: str
    sha256: str
    flavor: str
    aliases: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
    digest: str = ""
    bytes: int = 0
    variable: str | None = None
    signature: dict[str, Any] = field(default_factory=dict)
    samples: dict[str, Any] | None = None
    lineage: dict[str, Any] = field(default_factory=dict)
    user: str | None = None

    @property
    def spec(self) -> str:
        """The version's name in every door, like ``delay@3``."""
        return f"{self.name}@{self.version}"

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops models list --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        result["aliases"] = list(self.aliases)
        return result
