"""What is wrong with a pipeline, all at once: a pipeline is checked before anything starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.pipelines.definition import Pipeline, Step


class Faults:
    """Collects what is wrong, each with file, line and step, and says it in one error.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nbmlops.pipelines.definition import Pipeline, Step
    >>> step = Step("train", "train.ipynb", line=4)
    >>> faults = Faults(Pipeline("p", Path("/p"), (step,), file=Path("/p/pipeline.yaml")))
    >>> faults.add("there is no notebook train.ipynb.", step, "Paths start from the folder of pipeline.yaml.")
    >>> faults.raise_if_any()
    Traceback (most recent call last):
    nbmlops.errors.InvalidInput: /p/pipeline.yaml, line 4, step train: there is no notebook train.ipynb.
      Paths start from the folder of pipeline.yaml.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._said: dict[str, str] = {}

    def add(self, said: str, step: Step | None = None, hint: str = "") -> None:
        """Note what is wrong; twice the same is said once."""
        self._said.setdefault(f"{self._place(step)}{said}", hint)

    def add_at(self, line: int, step: str, said: str, hint: str = "") -> None:
        """Note what is wrong in a line of the file, where it may be in no step that can be read."""
        where = f", step {step}" if step else ""
        self._said.setdefault(f"{self._pipeline.file}, line {line}{where}: {said}", hint)

    def raise_if_any(self) -> None:
        """Raise what was noted.

        Raises
        ------
        InvalidInput
            Something was.
        """
        if not self._said:
            return
        if len(self._said) == 1:
            [(said, hint)] = self._said.items()
            raise InvalidInput(said, hint)
        file = f"{self._pipeline.file}: " if self._pipeline.file is not None else ""
        shown = [f"{file}{len(self._said)} things are wrong:"]
        for said, hint in self._said.items():
            shown += [said, *f"  {hint}".split("\n")] if _is_picture(hint) else [said]
        hints = dict.fromkeys(hint for hint in self._said.values() if hint and not _is_picture(hint))
        raise InvalidInput("\n  ".join(shown), "  ".join(hints))

    def _place(self, step: Step | None) -> str:
        file = self._pipeline.file
        if step is None:
            return ""
        place = f"{file}, line {step.line}, " if file is not None and step.line else ""
        return f"{place}step {step.base}: "


def _is_picture(hint: str) -> bool:
    """Tell whether a hint belongs under its own sentence, as one does that points with a caret at a place."""
    return "\n" in hint
