"""What the library returns: frozen records, in the words of the field, that know no screen.

``to_json`` gives the shape promised to scripts, to REST and to the panel. Fields may be added, never renamed.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from nbmlops.errors import InvalidInput

Status = Literal["running", "finished", "failed", "interrupted"]
STATUSES: tuple[Status, ...] = ("running", "finished", "failed", "interrupted")

Verdict = Literal["identical", "equivalent", "diverged", "not_replayable"]
FactorName = Literal["code", "data", "settings", "randomness", "environment", "implementation"]
FACTORS: tuple[FactorName, ...] = ("code", "data", "settings", "randomness", "environment", "implementation")

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


def check_json(given: Any, what: str) -> None:
    """Refuse what cannot be written as JSON, and say what may be given.

    Raises
    ------
    InvalidInput
        It holds a date, NaN, or something else that JSON does not have.

    Examples
    --------
    >>> check_json({"day": "2026-01-01"}, "a payload")
    """
    try:
        json.dumps(given, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{what} has to be JSON: {error}.",
            "Numbers, text, lists and dictionaries can be. Put text in quotes: -p \"day='2026-01-01'\"",
        ) from error


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
class Input:
    """Something that a run read from outside.

    ``named`` is the path as the code said it. ``kept`` is ``"kept"``, empty while that is not decided, or the reason
    why not.
    """

    path: str
    named: str
    kind: Literal["file", "module", "package", "query", "address"] = "file"
    fingerprint: str | None = None
    bytes: int | None = None
    modified_at: str | None = None
    kept: str = ""


@dataclass(frozen=True)
class Output:
    """A file that a run wrote. ``named`` and ``kept`` as for an `Input`."""

    path: str
    named: str
    fingerprint: str | None = None
    bytes: int | None = None
    kept: str = ""


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
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    proof: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops runs show --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


@dataclass(frozen=True)
class Factor:
    """One reason why a result may differ: which of the six factors, and the evidence in words."""

    factor: FactorName
    detail: str


@dataclass(frozen=True)
class Replay:
    """A run that was replayed, and what came of it.

    ``metrics`` and ``values`` hold what was recorded and what the replay gave. ``differs`` names what is not the same:
    metrics, bound names, models, the printed output. ``refused`` is what the replay wanted to do and was not let;
    ``contained`` tells whether the operating system kept the wall; ``open_gaps`` are what it left open. ``interrupted``
    when the user stopped it: such a replay is not kept.
    """

    run: str
    verdict: Verdict
    factors: tuple[Factor, ...] = ()
    metrics: dict[str, dict[str, float | None]] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    reason: str = ""
    duration_s: float = 0.0
    name: str = ""
    differs: tuple[str, ...] = ()
    compared: int = 0
    refused: tuple[str, ...] = ()
    contained: bool = True
    open_gaps: tuple[str, ...] = ()
    assumptions: tuple[dict[str, Any], ...] = ()
    replays: int = 1
    started_at: str = ""
    interrupted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops reproduce --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Replay:
        """Return the record that `to_json` wrote."""
        known = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        known["factors"] = tuple(Factor(**factor) for factor in known.get("factors", ()))
        for name in ("differs", "refused", "open_gaps", "assumptions"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)


@dataclass(frozen=True)
class Effect:
    """What one factor adds to the change of a metric; ``low`` and ``high`` bound it over repeated seeds.

    ``factor`` joins two names by ``+`` where they cannot be told apart: one of them does not run without the other.
    """

    factor: str
    effect: float
    low: float
    high: float
    detail: str = ""


@dataclass(frozen=True)
class Why:
    """Why a metric differs between two runs. The effects and ``unexplained`` add up to ``change``.

    ``differs`` lists, per factor, what differs in words; ``notes`` what could not be run.
    """

    metric: str
    a: str
    b: str
    change: float
    factors: tuple[Effect, ...]
    unexplained: float
    replays: int
    name_a: str = ""
    name_b: str = ""
    value_a: float = 0.0
    value_b: float = 0.0
    duration_s: float = 0.0
    differs: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops why --json``."""
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


@dataclass(frozen=True)
class DatasetVersion:
    """One version of a data set. ``bytes`` is the size of the data, ``bytes_added`` what keeping it took."""

    dataset: str
    version: int
    kind: str
    fingerprint: str
    rows: int | None
    columns: int | None
    bytes: int
    bytes_added: int
    created_at: str
    note: str = ""
    source: str | None = None
    user: str | None = None
    unchanged: bool = False
    """Nothing was saved: the newest version holds this content already."""

    @property
    def spec(self) -> str:
        """The version's name in every door, like ``flights@3``."""
        return f"{self.dataset}@{self.version}"

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops datasets save --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


@dataclass(frozen=True)
class ColumnDifference:
    """What became of a column; ``before`` and ``after`` hold its statistics."""

    column: str
    change: Literal["added", "removed", "renamed", "changed", "type"]
    rows_changed: int
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    was: str | None = None
    """The old name of a renamed column."""


@dataclass(frozen=True)
class DatasetDifference:
    """What differs between two versions or frames. ``reordered``: rows that both have stand in another order."""

    a: str
    b: str
    rows_added: int
    rows_removed: int
    rows_changed: int
    reordered: bool
    columns: tuple[ColumnDifference, ...]
    rows: tuple[int, int] = (0, 0)

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops datasets diff --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result
