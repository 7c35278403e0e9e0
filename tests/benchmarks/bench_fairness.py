"""Group metrics of a million rows, two columns of groups and five metrics, beside numpy by hand and fairlearn.

Run it: ``python tests/benchmarks/bench_fairness.py [--small]``. By hand is one bincount of ready codes, and the rates
without intervals; fairlearn is measured on a tenth where it is installed, since it takes seconds.
"""

import importlib.util

import numpy as np
import pandas as pd
from results import NOT_INSTALLED, at_most, holds, run_alone, seconds, side_by_side, told

from nbmlops.measures.fairness import fairness_of

ROWS, LIMIT = 1_000_000, 300
METRICS = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy", "precision")
GAPS = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "equal_opportunity_difference",
)


def main(small: bool) -> list[dict]:
    rng = np.random.default_rng(0)
    groups = pd.DataFrame(
        {"carrier": rng.choice([f"c{at}" for at in range(15)], ROWS), "origin": rng.choice(["EWR", "JFK", "LGA"], ROWS)}
    )
    truth = rng.integers(0, 2, ROWS)
    said = (truth + rng.normal(0, 0.6, ROWS) > 0.5).astype(int)
    codes = [pd.factorize(groups[name])[0] for name in groups]

    def ours():
        return fairness_of(truth, said, groups, metrics=METRICS)

    def by_hand():
        joint = ((codes[0] * 3 + codes[1]) * 2 + truth) * 2 + said
        counts = np.bincount(joint, minlength=15 * 3 * 4).reshape(15, 3, 2, 2)
        return [rates(part.reshape(-1, 2, 2)) for part in (counts.sum(1), counts.sum(0), counts)]

    times = side_by_side([ours, by_hand], 3 if small else 7)
    found, hand = ours(), by_hand()
    selection = [one.metrics["selection_rate"].value for one in found.by("origin").groups]
    places = pd.unique(groups["origin"])
    wrong = [
        name for name, value in zip(sorted(places), selection, strict=True) if not_alike(hand, places, name, value)
    ]
    rows = [
        at_most(f"{ROWS:,} rows × 2 columns × 5 metrics, with intervals and gaps", times[0] * 1e3, LIMIT),
        told("beside one bincount of ready codes by hand", times[0] * 1e3, peer=times[1] * 1e3),
        holds("groups whose selection rate is not what numpy gives", wrong),
    ]
    return rows + beside_fairlearn(truth[: ROWS // 10], said[: ROWS // 10], groups.head(ROWS // 10))


def rates(counts: np.ndarray) -> dict[str, np.ndarray]:
    (right_no, wrong_yes), (wrong_no, right_yes) = counts.transpose(1, 2, 0)
    rows = counts.sum((1, 2))
    return {
        "selection_rate": (wrong_yes + right_yes) / rows,
        "true_positive_rate": right_yes / (right_yes + wrong_no),
        "false_positive_rate": wrong_yes / (wrong_yes + right_no),
        "accuracy": (right_no + right_yes) / rows,
        "precision": right_yes / (right_yes + wrong_yes),
    }


def not_alike(hand: list[dict], places: np.ndarray, name: str, value: float) -> bool:
    return abs(hand[1]["selection_rate"][list(places).index(name)] - value) > 1e-12


def beside_fairlearn(truth: np.ndarray, said: np.ndarray, groups: pd.DataFrame) -> list[dict]:
    ours = seconds(lambda: fairness_of(truth, said, groups, metrics=METRICS)) * 1e3
    name = f"{len(truth):,} rows, beside fairlearn's MetricFrame of both columns together"
    if importlib.util.find_spec("fairlearn") is None:
        return [told(name, ours, peer=NOT_INSTALLED)]
    from fairlearn import metrics as peer
    from sklearn.metrics import accuracy_score, precision_score

    rated = {name: getattr(peer, name) for name in METRICS[:3]} | {
        "accuracy": accuracy_score,
        "precision": precision_score,
    }
    taken = seconds(
        lambda: peer.MetricFrame(metrics=rated, y_true=truth, y_pred=said, sensitive_features=groups).by_group
    )
    found = fairness_of(truth, said, groups, metrics=METRICS).by("carrier", "origin")
    wrong = [
        gap
        for gap in GAPS
        if abs(found.gap(gap).value - getattr(peer, gap)(truth, said, sensitive_features=groups)) > 1e-12
    ]
    return [told(name, ours, peer=taken * 1e3), holds("gaps that are not fairlearn's", wrong)]


if __name__ == "__main__":
    run_alone(main)
