"""Routes of monitors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nbmlops import workspace


async def test_monitors_are_shown_run_muted_and_their_alerts_seen(served, tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"x": random.normal(size=500)})
    (frame + 2).to_csv(served.folder / "now.csv", index=False)
    with workspace() as ws:
        ws.datasets.save(frame, "flights")
        ws.monitors.create("flights@1", name="delay", source="now.csv")
    found = await served.get("monitors")
    assert [(one["name"], one["last"]) for one in found["monitors"]] == [("delay", None)]
    check = await served.post("monitors/delay/run")
    assert (check["outcome"], check["columns"]) == ("severe", ["x"])
    whole = await served.get(f"monitors/checks/{check['id']}")
    assert whole["drift"]["columns"][0]["column"] == "x"
    [alert] = (await served.get("monitors"))["alerts"]
    seen = await served.post(f"monitors/alerts/{alert['id']}/acknowledge", {"note": "known"})
    assert (seen["state"], seen["note"]) == ("acknowledged", "known")
    assert (await served.post("monitors/delay/mute", {"span": "2d"}))["muted_until"]
    assert (await served.post("monitors/delay/mute", {}))["muted_until"] is None
    one = await served.get("monitors/delay")
    assert [len(one["checks"]), len(one["alerts"])] == [1, 1]
