"""A diamond of six trivial notebooks: cold, with kernels ready, and unchanged, beside papermill, Ploomber and DVC.

Run it: ``python tests/benchmarks/bench_pipelines.py [--small]``. What warming the kernels takes is a row of its own.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from results import NOT_INSTALLED, at_most, run_alone, told

from nbmlops.pipelines.guardian import Guardian
from nbmlops.pipelines.kernels import KernelKind, KernelPool
from nbmlops.workspaces import Workspace

WARM, COLD, UNCHANGED = 3.0, 8.0, 0.5
STEPS = {"a": "", "b": "a", "c": "a", "d": "bc", "e": "d", "f": "d"}


def write(folder: Path) -> None:
    lines = ["pipeline: diamond", "steps:"]
    for name, needs in STEPS.items():
        reads = " + ".join(f"open('{one}.txt').read()" for one in needs) or "''"
        cells = [nbformat.v4.new_code_cell(f"text = {reads} + '{name}'")]
        cells.append(nbformat.v4.new_code_cell(f"_ = open('{name}.txt', 'w').write(text)"))
        metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / f"{name}.ipynb")
        inputs = ", ".join(f"{one}.txt" for one in needs)
        lines.append(f"  {name}: {{notebook: {name}.ipynb, inputs: [{inputs}], outputs: [{name}.txt]}}")
    (folder / "pipeline.yaml").write_text("\n".join(lines) + "\n")


def papermill(folder: Path) -> float:
    """Return the seconds that papermill's own API takes, one notebook after the other."""
    import papermill as pm

    began = time.perf_counter()
    with contextlib.chdir(folder):
        for name in STEPS:
            pm.execute_notebook(f"{name}.ipynb", f"out-{name}.ipynb", progress_bar=False)
    return time.perf_counter() - began


def dvc(folder: Path) -> tuple[float | str, float | str]:
    """Return the seconds that DVC takes with papermill in its stages: all of it, and unchanged."""
    program = shutil.which("dvc")
    if program is None:
        return NOT_INSTALLED, NOT_INSTALLED
    stages = ["stages:"]
    for name, needs in STEPS.items():
        stages += [
            f"  {name}:",
            f"    cmd: {sys.executable} -m papermill {name}.ipynb o-{name}.ipynb --no-progress-bar",
        ]
        stages += ["    deps:", f"    - {name}.ipynb", *(f"    - {one}.txt" for one in needs)]
        stages += ["    outs:", f"    - {name}.txt"]
    (folder / "dvc.yaml").write_text("\n".join(stages) + "\n")
    subprocess.run([program, "init", "--no-scm", "-q"], cwd=folder, check=True)
    took = []
    for _ in range(2):
        began = time.perf_counter()
        subprocess.run([program, "repro", "-q"], cwd=folder, check=True)
        took.append(time.perf_counter() - began)
    return took[0], took[1]


def ploomber(folder: Path) -> tuple[float | str, float | str]:
    """Return the seconds that Ploomber takes: all of it, and unchanged."""
    program = shutil.which("ploomber")
    if program is None:
        return NOT_INSTALLED, NOT_INSTALLED
    lines = ["meta: {extract_upstream: false, extract_product: false}", "tasks:"]
    for name, needs in STEPS.items():
        lines.append(f"- source: {name}.ipynb")
        lines.append(f"  name: {name}")
        lines.append(f"  product: {{nb: p-{name}.ipynb, data: {name}.txt}}")
        lines.append(f"  upstream: [{', '.join(needs)}]")
    (folder / "pipeline.yaml").write_text("\n".join(lines) + "\n")
    took = []
    for _ in range(2):
        began = time.perf_counter()
        subprocess.run([program, "build"], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return took[0], took[1]


def main(small: bool) -> list[dict]:
    peers: dict[str, tuple[float | str, float | str]] = {}
    with tempfile.TemporaryDirectory(prefix="nbmlops-bench-") as text:
        root = Path(text)
        folders = {}
        for name in ("ours", "papermill", "dvc", "ploomber"):
            folders[name] = root / name
            folders[name].mkdir()
            write(folders[name])
        with Workspace.open(folders["ours"], create=True) as workspace:
            file = folders["ours"] / "pipeline.yaml"
            cold = seconds(lambda: workspace.pipelines.run(file))
            unchanged = seconds(lambda: workspace.pipelines.run(file))
            with Guardian() as guardian, contextlib.closing(KernelPool(len(STEPS), guardian)) as pool:
                kind = KernelKind("python3", str(folders["ours"]))
                warming = pool.warm([kind] * len(STEPS))
                warm = seconds(lambda: workspace.pipelines.run(file, force=True, pool=pool))
        serial = papermill(folders["papermill"])
        if not small:
            peers = {"DVC": dvc(folders["dvc"]), "Ploomber": ploomber(folders["ploomber"])}
    rows = [
        at_most("six notebooks, kernels cold (peer: papermill, one by one)", cold, COLD, "s", serial),
        at_most("six notebooks, kernels warm (peer: papermill, one by one)", warm, WARM, "s", serial),
        at_most("six notebooks, unchanged (peer: papermill, one by one)", unchanged, UNCHANGED, "s", serial),
        told("warming six kernels", warming, "s"),
    ]
    for name, (whole, again) in peers.items():
        rows += [told(f"six notebooks cold, peer {name}", cold, "s", whole)]
        rows += [told(f"six notebooks unchanged, peer {name}", unchanged, "s", again)]
    return rows


def seconds(function) -> float:
    began = time.perf_counter()
    done = function()
    took = time.perf_counter() - began
    assert done.status == "finished", done.error
    return took


if __name__ == "__main__":
    run_alone(main)
