"""Who is told of an alert: addresses of Slack, mail, webhooks and some hundred other services, by Apprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput, NbmlopsError
from nbmlops.features.secret_addresses import revealed
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRET_SCHEMES = ("env:", "keyring:")


def check_address(address: str) -> str:
    """Return an address that may be written down, or say what it has to be.

    Raises
    ------
    InvalidInput
        It is no address, or it may hold a secret and is not named by where it is kept.
    """
    if address.startswith(SECRET_SCHEMES):
        return address
    if address.startswith(("json://localhost", "json://127.", "syslog://", "dbus://", "windows://", "macosx://")):
        return address
    raise InvalidInput(
        "an address to notify may hold a secret, and is not written into the registry.",
        "Put it in the environment and name it: --notify env:ALERTS_URL   (https://github.com/caronc/apprise)",
    )


def send(addresses: Sequence[str], title: str, body: str) -> list[str]:
    """Tell all addresses; give what went wrong, in words, where something did. The alert itself is kept anyway."""
    if not addresses:
        return []
    try:
        apprise = require("apprise", "alerts", "An address to notify")
    except NbmlopsError as error:
        return [str(error)]
    wrong = []
    for address in addresses:
        try:
            service = apprise.Apprise()
            if not service.add(revealed(address)):
                wrong.append(f"{address}: no service that Apprise knows")
            elif not service.notify(title=title, body=body):
                wrong.append(f"{address}: it was not delivered")
        except NbmlopsError as error:
            wrong.append(f"{address}: {error.message}")
    return wrong
