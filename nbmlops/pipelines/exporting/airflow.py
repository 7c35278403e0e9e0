"""A pipeline as an Airflow DAG: a Python file that needs nothing but Airflow to be read."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.definition import free_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbmlops.pipelines.definition import Pipeline, Step
    from nbmlops.pipelines.graph import Graph

_HEAD = '''"""{title}, exported by nbmlops: do not edit, export it again.

Each task runs one step of {file}: cached where nothing has changed, with its gates, conditions and promotion.
The workers of Airflow need nbmlops and the folder of the pipeline.
"""

from datetime import timedelta

from airflow import DAG
from airflow.providers.standard.operators.bash import BashOperator

FOLDER = {folder!r}
PARAMS = {params!r}

with DAG(dag_id={dag!r}, schedule={schedule!r}, catchup=False, params=PARAMS, tags=["nbmlops"]) as dag:
    tasks = {{}}
'''
_TASK = """    tasks[{name!r}] = BashOperator(
        task_id={task!r},
        bash_command={command!r},
        cwd=FOLDER,
        retries={retries!r},
        retry_delay=timedelta(seconds={backoff!r}),
        retry_exponential_backoff={exponential!r},
        execution_timeout={timeout},
    )
"""


def airflow_dag(
    pipeline: Pipeline, graph: Graph, params: Mapping[str, Any], *, schedule: str | None, program: str, folder: Path
) -> str:
    """Return the text of a DAG file.

    Parameters
    ----------
    pipeline : Pipeline
        The pipeline.
    graph : Graph
        Its steps, checked.
    params : mapping
        Values of parameters; in Airflow they are the DAG's ``params``, and may be others for each run.
    schedule : str or None
        A cron expression; None to start it by hand.
    program : str
        How nbmlops is called on the workers.
    folder : Path
        Where the pipeline's folder is there.
    """
    file = pipeline.file.name if pipeline.file is not None else "pipeline.yaml"
    text = _HEAD.format(
        title=_plain(pipeline.name),
        file=_plain(file),
        folder=str(folder),
        params=dict(params),
        dag=_identifier(pipeline.name),
        schedule=schedule,
    )
    tasks = _task_names(graph)
    for step in graph.steps:
        text += _TASK.format(
            name=step.name,
            task=tasks[step.name],
            command=_command(step, file, params, program),
            retries=step.retries,
            backoff=step.backoff,
            exponential=step.retries > 1,
            timeout=f"timedelta(seconds={step.timeout!r})" if step.timeout else "None",
        )
    for step in graph.steps:
        for need in graph.needs[step.name]:
            text += f"    tasks[{need!r}] >> tasks[{step.name!r}]\n"
    return text


def _command(step: Step, file: str, params: Mapping[str, Any], program: str) -> str:
    """Return the shell line of a step; parameters are read when it runs, and pass through a variable as JSON."""
    words = [program, "pipelines", "run", shlex.quote(file), "--only", shlex.quote(step.name), "--cause", "airflow"]
    # Jinja puts the value in, the shell takes it as one word: JSON in single quotes, whose own are written \u0027
    given = [f"-p {shlex.quote(name)}='{{{{ params[{name!r}] | tojson }}}}'" for name in params]
    return " ".join(["{% raw %}", *words, "{% endraw %}", *given]).replace("{% raw %} ", "{% raw %}")


def _task_names(graph: Graph) -> dict[str, str]:
    """Return a name that Airflow takes for each step, no two alike."""
    found: dict[str, str] = {}
    for step in graph.steps:
        found[step.name] = free_name(_identifier(step.name), found.values())
    return found


def _identifier(name: str) -> str:
    return (
        "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_.-") else "_" for sign in name).strip("_")
        or "x"
    )


def _plain(text: str) -> str:
    return text.replace("\\", " ").replace('"', "'")
