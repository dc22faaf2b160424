"""Options by which a command about personal data names a customer, or one complaint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click
from pydantic import TypeAdapter, ValidationError

from redress.personal.register import Register
from schemas.primitives import ExternalIdentifier
from services.personal.encryption import Encryption

F = TypeVar("F", bound=Callable[..., None])

_IDENTIFIER: TypeAdapter[str] = TypeAdapter(ExternalIdentifier)


def subject_options(command: F) -> F:
    """--customer, --complaint and --owner."""
    for option in (
        click.option("--owner", help="Whose customer, where several owners of API keys have one of this id."),
        click.option("--complaint", help="One complaint, by its id."),
        click.option("--customer", help="All complaints of a customer, by customer.id."),
    ):
        command = option(command)
    return command


def find_complaints(
    register: Register, encryption: Encryption, customer: str | None, complaint: str | None, owner: str | None
) -> list[str]:
    """The ids of the complaints that are meant; none where nothing is known of them. Raises OperationRefused."""
    if complaint is None:
        return register.complaints_of(encryption.pseudonym(customer or ""), owner)
    complaint_id = read_complaint_id(complaint)
    return [complaint_id] if complaint_id in register.keys or complaint_id in register.erasures else []


def read_complaint_id(text: str) -> str:
    """The canonical form; click tells the user what is wrong with it."""
    try:
        return _IDENTIFIER.validate_python(text)
    except ValidationError:
        raise click.BadParameter("this is no complaint_id, which is a UUID", param_hint="--complaint") from None
