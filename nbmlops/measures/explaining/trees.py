"""What each column adds to an answer of trees, exactly and at once (Lundberg et al., Nature Machine Intelligence 2020).

The same values that asking the model with rows put together comes to, from one walk through its trees. Only models
whose answer is the sum or the mean of their leaves have them: forests, single trees, and boosted trees that predict
amounts. What the walk comes to is held against the model's own answers before it is believed.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbmlops.measures.explaining.inputs import Answers

NEAR = 1e-5
"""So far, as a share of how far apart answers lie, a sum may be from the answer: the walk counts in single floats."""


def shared_by_trees(shap: Any, answers: Answers, features: Any, background: Any) -> tuple[Any, Any] | None:
    """Return what each column adds to the answer to each row, and the base; None where the model is no such one.

    Parameters
    ----------
    shap : module
        The package.
    answers : Answers
        What the model says.
    features, background : pandas frame
        The rows that are explained, and those that stand for what is usual.
    """
    import numpy as np

    if not all(dtype.kind in "biuf" for dtype in features.dtypes):
        return None
    rows, usual = (side.to_numpy(dtype=float) for side in (features, background))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            explainer = shap.TreeExplainer(answers.model, usual, feature_perturbation="interventional")
            values = np.asarray(explainer.shap_values(rows, check_additivity=False))
    except Exception:  # noqa: BLE001 - whatever the package says of a model that it does not know
        return None
    if answers.is_single and values.ndim == 3 and answers.at is not None:
        values = values[:, :, answers.at]
    said = answers.of(features)
    if values.shape != (len(rows), features.shape[1], *said.shape[1:]):
        return None
    base = answers.of(background).mean(axis=0)
    if not np.allclose(values.sum(axis=1) + base, said, rtol=0, atol=NEAR * (float(np.ptp(said)) or 1.0)):
        return None
    return values, np.broadcast_to(base, said.shape)
