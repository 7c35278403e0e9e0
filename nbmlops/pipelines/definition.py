"""What a pipeline is: steps, each a notebook with parameters, and what they read and write."""

from __future__ import annotations

import itertools
import string
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

FILE = "pipeline.yaml"
EXECUTION_SECONDS = 600.0
"""After so long a notebook is stopped that is run to find out what it uses."""


@dataclass(frozen=True)
class Step:
    """One notebook of a pipeline.

    Attributes
    ----------
    name : str
        Its name in the pipeline; ``train[depth=3]`` for one member of a sweep.
    notebook : str
        The notebook's path, from the pipeline's folder.
    params : dict
        Values for names of its ``parameters`` cell.
    inputs, outputs : tuple of str
        Files, folders and patterns, from the pipeline's folder. ``{month}`` stands for the value of a parameter. What a
        step reads without saying so is found out when it runs.
    after : tuple of str
        Steps that have to be done before, beside those whose outputs it reads.
    retries : int
        How often it is tried again after a failure.
    backoff : float
        Seconds before the first retry; each later one waits twice as long.
    timeout : float or None
        Seconds after which it is stopped.
    kernel : str or None
        The kernel's name; the notebook's own by default.
    cache : bool or "always"
        False: it runs each time. "always": also where it read what cannot be checked, such as an address.
    sweep : dict
        Lists of values for parameters: the step becomes one step for each combination.
    when : str
        A condition over parameters and metrics of earlier steps (``evaluate.auc > 0.7``): otherwise it is skipped.
    gates : tuple of str
        Conditions over its metrics that must hold (``auc >= 0.7``, ``auc >= delay@champion``), or ``assumptions``.
    promote : str
        An alias (``delay@champion``): the version that this step or one before it registered gets it once the gates
        hold.
    line : int
        Where it begins in its file, counted from 1; 0 where it has none.
    """

    name: str
    notebook: str
    params: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    retries: int = 0
    backoff: float = 1.0
    timeout: float | None = None
    kernel: str | None = None
    cache: bool | Literal["always"] = True
    sweep: dict[str, list[Any]] = field(default_factory=dict)
    when: str = ""
    gates: tuple[str, ...] = ()
    promote: str = ""
    line: int = field(default=0, compare=False)

    def members(self) -> list[Step]:
        """Return the steps that a sweep stands for; a step without one is its only member.

        Examples
        --------
        >>> step = Step("train", "train.ipynb", sweep={"depth": [3, 6]}, outputs=("model-{depth}.skops",))
        >>> [member.name for member in step.members()], step.members()[1].params
        (['train[depth=3]', 'train[depth=6]'], {'depth': 6})
        """
        if not self.sweep:
            return [self]
        found = []
        for values in itertools.product(*self.sweep.values()):
            chosen = dict(zip(self.sweep, values, strict=True))
            words = ",".join(f"{name}={value}" for name, value in chosen.items())
            found.append(replace(self, name=f"{self.name}[{words}]", params={**self.params, **chosen}, sweep={}))
        return found

    @property
    def base(self) -> str:
        """The name of the step in its file: that of its sweep for one of its members."""
        return self.name.split("[", 1)[0]

    def filled(self, params: Mapping[str, Any]) -> Step:
        """Return the step with the parameters of its paths filled in.

        Raises
        ------
        InvalidInput
            A path names a parameter that has no value.
        """
        known = {**params, **self.params}
        return replace(
            self,
            inputs=tuple(_filled(path, known, self) for path in self.inputs),
            outputs=tuple(_filled(path, known, self) for path in self.outputs),
        )


@dataclass(frozen=True)
class Pipeline:
    """Steps and the folder that their paths start from. ``file`` is where it was read, if it was."""

    name: str
    folder: Path
    steps: tuple[Step, ...]
    params: dict[str, Any] = field(default_factory=dict)
    file: Path | None = None

    def step(self, name: str) -> Step:
        """Return one step by its name.

        Raises
        ------
        InvalidInput
            There is none of that name.
        """
        for step in self.steps:
            if name in (step.name, step.base):
                return step
        raise InvalidInput(
            f"the pipeline {self.name} has no step {name!r}.",
            f"It has {', '.join(step.name for step in self.steps)}.",
        )


def _filled(path: str, params: Mapping[str, Any], step: Step) -> str:
    try:
        return string.Formatter().vformat(path, (), dict(params))
    except (KeyError, IndexError) as error:
        raise InvalidInput(
            f"step {step.name}: the path {path} needs a value for {error.args[0]!r}.",
            f"Give one under params, or with -p {error.args[0]}=….",
        ) from error
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidInput(
            f"step {step.name}: the path {path} cannot be read: {error}.", "A brace that is meant is written twice."
        ) from error


def free_name(base: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: this one, or it with a number behind.

    Examples
    --------
    >>> free_name("clean", {"raw"}), free_name("clean", {"clean", "clean_2"})
    ('clean', 'clean_3')
    """
    if base not in taken:
        return base
    return next(name for count in itertools.count(2) if (name := f"{base}_{count}") not in taken)
