"""Made-up runs, as alike real ones as a benchmark needs: 10 params, 5 metrics and 2 tags each."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass, field

MODELS = ("rf", "gb", "logistic", "svm", "xgb", "knn")
STAGES = ("draft", "draft", "draft", "review", "production")
TEAMS = ("growth", "risk", "search", "ads")
WORDS = ("baseline", "wide", "deep", "tuned", "retrained", "without-outliers", "weekly", "ablation")


@dataclass
class MadeRuns:
    """Rows by what they are; a run is ``(id, base, ordinal, experiment, status, started_at, duration)``."""

    runs: list[tuple] = field(default_factory=list)
    params: list[tuple] = field(default_factory=list)
    metrics: list[tuple] = field(default_factory=list)
    tags: list[tuple] = field(default_factory=list)


def make_runs(count: int) -> MadeRuns:
    """Return the same runs for the same count, every time."""
    draw = random.Random(7)
    made = MadeRuns()
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    ordinals: dict[str, int] = {}
    for number in range(count):
        began = start + datetime.timedelta(minutes=5 * number)
        run = f"{int(began.timestamp() * 1000):012x}7{number % 4096:03x}8{draw.getrandbits(60):015x}"
        model = draw.choice(MODELS)
        base = f"{model}-{draw.choice(WORDS)}"
        ordinals[base] = ordinals.get(base, 0) + 1
        status = "finished" if draw.random() < 0.93 else draw.choice(("failed", "interrupted"))
        made.runs.append(
            (run, base, ordinals[base], f"experiment-{draw.randrange(20)}", status, began.isoformat(), draw.random())
        )
        quality = min(0.999, max(0.4, draw.gauss(0.78, 0.07)))
        made.params += [
            (run, "model", model),
            (run, "max_depth", draw.randrange(2, 20)),
            (run, "n_estimators", draw.choice((100, 200, 500, 1000))),
            (run, "learning_rate", round(10 ** draw.uniform(-4, 0), 5)),
            (run, "subsample", round(draw.uniform(0.5, 1), 2)),
            (run, "min_samples_leaf", draw.randrange(1, 50)),
            (run, "criterion", draw.choice(("gini", "entropy", "log_loss"))),
            (run, "seed", draw.randrange(10_000)),
            (run, "features", draw.choice(("all", "top-20", "top-50"))),
            (run, "source", f"s3://bucket/data/2025/{number % 365}.parquet"),
        ]
        made.metrics += [
            (run, "auc", quality),
            (run, "f1", quality * draw.uniform(0.8, 1)),
            (run, "accuracy", quality * draw.uniform(0.9, 1)),
            (run, "loss", draw.expovariate(2)),
            (run, "fit_seconds", draw.expovariate(0.1)),
        ]
        made.tags += [(run, "stage", draw.choice(STAGES)), (run, "team", draw.choice(TEAMS))]
    return made
