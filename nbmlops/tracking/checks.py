"""What may be logged: each check gives the clean value, or says in one line what is wrong with it."""

from __future__ import annotations

import math
from typing import Any

from nbmlops.capture.params import as_scalar
from nbmlops.capture.secrets import mask_param
from nbmlops.errors import InvalidInput

MAX_NAME = 250
MAX_PARAM = 10_000


def check_name(name: Any, what: str) -> str:
    """Return a name that can be kept: any text that is not blank, without control characters, 250 characters at most.

    Examples
    --------
    >>> check_name("rf <script> 'x'", "run")
    "rf <script> 'x'"
    """
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(f"the name of a {what} must be text, not {_shown(name)}.", f"Name the {what}.")
    if len(name) > MAX_NAME:
        raise InvalidInput(
            f"the name of a {what} has at most {MAX_NAME} characters, this one {len(name)}.", "Shorten it."
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        raise InvalidInput(f"the name of a {what} holds a line break or a control character.", "Leave it out.")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(f"the name of a {what} is not valid Unicode.", "Leave lone surrogates out.") from error
    return name.strip()


def check_metric(name: str, value: Any) -> float:
    """Return a metric's value as a float; numpy's scalars, 0-d arrays and tensors are taken, NaN and infinities too.

    Raises
    ------
    InvalidInput
        Text, an array of several numbers, None or a complex number.

    Examples
    --------
    >>> check_metric("auc", 1), check_metric("loss", float("inf"))
    (1.0, inf)
    """
    if isinstance(value, bool | int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    size = getattr(value, "size", None)
    if hasattr(value, "item") and (not hasattr(value, "shape") or math.prod(value.shape) == 1):
        item = value.item()
        if isinstance(item, bool | int | float):
            return float(item)
        value = item
    if hasattr(value, "__float__") and not isinstance(value, str | bytes) and not hasattr(value, "shape"):
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
    if hasattr(value, "shape") or isinstance(value, list | tuple):
        many = size if isinstance(size, int) else len(value) if isinstance(value, list | tuple) else "several"
        raise InvalidInput(
            f"the metric {name!r} must be one number, not {many} of them.",
            f"Log a curve: log_series({name!r}, values)   or one number: log({name}=values.mean())",
        )
    raise InvalidInput(
        f"the metric {name!r} must be a number, not {_shown(value)}.",
        f"Text goes to the params or tags: log_params({{{name!r}: …}})   or   tag({name}=…)",
    )


def check_step(step: Any) -> int:
    """Return a step as a whole number."""
    if isinstance(step, bool) or not isinstance(step, int):
        item = step.item() if hasattr(step, "item") and getattr(step, "shape", None) == () else step
        if isinstance(item, bool) or not isinstance(item, int):
            raise InvalidInput(f"step must be a whole number, not {_shown(step)}.", "log(loss=0.1, step=3)")
        step = item
    if not -(2**63) <= step < 2**63:
        raise InvalidInput(f"step {step} is too large.", "Steps fit into 64 bits.")
    return int(step)


def check_params(params: dict[Any, Any]) -> dict[str, Any]:
    """Return params as scalars with secrets masked; what is no scalar is kept as its text."""
    clean = {}
    for name, value in params.items():
        found, scalar = as_scalar(value)
        if not found:
            try:
                scalar = str(value)
            except Exception as error:
                raise InvalidInput(
                    f"the param {name!r} cannot be shown as text: {error}.", "Log a number or text."
                ) from error
        if isinstance(scalar, str) and len(scalar) > MAX_PARAM:
            raise InvalidInput(
                f"the param {name!r} has {len(scalar)} characters; {MAX_PARAM} fit.",
                "Log it as a file: log_artifact(path)",
            )
        if isinstance(scalar, str):
            scalar = scalar.encode("utf-8", "replace").decode("utf-8")
        clean[check_name(name, "param")] = mask_param(str(name), scalar)
    return clean


def check_tags(tags: dict[Any, Any]) -> dict[str, str | None]:
    """Return tags as text; None takes a tag away."""
    return {
        check_name(name, "tag"): None if value is None else str(mask_param(str(name), str(value)))
        for name, value in tags.items()
    }


def _shown(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, bool | int | float | complex):
        return repr(value)
    return f"a {type(value).__name__}"
