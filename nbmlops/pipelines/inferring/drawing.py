"""Steps drawn from what notebooks take and give: their inputs, outputs and order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nbmlops.pipelines.definition import Step
from nbmlops.pipelines.graph import edges_of, ordered
from nbmlops.pipelines.inferring.naming import number_of
from nbmlops.pipelines.inferring.places import gathered, loose
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
            replace(step, inputs=tuple(map(loose, step.inputs)), outputs=tuple(map(loose, step.outputs)))
            for step in self.steps()
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
            others = [path for other in self.drafts if other is not draft for path in other.facts.changed]
            near = [path for path in draft.facts.changed if self.places.is_near(path) or self._is_wanted(draft, path)]
            draft.outputs = gathered(self._without_parts(near), others)

    def _is_wanted(self, draft: Draft, path: str) -> bool:
        parts = self.places.parts(path)
        return any(
            meet(self.places.parts(read), parts)
            for other in self.drafts
            if other is not draft
            for read in other.facts.reads
        )

    def _without_parts(self, paths: list[str]) -> list[str]:
        """Leave out what lies in a folder that is listed, or is what a listed pattern stands for."""
        parts = {path: self.places.parts(path) for path in paths}
        return [
            path
            for path in paths
            if not any(
                other != path
                and (
                    (len(parts[other]) < len(parts[path]) and parts[path][: len(parts[other])] == parts[other])
                    or (has_pattern(loose(other)) and not has_pattern(loose(path)) and meet(parts[other], parts[path]))
                )
                for other in paths
            )
        ]

    def _take_inputs(self) -> None:
        for draft in self.drafts:
            found = []
            for path in draft.facts.reads:
                parts = self.places.parts(path)
                if path in draft.inputs:
                    continue
                is_made = any(
                    meet(parts, self.places.parts(made))
                    for other in self.drafts
                    if other is not draft
                    for made in other.facts.changed
                )
                is_own = any(self.places.parts(made) == parts for made in draft.facts.changed)
                exists = self.places.is_near(path) and is_there(loose(path), self.places.folder)
                if is_made or (exists and not is_own):
                    found.append(path)
                elif not is_own and self.places.is_near(path) and not has_pattern(loose(path)):
                    self.unsure.append(f"{draft.name}: {path} is not there, and no notebook makes it")
            draft.inputs += gathered(self._without_parts(found), [])

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
        made = [self.places.parts(one) for one in other.outputs]
        lost = [one for one in draft.inputs if any(meet(self.places.parts(one), parts) for parts in made)]
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
