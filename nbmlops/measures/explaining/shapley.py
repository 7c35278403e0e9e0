"""What each column adds to each answer: Shapley values (Lundberg and Lee, NeurIPS 2017), found by the package shap.

Trees are walked through (`nbmlops.measures.explaining.trees`). Any other model is asked, a pipeline included, with
rows put together from two: the columns that are known from the row that is explained, the others from a row of the
background. The package's arrays hold numbers only; so they hold places of values, and the rows that the model sees are
made of the values, each of its own type.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import MissingExtra
from nbmlops.measures.explaining.trees import shared_by_trees

if TYPE_CHECKING:
    from nbmlops.measures.explaining.inputs import Answers

BACKGROUND = 30
ORDERS = 4
"""In so many orders, each forth and back, columns become known, where there are too many for all orders."""
EXACT = 6
"""With so many columns all orders are counted out."""
WORDS = "Student's interval of the mean over rows, 95%"


@dataclass(frozen=True)
class Shared:
    """Of each row what each column adds: rows by columns, by labels too where there are several; and the base."""

    values: Any
    base: Any

    @property
    def sizes(self) -> Any:
        """How much each column matters to each row, whichever way, labels together."""
        import numpy as np

        found = np.abs(self.values)
        return found.sum(axis=2) if found.ndim == 3 else found


def shared(answers: Answers, features: Any, background: Any, seed: int) -> Shared:
    """Return what each column adds to the answer to each row.

    Parameters
    ----------
    answers : Answers
        What the model says.
    features, background : pandas frame
        The rows that are explained, and those that stand for what is usual.
    seed : int
        Gives the same orders again.

    Raises
    ------
    MissingExtra
        The package shap is not installed.
    """
    import pandas as pd

    shap = _package()
    usual = background.sample(BACKGROUND, random_state=seed) if len(background) > BACKGROUND else background
    by_trees = shared_by_trees(shap, answers, features, usual)
    if by_trees is not None:
        return Shared(*by_trees)
    pool = _pool(usual, features)
    places = _places(pool)
    columns = list(pool.columns)

    def answer(rows: Any) -> Any:
        at = rows.astype("int64")
        return answers.of(pd.DataFrame({name: pool[name].array.take(at[:, i]) for i, name in enumerate(columns)}))

    is_exact = len(columns) <= EXACT
    explainer = shap.Explainer(
        answer,
        shap.maskers.Independent(places[: len(usual)], max_samples=BACKGROUND),
        algorithm="exact" if is_exact else "permutation",
        seed=seed,
    )
    evaluations = 2 ** len(columns) if is_exact else ORDERS * (2 * len(columns) + 1)
    found = explainer(places[len(usual) :], max_evals=evaluations, silent=True, batch_size="auto")
    return Shared(found.values, found.base_values)


def _pool(usual: Any, features: Any) -> Any:
    """Return both one under the other; columns of categories stay such, with those of both."""
    import pandas as pd

    sides = [usual.copy(), features.copy()]
    for name in features.columns:
        if all(isinstance(side[name].dtype, pd.CategoricalDtype) for side in sides):
            every = pd.api.types.union_categoricals([side[name] for side in sides], ignore_order=True).categories
            for side in sides:
                side[name] = side[name].cat.set_categories(every)
    return pd.concat(sides, ignore_index=True)


def _places(pool: Any) -> Any:
    """Return for each value the place of the first row that has the same: rows by columns."""
    import numpy as np
    import pandas as pd

    found = np.empty(pool.shape)
    for at, name in enumerate(pool.columns):
        codes, _ = pd.factorize(pool[name], use_na_sentinel=False)
        _, first = np.unique(codes, return_index=True)
        found[:, at] = first[codes]
    return found


def _package() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it draws too, and says what the drawing package will change
        try:
            import shap
        except ImportError as error:
            raise MissingExtra(
                "SHAP needs shap.", "pip install 'nbmlops[explain]'; or name the target: --target COLUMN"
            ) from error
    return shap
