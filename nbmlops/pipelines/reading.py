"""``pipeline.yaml``: read with the line of each mistake, written so that people can read it."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.pipelines.definition import FILE, Pipeline, Step
from nbmlops.pipelines.faults import Faults
from nbmlops.pipelines.form import Mistake, mistakes_in, sound_part
from nbmlops.pipelines.graph import note_all, note_names
from nbmlops.pipelines.parameters import notebooks_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import yaml

    from nbmlops.pipelines.form import Place

_LINKED = "The form of the file: nbmlops pipelines schema"
_TUPLES = ("inputs", "outputs", "after", "gates")


@functools.cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``pipeline.yaml``."""
    text = resources.files("nbmlops.pipelines").joinpath("schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def read_pipeline(file: str | os.PathLike[str] = FILE, params: Mapping[str, Any] | None = None) -> Pipeline:
    """Read a pipeline from its file.

    Parameters
    ----------
    file : path
        The file, or the folder that holds a ``pipeline.yaml``.
    params : dict, optional
        What ``-p`` says, where the pipeline is to run: as in `parse_pipeline`.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It is not a pipeline; the message says all that is wrong, with file, line and step.
    """
    path = Path(file)
    if path.is_dir():
        path /= FILE
    if not path.is_file():
        raise NotFound(f"there is no file {path}.", "Make one from notebooks: nbmlops pipelines infer *.ipynb")
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidInput(f"{path} cannot be read as text: {error}.", _LINKED) from error
    return parse_pipeline(text, path, params)


def parse_pipeline(text: str, path: Path, params: Mapping[str, Any] | None = None) -> Pipeline:
    """Return the pipeline that a text describes.

    Parameters
    ----------
    text : str
        The text.
    path : Path
        Where it stands.
    params : dict, optional
        What ``-p`` says, where the pipeline is to run. With mistakes in the text, the error then also says what is
        wrong with notebooks, paths and order.

    Raises
    ------
    InvalidInput
        It is not a pipeline; the message says all that is wrong, with file, line and step.

    Examples
    --------
    >>> found = parse_pipeline("steps: {train: {notebook: train.ipynb, retries: 2}}", Path("p/pipeline.yaml"))
    >>> found.name, found.steps[0].name, found.steps[0].retries
    ('p', 'train', 2)
    """
    import yaml

    lines: dict[Place, int] = {}
    twice: list[Mistake] = []
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is not None:
            _note_lines(root, (), lines, twice, set(), path)
        value: Any = loader.construct_document(root) if root is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark is not None else str(path)
        raise InvalidInput(f"{where}: {getattr(error, 'problem', None) or error}.", _LINKED) from error
    if not isinstance(value, dict):
        raise InvalidInput(f"{path}, line 1: a pipeline is a map with the key steps.", _LINKED)
    mistakes = [*twice, *mistakes_in(value, schema())]
    if mistakes:
        _raise_all(value, mistakes, lines, path, params)
    return _pipeline(value, lines, path)


def write_pipeline(pipeline: Pipeline, *, comments: dict[str, list[str]] | None = None) -> str:
    """Return a pipeline as the text of its file.

    Parameters
    ----------
    pipeline : Pipeline
        What is written.
    comments : dict, optional
        Lines to stand above a step, such as where an edge comes from.

    Examples
    --------
    >>> print(write_pipeline(Pipeline("p", Path(), (Step("a", "a.ipynb", outputs=("x.csv",)),))), end="")
    pipeline: p
    <BLANKLINE>
    steps:
      a:
        notebook: a.ipynb
        outputs: [x.csv]
    """
    parts = [_dump({"pipeline": pipeline.name})]
    if pipeline.params:
        parts.append(_dump({"params": pipeline.params}))
    lines = ["steps:"]
    for step in pipeline.steps:
        lines += [f"  {line}" for line in step_lines(step, (comments or {}).get(step.name, ()))]
    return "\n".join([*parts, "\n".join(lines) + "\n"])


def step_lines(step: Step, comments: Iterable[str] = ()) -> list[str]:
    """Return the lines of one step, those above it first.

    Examples
    --------
    >>> step_lines(Step("a", "a.ipynb", outputs=("x.csv",)), ["why"])
    ['# why', 'a:', '  notebook: a.ipynb', '  outputs: [x.csv]']
    """
    return [*(f"# {line}".rstrip() for line in comments), *_dump({step.name: _entry(step)}).splitlines()]


def flow_list(values: Iterable[str]) -> str:
    """Return a list in one line of YAML.

    Examples
    --------
    >>> flow_list(["a.csv", "{month}.csv"])
    "[a.csv, '{month}.csv']"
    """
    return _dump(list(values), width=10**9).rstrip("\n")


def _entry(step: Step) -> dict[str, Any]:
    default = Step(step.name, step.notebook)
    entry: dict[str, Any] = {"notebook": step.notebook}
    for name in schema()["$defs"]["step"]["properties"]:
        value = getattr(step, name)
        if name != "notebook" and value != getattr(default, name):
            entry[name] = list(value) if isinstance(value, tuple) else value
    return entry


def _dump(value: Any, width: int = 110) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]
        """Writes lists in one line and maps in several: as people write pipelines."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
            return True

    def in_one_line(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)

    Dumper.add_representer(list, in_one_line)
    text: str = yaml.dump(
        value, Dumper=Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=width
    )
    return text


def _note_lines(
    node: yaml.Node,
    place: Place,
    lines: dict[Place, int],
    twice: list[Mistake],
    known: set[int],
    path: Path,
) -> None:
    import yaml

    lines.setdefault(place, node.start_mark.line + 1)
    if id(node) in known:
        return  # an alias: what it stands for is noted, and may hold itself
    known.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidInput(
                    f"{path}, line {key.start_mark.line + 1}: a name is text, not a list or map.", _LINKED
                )
            if key.value in seen:
                twice.append(Mistake(place, f"{key.value} stands there twice.", key.start_mark.line + 1))
            seen.add(key.value)
            lines[(*place, key.value)] = key.start_mark.line + 1
            _note_lines(value, (*place, key.value), lines, twice, known, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*place, index), lines, twice, known, path)


def _raise_all(
    value: dict[str, Any],
    mistakes: list[Mistake],
    lines: Mapping[Place, int],
    path: Path,
    params: Mapping[str, Any] | None,
) -> NoReturn:
    """Raise the mistakes of form together with what is wrong in the rest of the file, as far as that can be told."""
    sound = sound_part(value, schema())
    pipeline = _pipeline(sound.value, lines, path)
    faults = Faults(pipeline)
    for one in sorted(mistakes, key=lambda one: one.line(lines)):
        faults.add_at(one.line(lines), one.step, one.said, _LINKED)
    if params is not None and sound.is_whole:
        note_all(pipeline, params, faults)
    elif params is not None:
        notebooks_of(replace(pipeline, steps=tuple(step for step in pipeline.steps if step.notebook)), faults)
    if (params is None or not sound.is_whole) and all("sweep" not in one.place[2:3] for one in mistakes):
        note_names(pipeline, params or {}, faults)  # with a sweep that cannot be read, its steps have no names
    faults.raise_if_any()
    raise AssertionError(mistakes)


def _pipeline(value: dict[str, Any], lines: Mapping[Place, int], path: Path) -> Pipeline:
    return Pipeline(
        name=value.get("pipeline") or path.absolute().parent.name,
        folder=path.absolute().parent,
        steps=tuple(_step(name, entry, lines.get(("steps", name), 0)) for name, entry in value["steps"].items()),
        params=dict(value.get("params") or {}),
        file=path.absolute(),
    )


def _step(name: str, entry: dict[str, Any], line: int) -> Step:
    given: dict[str, Any] = {key: tuple(value) if key in _TUPLES else value for key, value in entry.items()}
    return Step(name=name, line=line, **given)
