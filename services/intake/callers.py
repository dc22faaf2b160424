"""From a request's Authorization header to who sends it, within the rate of the key that it shows.

The rates are those of one process. A request that its key allows counts as one, whatever becomes of it, and each line
of a bulk body as one more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic_ns

from starlette.requests import Request

from services.intake.domain.api_keys import ApiKey, find_key
from services.intake.domain.arrivals import Sender, check_scope
from services.intake.domain.rate_limit import SECOND, take
from services.intake.domain.refusals import Fault, RateExceeded, RequestRefused
from services.intake.domain.scopes import Scope

HEADER = "Authorization"
_IDENTIFIED = "redress.identified"
"""Where a request's ASGI scope holds who sends it, and the keys by which that was found."""


@dataclass
class Keyring:
    """The API keys in force, by id; None where there is no file of them, and nobody is asked for one."""

    keys: Mapping[str, ApiKey] | None = None


class Callers:
    """Knows who sends a request. ``anybody`` is who does where there are no keys."""

    def __init__(self, anybody: Sender, keyring: Keyring) -> None:
        self._anybody = anybody
        self._keyring = keyring
        self._paid_until: dict[str, int] = {}

    @property
    def show_keys(self) -> bool:
        """Whether a caller has to show a key."""
        return self._keyring.keys is not None

    def admit(self, request: Request, scopes: tuple[Scope, ...]) -> None:
        """Before its body is read: raises RequestRefused unless its sender may do now what one of ``scopes`` allows."""
        self._let_pass(self._identify(request), scopes)

    def sender_of(self, request: Request) -> Sender:
        """Who sends a request that was admitted, by the keys as they are now: its body may have taken long.

        Raises RequestRefused.
        """
        keys, sender = request.scope[_IDENTIFIED]
        return sender if keys is self._keyring.keys else self._identify(request)

    def admit_line(self, request: Request) -> Sender:
        """The sender of one more line of a bulk body. Raises RequestRefused."""
        sender = self.sender_of(request)
        self._let_pass(sender, ("bulk",))
        return sender

    def _identify(self, request: Request) -> Sender:
        keys = self._keyring.keys
        sender = self._anybody if keys is None else self._find_owner(request, keys)
        request.scope[_IDENTIFIED] = keys, sender
        return sender

    def _find_owner(self, request: Request, keys: Mapping[str, ApiKey]) -> Sender:
        key = find_key(_read_bearer(request), keys)
        if key is None:
            raise RequestRefused("unknown_key", "This deployment has no such key: copy the whole text of one")
        return replace(self._anybody, owner=key.owner, key=key)

    def _let_pass(self, sender: Sender, scopes: tuple[Scope, ...]) -> None:
        key = sender.key
        if key is None:
            return
        check_scope(sender, scopes, datetime.now(UTC))
        self._paid_until[key.id], wait = take(key.rate, self._paid_until.get(key.id, 0), monotonic_ns())
        if wait:
            raise RateExceeded(-(-wait // SECOND))


def _read_bearer(request: Request) -> str:
    """The key that a request shows (RFC 6750, section 2.1). Raises RequestRefused."""
    given = request.headers.getlist(HEADER)
    scheme, _, key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer":
        detail = "send Authorization: Bearer and the key, once"
        raise RequestRefused("missing_key", "This deployment asks for an API key", Fault(HEADER, detail, "header"))
    return key.strip()
