"""What every view has: text for a terminal, HTML for a notebook, JSON for a script."""

from __future__ import annotations

from typing import Any


class View:
    """Something that is shown; subclasses say how as text, as HTML and as JSON."""

    def to_json(self) -> Any:
        """Return the record or the records behind the view."""
        raise NotImplementedError

    def text(self, color: bool = False) -> str:
        """Return the view for a terminal of the present width; with ``color``, with ANSI colours."""
        raise NotImplementedError

    def html(self) -> str:
        """Return the view for a notebook; no script, nothing from another place."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002 - IPython's
        return {"text/html": self.html(), "text/plain": self.text()}
