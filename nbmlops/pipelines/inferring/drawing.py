"""Steps drawn from what notebooks take and give: their inputs, outputs and order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nbmlops.pipelines.definition import Step
from nbmlops.pipelines.graph import edges_of, ordered
from nbmlops.pipelines.inferring.naming import number_of
from nbmlops.pipelines.inferring.places import gathered
from nbmlops.pipelines.inferring.shared_files import order_writers
from nbmlops.pipelines.paths import has_pattern, is_there, meet

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.pipelines.graph import Edges
    from nbmlops.pipelines.inferring.combining import Facts
    from nbmlops.pipelines.inferring.places import Places
    from nbmlops.pipelines.inferring.uses import Kind

_SAYS: dict[Kind, tuple[str, str]] = {
    "dataset": ("saves the data set {}", "loaded"),
    "model": ("registers the model {}", "loaded"),
    "view": ("defines the feature view {}", "used"),
}


@dataclass
class Draft:
    """A step that is being drawn."""

    name: str
    notebook: Path
    facts: Facts
    places: Places
    """With the parameters of this notebook."""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    after: dict[str, str] = field(default_factory=dict)
    """Steps that come before, each with the reason in words."""

    @property
    def number(self) -> tuple[int | str, ...] | None:
        """The number at the head of the notebook's name."""
        return number_of(self.notebook)


@dataclass
class Drawing:
    """The steps of a pipeline while they are drawn. ``unsure`` are sentences about what was guessed or left out."""

    places: Places
    drafts: list[Draft]
    unsure: list[str] = field(default_factory=list)

    def draw(self) -> list[Step]:
        """Return the steps in the order in which they run."""
        self._take_outputs()
        order_writers(self)
        self._take_inputs()
        self._take_names()
        self._break_cycles()
        edges = self.edges()
        order, _ = ordered(edges)
        steps = {step.name: step for step in self.steps()}
        return [steps[name] for name in order]

    def edges(self) -> Edges:
        """Return what each step needs, a parameter of a path standing for anything."""
        bare = [
            replace(
                step,
                inputs=tuple(draft.places.loose(path) for path in step.inputs),
                outputs=tuple(draft.places.loose(path) for path in step.outputs),
            )
            for draft, step in zip(self.drafts, self.steps(), strict=True)
        ]
        return edges_of(bare, self.places.folder)

    def steps(self) -> list[Step]:
        """Return the drafts as steps."""
        return [
            Step(
                name=draft.name,
                notebook=self.places.written(str(draft.notebook)),
                inputs=tuple(draft.inputs),
                outputs=tuple(draft.outputs),
                after=tuple(draft.after),
            )
            for draft in self.drafts
        ]

    def _take_outputs(self) -> None:
        for draft in self.drafts:
            others = [*self._changed_by_others(draft), *self._read_by_others(draft)]
            near = [path for path in draft.facts.changed if draft.places.is_near(path) or self._is_wanted(draft, path)]
            draft.outputs = gathered(_without_parts(draft, near), others)

    def _is_wanted(self, draft: Draft, path: str) -> bool:
        parts = draft.places.parts(path)
        return any(
            meet(other.places.parts(read), parts)
            for other in self.drafts
            if other is not draft
            for read in other.facts.reads
        )

    def _take_inputs(self) -> None:
        for draft in self.drafts:
            found = []
            for path in draft.facts.reads:
                parts, loose = draft.places.parts(path), draft.places.loose(path)
                if path in draft.inputs:
                    continue
                is_made = any(
                    meet(parts, other.places.parts(made))
                    for other in self.drafts
                    if other is not draft
                    for made in other.facts.changed
                )
                is_own = any(draft.places.parts(made) == parts for made in draft.facts.changed)
                is_near = draft.places.is_near(path)
                if is_made or (is_near and not is_own and is_there(loose, self.places.folder)):
                    found.append(path)
                elif is_near and not is_own and not has_pattern(loose):
                    self.unsure.append(f"{draft.name}: {path} is not there, and no notebook makes it")
            draft.inputs += gathered(_without_parts(draft, found), self._changed_by_others(draft))

    def _changed_by_others(self, draft: Draft) -> list[str]:
        return [path for other in self.drafts if other is not draft for path in other.facts.changed]

    def _read_by_others(self, draft: Draft) -> list[str]:
        """Return single files that others read; what a pattern of theirs stands for is whatever is there."""
        reads = [path for other in self.drafts if other is not draft for path in other.facts.reads]
        return [path for path in reads if not has_pattern(draft.places.loose(path))]

    def _take_names(self) -> None:
        for draft in self.drafts:
            for kind, name in draft.facts.names_read:
                for other in self.drafts:
                    if other is draft:
                        continue
                    if kind == "notebook":
                        if self.places.parts(self.places.written(str(other.notebook))) == self.places.parts(name):
                            draft.after.setdefault(other.name, f"its notebook is run here: {name}")
                    elif (kind, name) in other.facts.names_written:
                        makes, used = _SAYS[kind]
                        draft.after.setdefault(other.name, f"it {makes.format(name)}, which is {used} here")

    def _break_cycles(self) -> None:
        """Take out of each cycle the reading that goes against the numbers, or else the least certain one."""
        while True:
            edges = self.edges()
            cycles = ordered(edges)[1]
            if not cycles:
                return
            cycle = cycles[0]
            pairs = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
            before, name = max(pairs, key=lambda pair: self._doubt(pair[0], pair[1], edges[pair[1]][pair[0]]))
            self._cut(before, name, edges[name][before])

    def _doubt(self, before: str, name: str, reason: str) -> tuple[bool, bool, int]:
        one, other = self.draft(before), self.draft(name)
        is_backwards = one.number is not None and other.number is not None and one.number > other.number
        names = [draft.name for draft in self.drafts]
        return is_backwards, has_pattern(reason), names.index(before) - names.index(name)

    def _cut(self, before: str, name: str, path: str) -> None:
        draft, other = self.draft(name), self.draft(before)
        made = [other.places.parts(one) for one in other.outputs]
        lost = [one for one in draft.inputs if any(meet(draft.places.parts(one), parts) for parts in made)]
        draft.inputs = [one for one in draft.inputs if one not in lost]
        draft.after.pop(before, None)
        what = f"reads {', '.join(lost)} of {before}" if lost else f"comes after {before}"
        self.unsure.append(
            f"{name} {what}, and {before} needs what {name} makes: taken to be what an earlier run left ({path})"
            if lost
            else f"{name} {what}, and {before} needs what {name} makes: left out"
        )

    def draft(self, name: str) -> Draft:
        """Return a draft by its name."""
        return next(draft for draft in self.drafts if draft.name == name)

    def comments(self) -> dict[str, list[str]]:
        """Return, by step, a line for each step that it comes after: why."""
        return {
            draft.name: [f"after {other}: {reason}" for other, reason in draft.after.items()]
            for draft in self.drafts
            if draft.after
        }


def _without_parts(draft: Draft, paths: list[str]) -> list[str]:
    """Leave out what lies in a folder that is listed, or is what a listed pattern stands for."""
    parts = {path: draft.places.parts(path) for path in paths}
    patterns = {path for path in paths if has_pattern(draft.places.loose(path))}

    def is_part_of(path: str, other: str) -> bool:
        if len(parts[other]) < len(parts[path]) and parts[path][: len(parts[other])] == parts[other]:
            return True
        return other in patterns and path not in patterns and meet(parts[other], parts[path])

    return [path for path in paths if not any(other != path and is_part_of(path, other) for other in paths)]
