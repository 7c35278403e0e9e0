"""What all routes share: nobody gets in without being known, one shape of errors, bounded input."""

# mypy: allow-subclassing-any
from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError

from nbmlops.errors import InvalidInput, NbmlopsError
from nbmlops.server.errors import body_of, status_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from nbmlops.server.current import CurrentWorkspace
    from nbmlops.server.watch import Watch
    from nbmlops.workspaces import Workspace

SETTING = "nbmlops"
MAX_BODY = 1_000_000
MAX_TEXT = 100_000
MAX_WORD = 2_000
MAX_PAGE = 1_000


@dataclass(frozen=True)
class Services:
    """What the routes of one server work with."""

    current: CurrentWorkspace
    watch: Watch
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    """Processes that were started and may still run."""

    def keep(self, child: subprocess.Popen[bytes]) -> None:
        """Remember a process that was started, and take leave of those that are over."""
        self.children[:] = [one for one in (*self.children, child) if one.poll() is None]


class NbmlopsHandler(APIHandler):
    """Base of every route."""

    auth_resource = "nbmlops"

    async def prepare(self) -> None:
        """Let nobody in who is not known, whatever a route forgets."""
        await super().prepare()
        if self.request.method != "OPTIONS" and not self.current_user:
            raise HTTPError(403)

    @property
    def services(self) -> Services:
        """The server's workspace and watch."""
        services: Services = self.settings[SETTING]
        return services

    async def read(self, question: Callable[[Workspace], Any]) -> Any:
        """Return what ``question`` finds in the workspace; it runs beside the event loop."""
        return await asyncio.to_thread(lambda: question(self.services.current.get()))

    async def change(self, action: Callable[[Workspace], Any]) -> Any:
        """Do ``action`` on the workspace and tell every panel."""
        result = await self.read(action)
        self.services.watch.tell()
        return result

    def reply(self, value: Any) -> None:
        """End the request with a JSON value."""
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(value, allow_nan=False))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Keep the log free of tracebacks of errors that are answers."""
        if not isinstance(value, NbmlopsError):
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer every error, raised anywhere in a request, in one shape."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, NbmlopsError):
            status_code = status_of(error)
            self.set_status(status_code)
        self.finish(json.dumps(body_of(error, status_code)))

    def body(self, **kinds: Any) -> dict[str, Any]:
        """Return the members of the request's JSON object that are named, each of its kind.

        Parameters
        ----------
        **kinds : Any
            Name of a member and its type; a tuple of types with ``NoneType`` makes it optional.
        """
        if len(self.request.body) > MAX_BODY:
            raise InvalidInput("the request is too long.", f"Send at most {MAX_BODY:,} bytes.")
        try:
            given = json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise InvalidInput("the request's body is not JSON.", str(error)) from None
        members = f"Members: {', '.join(kinds)}"
        if not isinstance(given, dict):
            raise InvalidInput("the request's body is not a JSON object.", members)
        unknown = sorted(set(given) - set(kinds))
        if unknown:
            raise InvalidInput(f"nothing is called {unknown[0]!r} here.", members)
        for name, kind in kinds.items():
            if not isinstance(given.get(name), kind):
                raise InvalidInput(f"{name!r} is missing or of the wrong type.", members)
            if isinstance(given.get(name), str) and len(given[name]) > MAX_TEXT:
                raise InvalidInput(f"{name!r} is too long.", f"At most {MAX_TEXT:,} characters.")
        return given

    def word(self, name: str, default: str = "") -> str:
        """Return a text of the query string."""
        value: str = self.get_query_argument(name, default)
        if len(value) > MAX_WORD:
            raise InvalidInput(f"{name!r} is too long.", f"At most {MAX_WORD:,} characters.")
        return value

    def words(self, *names: str) -> dict[str, Any]:
        """Return texts of the query string by name; None where one is absent or empty."""
        return {name: self.word(name) or None for name in names}

    def listed(self, name: str) -> list[str]:
        """Return the words of a text of the query string, with commas between them."""
        return [word for word in self.word(name).split(",") if word]

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number of the query string, within bounds."""
        text = self.word(name, str(default))
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else -1
        if not least <= number <= most:
            raise InvalidInput(f"{name!r} cannot be {text!r}.", f"A whole number from {least} to {most}.")
        return number

    def flag(self, name: str) -> bool:
        """Return a yes or no of the query string; absent is no."""
        text = self.word(name, "false").lower()
        if text not in {"true", "false", "1", "0"}:
            raise InvalidInput(f"{name!r} cannot be {text!r}.", "Write true or false.")
        return text in {"true", "1"}


def refs_of(given: Any) -> list[str]:
    """Return names of runs that came from outside, or raise `InvalidInput`.

    Examples
    --------
    >>> refs_of(["rf", "knn"])
    ['rf', 'knn']
    """
    if not isinstance(given, list) or not given or not all(isinstance(ref, str) and ref for ref in given):
        raise InvalidInput("no runs are named.", 'Name them: {"runs": ["rf", "knn"]}')
    if len(given) > MAX_PAGE or any(len(ref) > MAX_WORD for ref in given):
        raise InvalidInput("too many runs at once.", f"At most {MAX_PAGE}.")
    return [str(ref) for ref in given]
