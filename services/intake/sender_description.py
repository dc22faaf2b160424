"""A sender of webhooks as people describe it: how it signs, what it sends and how that is read, what it wants back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from schemas.external_names import ExternalName
from schemas.primitives import Name
from services.config.yaml_files import load
from services.intake.domain.expressions import MOST_CHARACTERS, Expression
from services.intake.domain.signatures import Digest, Encoding
from services.intake.domain.webhook_bodies import BodyKind
from services.intake.domain.webhook_mapping import Fields, ReplyMapping, WebhookMapping

SENDERS = Path(__file__).parent / "senders"
SHIPPED = tuple(sorted(file.stem for file in SENDERS.glob("*.yaml")))

Scheme = Literal["standard-webhooks", "hmac-header", "twilio", "telegram-token", "wechat"]

IgnoredName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=60)]
"""A reason for which a message is let pass: a label of a metric, hence narrow."""


def _compile(written: object) -> Expression:
    if not isinstance(written, str) or not written:
        raise ValueError("write a JMESPath expression; a constant text stands in quotes inside quotes: \"'text'\"")
    return Expression(written)


Expressed = Annotated[
    InstanceOf[Expression],
    BeforeValidator(_compile),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS}),
]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def fields(self, *without: str) -> Fields:
        """What is written here, by name, and so within."""
        found = {name: value for name, value in self if name not in without and value is not None}
        return {name: value.fields() if isinstance(value, _Written) else value for name, value in found.items()}


class CustomerFields(_Written):
    """Where a customer's fields stand. ``id`` is the sender's own; it is kept as an id derived from it."""

    id: Expressed
    tier: Expressed | SkipJsonSchema[None] = None
    language: Expressed | SkipJsonSchema[None] = None
    name: Expressed | SkipJsonSchema[None] = None
    contact: Expressed | SkipJsonSchema[None] = None


class ComplaintFields(_Written):
    """Where a complaint's fields stand. Without ``external_ref`` it is called as its message is."""

    customer: CustomerFields
    body: Expressed
    subject: Expressed | SkipJsonSchema[None] = None
    external_ref: Expressed | SkipJsonSchema[None] = None
    occurred_at: Expressed | SkipJsonSchema[None] = None
    product: Expressed | SkipJsonSchema[None] = None
    category: Expressed | SkipJsonSchema[None] = None
    severity: Expressed | SkipJsonSchema[None] = None
    language: Expressed | SkipJsonSchema[None] = None
    region: Expressed | SkipJsonSchema[None] = None
    attributes: dict[ExternalName, Expressed] = Field(default_factory=dict)


class ReplyFields(_Written):
    """Which messages are replies, and where their fields stand."""

    when: Expressed
    external_ref: Expressed
    body: Expressed
    occurred_at: Expressed | SkipJsonSchema[None] = None

    def mapping(self) -> ReplyMapping:
        """The same as the domain knows it."""
        fields = {**self.fields("when", "external_ref", "body"), "personal": {"body": self.body}}
        return ReplyMapping(self.when, self.external_ref, fields)


class SignatureHeader(_Written):
    """Where ``hmac-header`` stands, and how it is written."""

    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")]
    prefix: Annotated[str, StringConstraints(pattern=r"^[!-~]{0,50}$")] = ""
    digest: Digest = "sha256"
    encoding: Encoding = "hex"


class ChallengeParameters(_Written):
    """The parameters of a GET by which the sender asks: its token, and what it wants back."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    answer: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class SuccessAnswer(_Written):
    """What the sender is answered whose call is kept."""

    status: Annotated[int, Field(ge=200, le=299)] = 200
    media_type: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]{1,100}$")] = "text/plain"
    body: Annotated[str, StringConstraints(max_length=1_000)] = ""


class SenderDescription(_Written):
    """What has to be known of a sender, without the secret."""

    verify: Scheme
    signature: SignatureHeader | SkipJsonSchema[None] = None
    challenge: ChallengeParameters | SkipJsonSchema[None] = None
    body: BodyKind
    envelopes: Expressed | SkipJsonSchema[None] = None
    messages: Expressed | SkipJsonSchema[None] = None
    ignored: dict[IgnoredName, Expressed] = Field(default_factory=dict)
    id: Expressed | SkipJsonSchema[None] = None
    complaint: ComplaintFields
    reply: ReplyFields | SkipJsonSchema[None] = None
    success: SuccessAnswer = SuccessAnswer()

    @model_validator(mode="after")
    def _complete(self) -> SenderDescription:
        if (self.signature is not None) != (self.verify == "hmac-header"):
            raise ValueError("write signature where verify is hmac-header, and nowhere else")
        if self.verify == "twilio" and self.body != "form":
            raise ValueError("twilio signs the fields of a form; write body: form")
        if self.id is None and (self.verify != "standard-webhooks" or self.envelopes or self.messages):
            raise ValueError("write id: what finds the sender's name of a message, unless a header has it (webhook-id)")
        return self

    def mapping(self) -> WebhookMapping:
        """How to read what it sends."""
        return WebhookMapping(
            envelopes=self.envelopes,
            messages=self.messages,
            ignored=self.ignored,
            identity=self.id,
            complaint=self.complaint.fields(),
            reply=self.reply.mapping() if self.reply else None,
        )


class SenderFile(SenderDescription):
    """A file in ``senders``."""

    version: Name


def read_sender(written: Any) -> Any:
    """The shipped description of this name; anything else as it is."""
    if not isinstance(written, str):
        return written
    if written not in SHIPPED:
        raise ValueError(f"there is no sender of this name; describe it here, or name one of {', '.join(SHIPPED)}")
    return load(SENDERS / f"{written}.yaml", SenderFile)
