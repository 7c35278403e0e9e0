"""What names of the feature store stood for when a run was made, noted with its cell: so a replay sees the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nbmlops.capture.slicing.files import note_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.features.records import FeatureView

_VIEW, _FRAME, _PUSHES = "view", "frame", "pushes"


class Recorded:
    """Names as they were recorded; without any, as they are now.

    Parameters
    ----------
    names : mapping
        What `note_view` noted: of views their versions, of frames the versions of data sets, of views how often was
        pushed to them.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def spec(self, spec: str) -> str:
        """Return the version that a view's name stood for."""
        return self._names.get(f"{_VIEW} {spec}", spec)

    def view(self, view: FeatureView) -> FeatureView:
        """Return a view whose frames are what they were."""
        sources = tuple(
            replace(source, address=self._names.get(f"{_FRAME} {view.spec}/{source.name}", source.address))
            for source in view.definition.sources
        )
        return replace(view, definition=replace(view.definition, sources=sources))

    def pushes(self, view: FeatureView, now: int) -> int:
        """Return how often was pushed to a view."""
        return int(self._names.get(f"{_PUSHES} {view.name}", now))


def note_view(spec: str, view: FeatureView, pushes: int) -> None:
    """Note what a view's name stands for, with its frames and how often was pushed to it."""
    note_name(_VIEW, spec, view.spec)
    for source in view.definition.sources:
        if source.pinned:
            note_name(_FRAME, f"{view.spec}/{source.name}", source.address)
    if pushes:
        note_name(_PUSHES, view.name, str(pushes))
