"""Writes the registry that a release leaves behind: ``python tests/upgrade/make.py 0.1.0``, once for each release."""

import os
import sys
import tempfile
from pathlib import Path

from nbmlops.workspaces import Workspace


def main(release: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["USER"] = os.environ["LOGNAME"] = "ann"
        with Workspace.open(folder, create=True) as workspace:
            with workspace.track(
                "rf", params={"depth": 3, "boot": True, "none": None}, tags={"stage": "dev"}, note="first"
            ) as run:
                run.log(auc=0.8)
                run.log_series("loss", [0.5, float("nan"), 0.25])
                run.log_artifact(b"kept", "file.txt")
            with workspace.track("rf") as run:
                run.log(auc=0.9)
            workspace.runs.archive("rf")
            # nothing of the machine that made it
            workspace.database.write("UPDATE runs SET host = 'host', user = 'ann', boot_id = 'boot', notebook = NULL")
            workspace.database.write('UPDATE environments SET facts = \'{"python": "3.11.0", "packages": {}}\'')
            workspace.database.write("UPDATE captures SET facts = json_remove(facts, '$.git')")
            workspace.database.write("VACUUM")
            workspace.database.backup_to(Path(__file__).parent / f"{release}.db")


if __name__ == "__main__":
    main(sys.argv[1])
