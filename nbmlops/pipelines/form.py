"""The form of ``pipeline.yaml``: all mistakes in it, and what can be read of the file in spite of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.errors import nearest, perhaps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Place = tuple[str | int, ...]
"""Where something stands in the file: the keys that lead to it."""

_PATTERNS = {
    "pipeline": "letters, digits, spaces, '_', '.' and '-' can stand in a name",
    "promote": "write model@alias",
}
_KINDS = {"array": "a list", "object": "a map", "integer": "a whole number", "number": "a number", "string": "text"}
_APART = frozenset({"retries", "backoff", "timeout", "kernel", "cache", "gates", "promote"})
"""What a step says that has no part in the graph: with a mistake there, the graph is what it would be without."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with the form of a file, and where; ``at`` is its line where the place alone is not."""

    place: Place
    said: str
    at: int = 0

    @property
    def step(self) -> str:
        """The step that it is in; empty where it is in none."""
        return str(self.place[1]) if len(self.place) > 1 and self.place[0] == "steps" else ""

    def line(self, lines: Mapping[Place, int]) -> int:
        """Return the line: that of the place, or of what holds it."""
        if self.at:
            return self.at
        return next((lines[self.place[:end]] for end in range(len(self.place), -1, -1) if self.place[:end] in lines), 1)


def mistakes_in(value: dict[str, Any], rules: Mapping[str, Any]) -> list[Mistake]:
    """Return all mistakes in the form of a pipeline.

    Parameters
    ----------
    value : dict
        What stands in the file; names of steps that are numbers become text.
    rules : mapping
        The JSON Schema.

    Examples
    --------
    >>> rules = {"properties": {"steps": {}}, "additionalProperties": False, "required": ["steps"]}
    >>> [one.said for one in mistakes_in({"stesp": {}}, rules)]
    ["there is no 'stesp'. Did you mean steps? Known are steps."]
    """
    found = _named_in_text(value)
    for error in _errors(value, rules):
        place = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            found += [Mistake((*place, extra), _of_extra(extra, error)) for extra in _extras(error)]
        elif error.validator == "required":
            meant = {near for extra in _strange(error) for near in _near(extra, error)}
            missing = [name for name in error.validator_value if name not in error.instance and name not in meant]
            found += [Mistake(place, f"{', '.join(missing)} is missing.")] if missing else []
        else:
            found.append(Mistake(place, _said(error)))
    return found


@dataclass(frozen=True)
class Sound:
    """What is left of a file without its mistakes.

    Attributes
    ----------
    value : dict
        The rest. A step whose notebook is not known has an empty one.
    is_whole : bool
        Whether all is there of which the graph is made.
    """

    value: dict[str, Any] = field(default_factory=dict)
    is_whole: bool = True


def sound_part(value: Mapping[str, Any], rules: Mapping[str, Any]) -> Sound:
    """Return what is left of a file without its mistakes; a name that is near a known one is read as that.

    Parameters
    ----------
    value, rules
        As in `mistakes_in`.

    Examples
    --------
    >>> step = {"properties": {"notebook": {}, "retries": {"type": "integer"}}, "additionalProperties": False}
    >>> rules = {"properties": {"steps": {"additionalProperties": step}}}
    >>> sound_part({"steps": {"a": {"notebok": "a.ipynb", "retries": "lots"}}}, rules)
    Sound(value={'steps': {'a': {'notebook': 'a.ipynb'}}}, is_whole=True)
    """
    steps = value.get("steps")
    if not isinstance(steps, dict):
        return Sound({"steps": {}}, is_whole=False)
    steps = {name: dict(step) if isinstance(step, dict) else {} for name, step in steps.items()}
    part = {**value, "steps": steps}
    guessed: set[Place] = set()
    for error in _errors(part, rules):
        place = tuple(error.absolute_path)
        if error.validator == "additionalProperties" and len(place) == 2:
            guessed |= {(*place, name) for name in _rename(steps[place[1]], error)}
    is_whole = steps.keys() == value["steps"].keys() and all(isinstance(one, dict) for one in value["steps"].values())
    for error in _errors(part, rules):
        place = tuple(error.absolute_path)
        wrong = [(*place, extra) for extra in _extras(error)] if error.validator == "additionalProperties" else [place]
        for one in wrong:
            # where a guess does not fit, nobody knows what was meant
            is_whole &= one == ("pipeline",) or (len(one) > 2 and one[2] in _APART and one[:3] not in guessed)
            _drop(part, one)
    for step in steps.values():
        step.setdefault("notebook", "")
    return Sound(part, is_whole)


def _errors(value: Any, rules: Mapping[str, Any]) -> Sequence[Any]:
    import jsonschema

    found = jsonschema.Draft202012Validator(rules).iter_errors(value)
    return sorted(found, key=lambda error: list(map(str, error.path)))


def _named_in_text(value: dict[str, Any]) -> list[Mistake]:
    """Make names of steps text, and return those that were none: the YAML of a name may be a number or a date."""
    steps = value.get("steps")
    if not isinstance(steps, dict):
        return []
    strange = [name for name in steps if not isinstance(name, str)]
    if strange:
        value["steps"] = {str(name): step for name, step in steps.items()}
    return [
        Mistake(("steps", str(name)), f"the name of a step is text, not {name!r}: write '{name}'.") for name in strange
    ]


def _rename(step: dict[str, Any], error: Any) -> list[str]:
    """Give what a step says under an unknown name the known one that is near; return those."""
    found = []
    for extra in _extras(error):
        near = next((one for one in _near(extra, error) if one not in step), None)
        if near is not None:
            step[near] = step.pop(extra)
            found.append(near)
    return found


def _drop(part: dict[str, Any], place: Place) -> None:
    """Take away what is wrong: a member of a step, or of the whole; a step keeps its name, which others may name."""
    if len(place) > 2 and place[0] == "steps":
        part["steps"][place[1]].pop(place[2], None)
    elif place and place[0] != "steps":
        part.pop(str(place[0]), None)


def _strange(error: Any) -> list[str]:
    return [name for name in error.instance if name not in error.schema.get("properties", {})]


def _near(extra: Any, error: Any) -> list[str]:
    return nearest(str(extra), error.schema.get("properties", {}))[:1]


def _extras(error: Any) -> list[str]:
    if "patternProperties" in error.schema:
        patterns = list(error.schema["patternProperties"])
        return [name for name in error.instance if not any(re.search(one, str(name)) for one in patterns)]
    return _strange(error)


def _of_extra(extra: str, error: Any) -> str:
    known = list(error.schema.get("properties", {}))
    if not known:
        return f"{extra!r} cannot be the name of a step: letters, digits, '_', '.' and '-' can."
    return f"there is no {extra!r}.{perhaps(str(extra), known)} Known are {', '.join(known)}."


def _said(error: Any) -> str:
    """Return what is wrong with a value, in one sentence that names the choices."""
    path = list(error.absolute_path) or ["the file"]
    what = f"entry {path[-1] + 1} of {path[-2]}" if isinstance(path[-1], int) else str(path[-1])
    wanted = error.validator_value
    sayings = {
        "type": f"{what} must be {_KINDS.get(str(wanted), f'a {wanted}')}, not {error.instance!r}.",
        "enum": f"{what} must be one of {_listed(wanted)}, not {error.instance!r}.",
        "minimum": f"{what} must be {wanted} or more.",
        "maximum": f"{what} must be {wanted} or less.",
        "exclusiveMinimum": f"{what} must be more than {wanted}.",
        "pattern": f"{what} cannot be {error.instance!r}: {_PATTERNS.get(what, str(wanted))}.",
        "minItems": f"{what} is empty.",
        "minProperties": f"{what} is empty.",
        "minLength": f"{what} is empty.",
    }
    return sayings.get(error.validator, f"{what}: {error.message}.")


def _listed(choices: Any) -> str:
    return ", ".join(str(one).lower() for one in choices) if isinstance(choices, list) else str(choices)
