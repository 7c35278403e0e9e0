"""``pipeline.yaml``: read with the line of each mistake, written so that people can read it."""

from __future__ import annotations

import functools
import json
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NotFound, nearest
from nbmlops.pipelines.definition import FILE, Pipeline, Step

if TYPE_CHECKING:
    import os

    import yaml

_LINKED = "The form of the file: nbmlops pipelines schema"
_TUPLES = ("inputs", "outputs", "after", "gates")
_PATTERNS = {
    "pipeline": "letters, digits, spaces, '_', '.' and '-' can stand in a name",
    "promote": "write model@alias",
}
_KINDS = {"array": "a list", "object": "a map", "integer": "a whole number", "number": "a number", "string": "text"}


@functools.cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``pipeline.yaml``."""
    text = resources.files("nbmlops.pipelines").joinpath("schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def read_pipeline(file: str | os.PathLike[str] = FILE) -> Pipeline:
    """Read a pipeline from its file.

    Parameters
    ----------
    file : path
        The file, or the folder that holds a ``pipeline.yaml``.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It is not a pipeline; the message names file, line and step.
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
    return parse_pipeline(text, path)


def parse_pipeline(text: str, path: Path) -> Pipeline:
    """Return the pipeline that a text describes; ``path`` is where it stands.

    Raises
    ------
    InvalidInput
        It is not a pipeline; the message names file, line and step.

    Examples
    --------
    >>> found = parse_pipeline("steps: {train: {notebook: train.ipynb, retries: 2}}", Path("p/pipeline.yaml"))
    >>> found.name, found.steps[0].name, found.steps[0].retries
    ('p', 'train', 2)
    """
    import yaml

    lines: dict[tuple[str | int, ...], int] = {}
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is not None:
            _note_lines(root, (), lines, set(), path)
        value: Any = loader.construct_document(root) if root is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark is not None else str(path)
        raise InvalidInput(f"{where}: {getattr(error, 'problem', None) or error}.", _LINKED) from error
    _check(value, lines, path)
    steps = tuple(_step(name, entry, lines.get(("steps", name), 0)) for name, entry in value["steps"].items())
    return Pipeline(
        name=value.get("pipeline") or path.absolute().parent.name,
        folder=path.absolute().parent,
        steps=steps,
        params=dict(value.get("params") or {}),
        file=path.absolute(),
    )


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
        lines += [f"  # {line}" for line in (comments or {}).get(step.name, ())]
        lines += [f"  {line}" for line in _dump({step.name: _entry(step)}).splitlines()]
    return "\n".join([*parts, "\n".join(lines) + "\n"])


def _entry(step: Step) -> dict[str, Any]:
    default = Step(step.name, step.notebook)
    entry: dict[str, Any] = {"notebook": step.notebook}
    for name in schema()["$defs"]["step"]["properties"]:
        value = getattr(step, name)
        if name != "notebook" and value != getattr(default, name):
            entry[name] = list(value) if isinstance(value, tuple) else value
    return entry


def _dump(value: Any) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]
        """Writes lists in one line and maps in several: as people write pipelines."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
            return True

    def flow_list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)

    Dumper.add_representer(list, flow_list)
    text: str = yaml.dump(
        value, Dumper=Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=110
    )
    return text


def _note_lines(
    node: yaml.Node, place: tuple[str | int, ...], lines: dict[Any, int], known: set[int], path: Path
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
                raise InvalidInput(f"{path}, line {key.start_mark.line + 1}: {key.value} stands there twice.", _LINKED)
            seen.add(key.value)
            lines[(*place, key.value)] = key.start_mark.line + 1
            _note_lines(value, (*place, key.value), lines, known, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*place, index), lines, known, path)


def _check(value: Any, lines: dict[Any, int], path: Path) -> None:
    import jsonschema

    if not isinstance(value, dict):
        raise InvalidInput(f"{path}, line 1: a pipeline is a map with the key steps.", _LINKED)
    errors = sorted(
        jsonschema.Draft202012Validator(schema()).iter_errors(value), key=lambda error: list(map(str, error.path))
    )
    if not errors:
        return
    error = errors[0]
    place = tuple(error.absolute_path)
    said = _said(error)
    if error.validator == "additionalProperties":
        extra = next(iter(_extras(error)), None)
        place = (*place, extra) if extra is not None else place
    line = next((lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in lines), 1)
    step = f", step {place[1]}" if len(place) > 1 and place[0] == "steps" else ""
    raise InvalidInput(f"{path}, line {line}{step}: {said}", _LINKED)


def _extras(error: Any) -> list[str]:
    known = error.schema.get("properties", {})
    if "patternProperties" in error.schema:
        patterns = list(error.schema["patternProperties"])
        return [name for name in error.instance if not any(re.search(one, str(name)) for one in patterns)]
    return [name for name in error.instance if name not in known]


def _said(error: Any) -> str:
    """Return what is wrong with a value, in one sentence that names the choices."""
    if error.validator == "additionalProperties":
        [first, *_] = _extras(error)
        known = list(error.schema.get("properties", {}))
        if not known:
            return f"{first!r} cannot be the name of a step: letters, digits, '_', '.' and '-' can."
        near = nearest(str(first), known)
        meant = f" Did you mean {near[0]}?" if near else ""
        return f"there is no {first!r}.{meant} Known are {', '.join(known)}."
    if error.validator == "required":
        return f"{', '.join(name for name in error.validator_value if name not in error.instance)} is missing."
    what = str(error.absolute_path[-1]) if error.absolute_path else "the file"
    wanted = error.validator_value
    sayings = {
        "type": f"{what} must be {_KINDS.get(str(wanted), f'a {wanted}')}, not {error.instance!r}.",
        "enum": f"{what} must be one of {_listed(wanted)}, not {error.instance!r}.",
        "minimum": f"{what} must be {wanted} or more.",
        "exclusiveMinimum": f"{what} must be more than {wanted}.",
        "pattern": f"{what} cannot be {error.instance!r}: {_PATTERNS.get(what, str(wanted))}.",
        "minItems": f"{what} is empty.",
        "minProperties": f"{what} is empty.",
        "minLength": f"{what} is empty.",
    }
    return sayings.get(error.validator, f"{what}: {error.message}.")


def _listed(choices: Any) -> str:
    return ", ".join(str(one).lower() for one in choices) if isinstance(choices, list) else str(choices)


def _step(name: str, entry: dict[str, Any], line: int) -> Step:
    given: dict[str, Any] = {key: tuple(value) if key in _TUPLES else value for key, value in entry.items()}
    return Step(name=name, line=line, **given)
