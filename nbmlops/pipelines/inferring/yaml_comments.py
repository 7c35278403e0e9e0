"""The comments of a YAML file, which its readers throw away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_COMMENT = re.compile(r"(?:(?<=\s)|^)#[^\n]*", re.MULTILINE)


@dataclass(frozen=True)
class Comment:
    """A comment: where it begins, as it stands there, and the step that it is about; empty for the whole file."""

    start: int
    text: str
    step: str = ""

    @property
    def words(self) -> str:
        """What it says, without its sign."""
        return self.text.removeprefix("#").strip()


def comments_in(text: str) -> list[Comment]:
    """Return the comments of a pipeline's file.

    Examples
    --------
    >>> text = "# all\\nsteps:\\n  # the first\\n  a: {notebook: 'a # b.ipynb'} # here\\n"
    >>> [(one.words, one.step) for one in comments_in(text)]
    [('all', ''), ('the first', 'a'), ('here', 'a')]
    """
    import yaml

    spans = [
        (token.start_mark.index, token.end_mark.index)
        for token in yaml.scan(text)
        if isinstance(token, yaml.ScalarToken)
    ]
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    nodes: list[Any] = next((value.value for key, value in root.value if key.value == "steps"), [])
    steps = [(key.start_mark.index, str(key.value)) for key, _ in nodes]
    found: list[Comment] = []
    place = 0
    while match := _COMMENT.search(text, place):
        inside = next((end for start, end in spans if start <= match.start() < end), None)
        if inside is not None:
            place = inside  # a scalar, which may end in this line
            continue
        place = match.end()
        is_alone = not text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
        found.append(Comment(match.start(), match.group().rstrip(), _about(match.start(), text, steps, is_alone)))
    return found


def _about(place: int, text: str, steps: list[tuple[int, str]], is_alone: bool) -> str:
    """Return the step that a comment in a place is about: the one that it stands right above, or in."""
    following = next(((start, name) for start, name in steps if start > place), None)
    if is_alone and following is not None:
        between = text[place : following[0]].split("\n")
        if all(line.lstrip().startswith("#") for line in between[:-1]) and not between[-1].strip():
            return following[1]
    return next((name for start, name in reversed(steps) if start < place), "")
