"""One call of the IMAP library, which blocks, in a thread; its errors as what they mean for fetching.

The library's errors quote lines of the server, which may hold a mail's text: of them only the kind and the response
code are passed on. One call is made at a time.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from redress.fetch_mail.mailbox import MailboxLost

T = TypeVar("T")

PASSING_CODES = {"[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]"}
"""Response codes of what may succeed later (RFC 5530, section 3)."""
_CODE = re.compile(r"\[([A-Z-]{1,30})[ \]]")


class Refused(MailboxLost):
    """The server said NO or BAD; the connection stands. ``passing`` says that it may not do so later."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(f"{message} {code}".rstrip())
        self.passing = code in PASSING_CODES


async def attempt(step: str, call: Callable[..., T], *arguments: Any) -> T:
    """What ``call`` returns. Raises MailboxLost, and Refused where the server said NO or BAD."""
    try:
        return await asyncio.to_thread(call, *arguments)
    except IMAPClientReadOnlyError:
        raise Refused("this user may only read it; marks need the right to write") from None
    except IMAPClientAbortError:
        raise MailboxLost(f"{step}: the connection ended") from None
    except IMAPClientError as error:
        raise Refused(f"{step}: the server refuses it", read_code(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise MailboxLost(f"{step}: the certificate is not trusted: {error.verify_message}") from None
    except OSError as error:
        raise MailboxLost(f"{step}: {error.strerror or type(error).__name__}") from None
    except ValueError as error:
        raise MailboxLost(f"{step}: the answer makes no sense ({type(error).__name__})") from None


def read_code(error: IMAPClientError) -> str:
    """The response code (RFC 5530) alone: the text behind it may say anything."""
    code = _CODE.search(str(error)[:1_000])
    return f"[{code[1]}]" if code else ""
