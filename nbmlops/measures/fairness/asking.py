"""Fairness of the columns of one frame, which are named; see `nbmlops.fairness`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.asked import Asked, label_meant
from nbmlops.measures.fairness.measuring import fairness_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.fairness.records import Fairness


def fairness_in(
    frame: Any,
    *,
    truth: Any = None,
    prediction: Any = None,
    by: Any = (),
    probability: Any = None,
    scores: Any = None,
    positive: Any = None,
    depth: int = 2,
    metrics: Sequence[str] | None = None,
    confidence: float = 0.95,
    min_rows: int = 30,
    small: bool = False,
) -> Fairness:
    """Return how a model does on each group, of columns that are named; see `nbmlops.fairness`.

    Raises
    ------
    InvalidInput
        Something is not there or cannot be used.

    Examples
    --------
    >>> frame = {"late": [1, 1, 0, 0], "said": ["1", "1", "1", "0"], "sex": list("ffmm")}
    >>> found = fairness_in(frame, prediction="said", by="sex", positive="1", min_rows=1)
    >>> found.by("sex").gap("demographic_parity_difference").value
    0.5
    """
    asked = Asked.of(frame)
    if prediction is None:
        raise InvalidInput(
            "there is nothing that was predicted.", "Name the column: --prediction, in Python prediction=…"
        )
    if by is None or (isinstance(by, list | tuple) and not by):
        raise InvalidInput("there are no groups.", "Name a column: --by COLUMN, in Python by=…")
    if probability is not None and scores is not None:
        raise InvalidInput("probability and scores say the same.", "Give one of them: --probability COLUMN")
    said, true = asked.one(prediction), asked.one(truth)
    return fairness_of(
        true,
        said,
        asked.several(by),
        metrics=metrics,
        scores=asked.one(scores if probability is None else probability),
        positive=label_meant(positive, said if true is None else true),
        confidence=confidence,
        min_rows=min_rows,
        small=small,
        depth=depth,
    )
