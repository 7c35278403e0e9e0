"""An alert trains a model again; it becomes the champion only where the gate lets it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

CELLS = (
    "import nbmlops, numpy as np, pandas as pd\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "rng = np.random.default_rng(0)\n"
    "X = pd.DataFrame(rng.normal(size=(800, 2)), columns=['a', 'b'])\n"
    "y = ((X.a + X.b + rng.normal(size=800)) > 0).astype(int)",
    "nbmlops.check_data(X, 'rows')",
    "model = LogisticRegression().fit(X[columns][:400], y[:400])\n"
    "found = nbmlops.challenge('delay@champion', model, X[400:], y[400:])\n"
    "nbmlops.register(model, 'delay')",
)


def test_an_alert_trains_and_the_gate_decides(project) -> None:
    import numpy as np
    import pandas as pd

    workspace = project.workspace
    project.notebook("train", *CELLS, parameters="columns = ['a']")
    project.pipeline(
        "  train:\n    notebook: train.ipynb\n    cache: false\n"
        "    gates: ['challenge.low > -0.005', 'check_data.severe == 0']\n    promote: delay@champion\n"
    )
    workspace.datasets.save(pd.DataFrame(np.random.default_rng(1).normal(size=(800, 2)), columns=["a", "b"]), "rows")
    workspace.pipelines.schedule(name="retrain", on_alert="delay")

    def after_alert(columns: list[str]) -> str:
        workspace.events.emit("alert", "delay", {"columns": columns, "psi": 0.3})
        workspace.scheduler.run(once=True)
        [firing, *_] = workspace.scheduler.log()
        return firing.status

    assert after_alert(["a"]) == "finished"  # the first one has nobody to beat
    assert workspace.models.get("delay@champion").version == 1
    assert after_alert(["a", "b"]) == "finished"
    assert workspace.models.get("delay@champion").version == 2
    assert after_alert(["b"]) == "failed"
    assert workspace.models.get("delay@champion").version == 2
    [last, *_] = workspace.pipelines.list()
    assert "challenge.low > -0.005" in last.error
    workspace.datasets.save(pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3.0]}), "rows")
    assert after_alert(["a", "b"]) == "failed"  # the data lack a column: nothing is trained
    [last, *_] = workspace.pipelines.list()
    assert "c is missing" in last.error
    assert len(workspace.models.show("delay")) == 3
