"""A ``pipeline.yaml`` that people wrote, changed only where a step reads, writes or waits for something else now.

All other text stays as it is, with its comments, its order and its quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.definition import FILE
from nbmlops.pipelines.inferring.yaml_comments import Comment, comments_in
from nbmlops.pipelines.reading import flow_list, parse_pipeline, step_lines, write_pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import yaml

    from nbmlops.pipelines.definition import Pipeline, Step

_BEFORE = {"inputs": ("notebook", "params"), "outputs": ("notebook", "params", "inputs")}
_BEFORE["after"] = (*_BEFORE["outputs"], "outputs")
_ALIAS = re.compile(r"\s*:\s*\*[^\s,\]}]+")


class _Unclear(Exception):
    """The text is written in a way that cannot be changed in one place alone, such as with anchors."""


def rewritten(text: str, before: Pipeline, now: Pipeline, comments: Mapping[str, Sequence[str]]) -> str:
    """Return the text of a pipeline's file as it has to be now.

    Where it uses what cannot be changed in one place, such as anchors, it is written anew; no comment is lost then
    either.

    Parameters
    ----------
    text : str
        The file.
    before : Pipeline
        What it says.
    now : Pipeline
        What it has to say: the same steps, and new ones behind them.
    comments : mapping
        By step, lines to stand above it, where they do not stand in the file yet.

    Examples
    --------
    >>> from pathlib import Path
    >>> text = "steps: # two\\n  a: {notebook: a.ipynb}  # first\\n"
    >>> before = parse_pipeline(text, Path("p/pipeline.yaml"))
    >>> now = parse_pipeline("steps: {a: {notebook: a.ipynb, outputs: [x]}}", Path("p/pipeline.yaml"))
    >>> print(rewritten(text, before, now, {"a": ["writes x"]}), end="")
    steps: # two
      # writes x
      a: {notebook: a.ipynb, outputs: [x]}  # first
    """
    said = comments_in(text)
    known = {one.words for one in said}
    new = {name: [line for line in lines if line not in known] for name, lines in comments.items()}
    try:
        changed = _Rewriting(text, said).changed(before, now, new)
        read = parse_pipeline(changed, now.file or now.folder / FILE)
    except (_Unclear, InvalidInput):
        return _anew(said, now, new)
    kept = sorted(one.words for one in said)
    still = sorted(one.words for one in comments_in(changed))
    added = sorted(line for lines in new.values() for line in lines)
    return changed if read.steps == now.steps and still == sorted([*kept, *added]) else _anew(said, now, new)


@dataclass
class _Rewriting:
    """Pieces of a text that are put in the place of others."""

    text: str
    said: list[Comment]
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def changed(self, before: Pipeline, now: Pipeline, comments: Mapping[str, Sequence[str]]) -> str:
        import yaml

        root = yaml.compose(self.text, Loader=yaml.SafeLoader)
        steps = next(value for key, value in root.value if key.value == "steps")
        earlier = {step.name: step for step in before.steps}
        if steps.flow_style and (now.steps != before.steps or any(comments.values())):
            raise _Unclear
        for key, value in steps.value:
            step = next(one for one in now.steps if one.name == key.value)
            for line in comments.get(step.name, ()):
                self.put(self.line_start(key.start_mark.index), f"{' ' * key.start_mark.column}# {line}\n")
            self.bring_up_to_date(key, value, earlier[step.name], step)
        self.append(steps, [step for step in now.steps if step.name not in earlier], comments)
        found = self.text
        for start, end, words in sorted(self.edits, key=lambda edit: edit[:2], reverse=True):
            found = found[:start] + words + found[end:]
        return found

    def bring_up_to_date(self, name: yaml.Node, node: yaml.Node, before: Step, now: Step) -> None:
        """Change those lists of a step that are others now."""
        for what, previous in _BEFORE.items():
            old, new = getattr(before, what), getattr(now, what)
            if old == new:
                continue
            if node.start_mark.index < name.start_mark.index:
                raise _Unclear  # an alias: what is changed there is changed for others
            places = {key.value: (key, value) for key, value in node.value}
            if what in places:
                self.replace(name, *places[what], old, new)
            else:
                behind = next(one for one in (*reversed(previous), *reversed(places)) if one in places)
                end = self.end(*places[behind])
                column = node.value[0][0].start_mark.column
                words = f"{what}: {flow_list(new)}"
                self.put(
                    end if node.flow_style else self.line_end(end),
                    f", {words}" if node.flow_style else f"\n{' ' * column}{words}",
                )

    def replace(
        self, name: yaml.Node, key: yaml.Node, value: yaml.Node, old: tuple[str, ...], new: tuple[str, ...]
    ) -> None:
        """Put another list in the place of one; a list in lines gets lines where nothing else changes."""
        if not value.flow_style and value.start_mark.index > key.start_mark.index and new[: len(old)] == old:
            last = value.value[-1]
            dash = self.text.rfind("-", 0, last.start_mark.index) - self.line_start(last.start_mark.index)
            if last.start_mark.index > value.start_mark.index:
                lines = [f"\n{' ' * dash}- {flow_list([one])[1:-1]}" for one in new[len(old) :]]
                self.put(self.line_end(self.end(key, value)), "".join(lines))
                return
        start, end = key.start_mark.index, self.end(key, value)
        for one in self.said:
            if start <= one.start < end:
                self.put(self.line_start(name.start_mark.index), f"{' ' * name.start_mark.column}{one.text}\n")
        self.edits.append((start, end, f"{key.value}: {flow_list(new)}"))

    def append(self, steps: yaml.Node, new: Sequence[Step], comments: Mapping[str, Sequence[str]]) -> None:
        """Put new steps behind the last one."""
        key, value = steps.value[-1]
        indent = " " * key.start_mark.column
        lines = [f"\n{indent}{line}" for step in new for line in step_lines(step, comments.get(step.name, ()))]
        if lines:
            self.put(self.line_end(self.end(key, value)), "".join(lines))

    def put(self, place: int, words: str) -> None:
        """Insert words; in one place the ones that come first stand first."""
        before = next((edit for edit in self.edits if edit[:2] == (place, place)), None)
        if before is not None:
            self.edits.remove(before)
            words = before[2] + words
        self.edits.append((place, place, words))

    def end(self, key: yaml.Node, value: yaml.Node) -> int:
        """Return where the text of a value ends: a block goes on to the next key, comments between them included."""
        import yaml

        if value.start_mark.index < key.end_mark.index:
            found = _ALIAS.match(self.text, key.end_mark.index)
            if found is None:
                raise _Unclear
            return found.end()
        if isinstance(value, yaml.ScalarNode) or value.flow_style or not value.value:
            return len(self.text[: value.end_mark.index].rstrip())
        last = value.value[-1]
        return self.end(*last) if isinstance(value, yaml.MappingNode) else self.end(key, last)

    def line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def line_end(self, place: int) -> int:
        found = self.text.find("\n", place)
        return len(self.text) if found < 0 else found


def _anew(said: Sequence[Comment], pipeline: Pipeline, comments: Mapping[str, Sequence[str]]) -> str:
    """Return the file written anew; what was said of a step stands above it, and all else at the head."""
    names = {step.name for step in pipeline.steps}
    above = {
        name: [*(one.words for one in said if one.step == name), *comments.get(name, ())]
        for name in [step.name for step in pipeline.steps]
    }
    head = "".join(f"# {one.words}".rstrip() + "\n" for one in said if one.step not in names)
    return head + write_pipeline(pipeline, comments=above)
