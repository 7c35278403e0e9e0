"""Which way a metric is better, so that *best* has one meaning in every door.

Known names follow scikit-learn's scorers and common use; what the user says (``--lower m``) is kept in the registry and
wins. Anything else counts as higher-is-better, with a warning.
"""

from __future__ import annotations

import itertools
import re
from typing import Literal

Direction = Literal["higher", "lower"]

LOWER = frozenset(
    (
        "loss logloss mse rmse mae mape smape wape msle rmsle mdae medae medape error err brier perplexity ppl "
        "deviance hinge hamming zero_one pinball wer cer fid nll ece bic aic inertia eer fpr fnr rmsse mase crps "
        "bias davies max_error mean_squared_error mean_absolute_error log_loss"
    ).split()
)
HIGHER = frozenset(
    (
        "auc roc_auc auroc auprc pr_auc acc accuracy f1 fbeta f2 precision recall sensitivity specificity tpr tnr "
        "r2 ap map ndcg dcg mrr jaccard iou dice kappa mcc matthews bleu rouge meteor gini ks lift score balanced "
        "explained d2 completeness homogeneity silhouette calinski rand mutual v_measure fowlkes top_k hit hits "
        "ari ami nmi average_precision balanced_accuracy explained_variance"
    ).split()
)


def known_direction(name: str) -> Direction | None:
    """Return the direction that a metric's name says, or None when it says nothing.

    Examples
    --------
    >>> known_direction("val_log_loss"), known_direction("test_auc"), known_direction("profit")
    ('lower', 'higher', None)
    """
    words = [word for word in re.split(r"[^a-z0-9]+", _snake(name)) if word]
    if "neg" in words:  # scikit-learn's negated scorers: higher is better again
        return "higher"
    pairs = ["_".join(pair) for pair in itertools.pairwise(words)]
    triples = ["_".join(three) for three in zip(words, words[1:], words[2:], strict=False)]
    for candidates in (triples, pairs, words):
        for word in reversed(candidates):
            stem = re.sub(r"(?<=[a-z])\d+$", "", word) if word not in HIGHER else word
            if word in LOWER or stem in LOWER:
                return "lower"
            if word in HIGHER or stem in HIGHER:
                return "higher"
    return None


def is_metric_name(name: str) -> bool:
    """Tell whether a variable's name says that it holds a metric.

    Examples
    --------
    >>> is_metric_name("val_auc"), is_metric_name("n_rows"), is_metric_name("f1_threshold")
    (True, False, False)
    """
    words = set(re.split(r"[^a-z0-9]+", _snake(name)))
    if words & {
        "threshold",
        "n",
        "num",
        "count",
        "time",
        "seconds",
        "idx",
        "index",
        "target",
        "fn",
        "func",
        "name",
    }:
        return False
    return known_direction(name) is not None and not words <= {
        "bias",
        "score",
        "map",
        "ks",
        "hit",
        "hits",
        "rand",
        "d2",
    } - {"score"}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
