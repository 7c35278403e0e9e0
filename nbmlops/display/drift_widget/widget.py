"""The widget itself: it holds what was found, and answers what is asked while somebody looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

if TYPE_CHECKING:
    from nbmlops.display.drift_view import DriftView
    from nbmlops.display.drift_widget.exploring import Explorer

_HERE = Path(__file__).parent


class DriftWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """A comparison to walk through; where widgets are not shown, it is the view's static form.

    Parameters
    ----------
    view : DriftView
        What was found.
    explorer : Explorer
        Looks closer where it is asked to.
    """

    _esm = _HERE / "widget.js"
    _css = _HERE / "widget.css"
    found = traitlets.Dict().tag(sync=True)

    def __init__(self, view: DriftView, explorer: Explorer) -> None:
        super().__init__(found={**view.to_json(), "sentence": view.sentence()})
        self.view = view
        self.explorer = explorer
        self.on_msg(self._asked)

    def _asked(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        try:
            answer = self.explorer.look(content["column"], content.get("window"))
        except Exception as error:  # noqa: BLE001 - a message has no cell under which a traceback could stand
            answer = {"error": str(error)}
        self.send({"id": content["id"], **answer})

    def _repr_mimebundle_(self, **_words: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        shown, facts = super()._repr_mimebundle_()
        return {**shown, "text/html": self.view.html(), "text/plain": self.view.text()}, facts
