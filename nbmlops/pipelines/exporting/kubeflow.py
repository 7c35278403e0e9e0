"""A pipeline as Kubeflow takes it: a YAML file that its SDK compiles."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.pipelines.definition import Pipeline
    from nbmlops.pipelines.graph import Graph


def kubeflow_yaml(
    pipeline: Pipeline,
    graph: Graph,
    params: Mapping[str, Any],
    *,
    image: str,
    program: str,
    folder: str,
    claim: str | None = None,
) -> str:
    """Return a pipeline as the text of a Kubeflow Pipelines YAML.

    Each step is one component that runs it; what a step reads and writes stays in the pipeline's folder, on a volume
    that all of them mount.

    Parameters
    ----------
    pipeline : Pipeline
        The pipeline.
    graph : Graph
        Its steps, checked: Kubeflow's own check lets a dependency dangle.
    params : mapping
        Values of parameters; in Kubeflow they are the default of the pipeline's input ``params``, a JSON object.
    image : str
        The container image, with nbmlops in it.
    program : str
        How nbmlops is called there.
    folder : str
        Where the pipeline's folder is there.
    claim : str, optional
        The persistent volume claim that is mounted at the folder.

    Raises
    ------
    MissingExtra
        The SDK is not installed.
    """
    require("kfp", "kubeflow", "an export to Kubeflow")
    from kfp import compiler, dsl

    from nbmlops.pipelines.exporting.kubeflow_step import run_step

    component = dsl.component(base_image=image)(run_step)
    file = pipeline.file.name if pipeline.file is not None else "pipeline.yaml"

    def flow(params: str = json.dumps(dict(params), default=str), folder: str = folder) -> None:
        tasks: dict[str, Any] = {}
        for step in graph.steps:
            task = component(file=file, step=step.name, params=params, folder=folder, program=program)
            task.set_display_name(step.name)
            task.set_caching_options(False)  # the step's own cache knows what it read
            if step.retries:
                task.set_retry(step.retries, backoff_duration=f"{max(1, round(step.backoff))}s", backoff_factor=2.0)
            task.after(*(tasks[need] for need in graph.needs[step.name]))
            if claim is not None:
                require("kfp.kubernetes", "kubeflow", "a volume in an export to Kubeflow")
                from kfp import kubernetes

                kubernetes.mount_pvc(task, pvc_name=claim, mount_path=folder_there)
            tasks[step.name] = task

    folder_there = folder
    flow.__annotations__ = {"params": str, "folder": str}  # as types, not as their names: the SDK reads them
    made = dsl.pipeline(name=pipeline.name, description=f"{pipeline.name}, exported by nbmlops")(flow)
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "pipeline.yaml"
        compiler.Compiler().compile(made, str(target))
        return target.read_text(encoding="utf-8")
