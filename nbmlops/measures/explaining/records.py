"""What is found of a model's attention: importances, dependence, single predictions, and whether it has moved."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Mapping

Method = Literal["permutation", "shap"]


@dataclass(frozen=True)
class Importance:
    """How much a model looks at a column; ``share`` is that of all columns together."""

    column: str
    value: float
    low: float | None
    high: float | None
    share: float


@dataclass(frozen=True)
class Dependence:
    """The mean answer of the model where a column had each of these values in every row: its partial dependence."""

    column: str
    is_number: bool
    values: tuple[Any, ...]
    answers: tuple[float, ...]


@dataclass(frozen=True)
class Explained:
    """One prediction: ``answer`` is ``base``, the mean answer, and what each column adds to it.

    ``row`` is its place in the frame, ``label`` the label whose probability it is, where there are several.
    """

    row: int
    answer: float
    base: float
    label: Any
    parts: Mapping[str, float]


@dataclass(frozen=True)
class Rank:
    """A column in both rankings: its place, from 1 on, and its share of all importance."""

    column: str
    reference: int
    current: int
    reference_share: float
    current_share: float


@dataclass(frozen=True)
class AttributionDrift:
    """Whether a model looks at the same columns as on the reference.

    ``ndcg`` is 1 where the rankings are the same, and ``chance`` what it stays above in 99 of 100 draws where nothing
    has changed. It has drifted where it is below both, and below ``threshold``.
    """

    ndcg: float
    chance: float
    threshold: float
    drifted: bool
    reference_rows: int
    ranks: tuple[Rank, ...]


@dataclass(frozen=True)
class Explanation:
    """What a model looks at, the most important column first.

    ``of`` says what importances are of: of permutation the metric that falls (``score`` is its value), of SHAP the
    answer that is shared among the columns. ``interval`` says what ``low`` and ``high`` are.
    """

    method: Method
    model: str
    of: str
    score: float | None
    rows: int
    interval: str
    importances: tuple[Importance, ...]
    dependence: tuple[Dependence, ...]
    predictions: tuple[Explained, ...]
    drift: AttributionDrift | None
    notes: tuple[str, ...]

    def __getitem__(self, column: str) -> Importance:
        """Return the importance of a column.

        Raises
        ------
        InvalidInput
            The model does not know it.
        """
        for one in self.importances:
            if one.column == column:
                return one
        names = [one.column for one in self.importances]
        raise InvalidInput(f"the model knows no column {column!r}.", did_you_mean(column, names, ", ".join(names)))

    def __str__(self) -> str:
        lines = [f"{self.model}, {self.method} of {self.of}, {self.rows:,} rows"]
        lines += [f"{one.column}: {one.value:.4g} ({one.share:.0%})" for one in self.importances]
        if self.drift is not None:
            lines.append(f"rankings: nDCG {self.drift.ndcg:.4g}, {'drifted' if self.drift.drifted else 'the same'}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        first, *more = str(self).splitlines()
        return f"<explanation: {first}{f'; {more[0]}' if more else ''}; {len(self.importances)} columns>"

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        result: dict[str, Any] = json_value(asdict(self))
        return result
