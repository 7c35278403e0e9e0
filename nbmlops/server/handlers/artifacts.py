"""``artifacts``: the bytes that runs keep, asked for by content digest and never by path."""

# mypy: allow-untyped-decorators
from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbmlops.errors import InvalidInput
from nbmlops.server.handlers.base import NbmlopsHandler

DIGEST = re.compile(r"b3:[0-9a-f]{64}")
SHOWN = ("image/png", "image/svg+xml")


class ArtifactHandler(NbmlopsHandler):
    """One artifact, by content."""

    @property
    def content_security_policy(self) -> str:
        """Nothing in an artifact may run, load or know where it is."""
        return "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

    @authenticated
    @authorized
    async def get(self, digest: str) -> None:
        """Send the bytes of an artifact: pictures to be shown, everything else to be saved."""
        if not DIGEST.fullmatch(digest):
            raise InvalidInput(f"{digest[:100]!r} is not a digest.", "Write b3: and 64 hexadecimal digits.")
        artifact, content = await self.read(lambda ws: ws.artifact(digest))
        shown = artifact.media_type in SHOWN
        kind = "inline" if shown else "attachment"
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Disposition", f"{kind}; filename*=UTF-8''{quote(artifact.name, safe='')}")
        self.finish(content, set_content_type=artifact.media_type if shown else "application/octet-stream")


ROUTES: list[tuple[str, Any]] = [("artifacts/(.*)", ArtifactHandler)]
