"""``monitors``: what is watched, what each look found, and alerts."""

# mypy: allow-untyped-decorators
from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbmlops.errors import InvalidInput
from nbmlops.server.handlers.base import NbmlopsHandler

MOST = 100


class MonitorsHandler(NbmlopsHandler):
    """All monitors."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List the monitors, each with its newest look, and the alerts that are not over."""
        monitors = await self.read(lambda ws: ws.monitors.list())
        alerts = await self.read(lambda ws: ws.monitors.alerts(limit=MOST))
        going_on = [alert.to_json() for alert in alerts if alert.state != "over"]
        self.reply({"monitors": [monitor.to_json() for monitor in monitors], "alerts": going_on})


class MonitorHandler(NbmlopsHandler):
    """One monitor."""

    @authenticated
    @authorized
    async def get(self, monitor: str) -> None:
        """Return a monitor, its looks and its alerts, newest first."""
        found = await self.read(lambda ws: ws.monitors.get(monitor))
        checks = await self.read(lambda ws: ws.monitors.checks(monitor, MOST))
        alerts = await self.read(lambda ws: ws.monitors.alerts(monitor, limit=MOST))
        self.reply(
            {
                "monitor": found.to_json(),
                "checks": [check.to_json() for check in checks],
                "alerts": [alert.to_json() for alert in alerts],
            }
        )


class CheckHandler(NbmlopsHandler):
    """One look."""

    @authenticated
    @authorized
    async def get(self, number: str) -> None:
        """Return what one look found, in full."""
        look = _number(number)
        self.reply((await self.read(lambda ws: ws.monitors.check(look))).to_json())


class RunHandler(NbmlopsHandler):
    """Looking now."""

    @authenticated
    @authorized
    async def post(self, monitor: str) -> None:
        """Look once at the newest data of the monitor's source."""
        self.reply((await self.change(lambda ws: ws.monitors.run(monitor))).to_json())


class MuteHandler(NbmlopsHandler):
    """Silence for a while."""

    @authenticated
    @authorized
    async def post(self, monitor: str) -> None:
        """Let a monitor tell nobody for a span; without one, let it tell again."""
        span = self.body(span=(str, type(None))).get("span")
        if span:
            found = await self.change(lambda ws: ws.monitors.mute(monitor, span))
        else:
            found = await self.change(lambda ws: ws.monitors.unmute(monitor))
        self.reply(found.to_json())


class AcknowledgeHandler(NbmlopsHandler):
    """What somebody has seen."""

    @authenticated
    @authorized
    async def post(self, number: str) -> None:
        """Note that an alert was seen."""
        note = self.body(note=(str, type(None))).get("note") or ""
        alert = _number(number)
        self.reply((await self.change(lambda ws: ws.monitors.acknowledge(alert, note))).to_json())


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InvalidInput(f"{text!r} is no number.", "Looks and alerts are named by their numbers.")
    return int(text)


ROUTES: list[tuple[str, Any]] = [
    ("monitors", MonitorsHandler),
    ("monitors/checks/([^/]+)", CheckHandler),
    ("monitors/alerts/([^/]+)/acknowledge", AcknowledgeHandler),
    ("monitors/([^/]+)", MonitorHandler),
    ("monitors/([^/]+)/run", RunHandler),
    ("monitors/([^/]+)/mute", MuteHandler),
]
