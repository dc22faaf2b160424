"""fetch-mail.yaml: which mailbox is read, how, and what becomes of the mails in it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from schemas.primitives import Name

FILE_NAME = "fetch-mail.yaml"
PORTS = {"implicit": 993, "starttls": 143, "none": 143}
"""IANA's ports of IMAP; TLS from the first byte on is what RFC 8314, section 3, recommends."""

_WILDCARDS = re.compile(r"[%*\x00-\x1f\x7f]")


def is_loopback(host: str) -> bool:
    """Whether nothing that is sent to ``host`` leaves this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _one_folder(name: str) -> str:
    if _WILDCARDS.search(name):
        raise ValueError("this is no folder's name: write one without *, % and control characters")
    return "INBOX" if name.upper() == "INBOX" else name  # RFC 3501, section 5.1


def _refuse_password(_: object) -> None:
    raise ValueError(
        "no password stands in this file: put it into REDRESS_MAIL_PASSWORD, or into a file of its own, and name that "
        "in password_file"
    )


Folder = Annotated[Name, AfterValidator(_one_folder)]
"""A mailbox of the user, by its path as the server writes it, such as INBOX or Archive/2026."""

Keyword = Annotated[str, Field(pattern=r"^\$?[A-Za-z0-9_.-]{1,49}$")]
"""A flag that users may define (RFC 3501, 2.3.2), and no system flag. Dovecot takes up to 50 characters."""

Server = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,253}$")]
"""A host's name or address, without a port."""


class Mark(BaseModel):
    """How a mail is set apart from those that wait: by a keyword of its own, or by moving it to another folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flag: Keyword | None = None
    move_to: Folder | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Mark:
        if (self.flag is None) == (self.move_to is None):
            raise ValueError("write one of `flag` and `move_to`")
        return self


class FetchMailFile(BaseModel):
    """One mailbox. ``taken`` is what becomes of a mail that intake keeps, ``refused`` of one that it never will."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Name
    server: Server
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    user: Name
    password: SkipJsonSchema[Annotated[None, BeforeValidator(_refuse_password)]] = None
    password_file: Path | None = None
    mailbox: Folder = "INBOX"
    taken: Mark = Mark(flag="$Redress")
    refused: Annotated[Mark, Field(validate_default=True)] = Mark(flag="$RedressRefused")

    @field_validator("tls")
    @classmethod
    def _in_clear_on_loopback_alone(cls, tls: str, info: ValidationInfo) -> str:
        if tls == "none" and not is_loopback(info.data.get("server", "")):
            raise ValueError("the password and the mails would cross the network in clear; write implicit or starttls")
        return tls

    @field_validator("taken", "refused")
    @classmethod
    def _to_another_folder(cls, mark: Mark, info: ValidationInfo) -> Mark:
        if mark.move_to is not None and mark.move_to == info.data.get("mailbox"):
            raise ValueError("this moves mails to where they are; name another folder in move_to")
        return mark

    @field_validator("refused")
    @classmethod
    def _told_from_taken(cls, mark: Mark, info: ValidationInfo) -> Mark:
        taken = info.data.get("taken")
        if mark.flag is not None and taken is not None and mark.flag.lower() == str(taken.flag).lower():
            raise ValueError("taken mails have this flag too; name another one")
        return mark

    @property
    def used_port(self) -> int:
        """The port, which depends on how TLS begins unless it is written."""
        return self.port or PORTS[self.tls]
