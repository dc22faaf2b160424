"""webhooks.yaml as a model, and with its secrets as what the domain knows: a webhook for each channel that has one."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Collection, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from schemas.each_once import each_once
from schemas.external_names import ExternalName
from schemas.primitives import Name
from services.config.folder import config_folder
from services.config.yaml_files import ConfigError, load
from services.intake.domain.signatures import (
    HmacHeader,
    StandardWebhooks,
    TelegramToken,
    Twilio,
    Verification,
    WeChat,
)
from services.intake.domain.webhooks import Challenge, Success, Webhook
from services.intake.domain.wechat_encryption import KEY_BYTES, KEY_CHARACTERS, WeChatEncrypted
from services.intake.sender_description import SHIPPED, SenderDescription, read_sender
from services.intake.settings import Settings
from services.intake.webhook_secrets import load_webhook_secrets

FILE_NAME = "webhooks.yaml"
_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
"""How long a secret of Standard Webhooks is once it is decoded."""


class WebhookEntry(BaseModel):
    """One channel's webhook.

    ``secret`` and ``challenge_secret`` are names in webhook-secrets.yaml. ``url`` is the address that Twilio was given,
    as it stands there. ``encryption_secret`` names WeChat's EncodingAESKey, and ``account`` is its app id, for the
    encrypted mode. Validate with the context ``{"channels": ...}``, the names in channels.yaml.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: ExternalName
    sender: Annotated[
        SenderDescription,
        BeforeValidator(read_sender, json_schema_input_type=Literal[SHIPPED] | SenderDescription),
    ]
    secret: Name
    challenge_secret: Name | SkipJsonSchema[None] = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,2000}$")] | SkipJsonSchema[None] = None
    encryption_secret: Name | SkipJsonSchema[None] = None
    account: Name | SkipJsonSchema[None] = None
    owner: ExternalName = "local"

    @field_validator("channel")
    @classmethod
    def _declared(cls, channel: str, info: ValidationInfo) -> str:
        declared: Collection[str] | None = (info.context or {}).get("channels")
        if declared is not None and channel not in declared:
            raise ValueError("this channel is not in channels.yaml; there are " + ", ".join(sorted(declared)))
        return channel

    @model_validator(mode="after")
    def _complete(self) -> WebhookEntry:
        if (self.url is not None) != (self.sender.verify == "twilio"):
            raise ValueError("write url where the sender is verified as twilio, and nowhere else")
        if (self.encryption_secret is not None) != (self.account is not None):
            raise ValueError("write encryption_secret and account together")
        if self.encryption_secret is not None and self.sender.verify != "wechat":
            raise ValueError("write encryption_secret where the sender is verified as wechat, and nowhere else")
        if (self.challenge_secret is not None) != (self.sender.challenge is not None):
            raise ValueError("write challenge_secret where the sender has a challenge, and nowhere else")
        return self


class WebhooksFile(BaseModel):
    """webhooks.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Name
    webhooks: Annotated[tuple[WebhookEntry, ...], Field(min_length=1), each_once("channel", by=attrgetter("channel"))]


def load_webhooks(settings: Settings, channels: Collection[str]) -> dict[str, Webhook]:
    """The webhooks by channel; none where there is no file. Raises ConfigError."""
    path = config_folder(settings.config) / FILE_NAME
    if not os.path.lexists(path):
        return {}
    file = load(path, WebhooksFile, context={"channels": channels})
    secrets = load_webhook_secrets(settings.webhook_secrets, settings.home)
    return {entry.channel: _make_webhook(entry, secrets, path) for entry in file.webhooks}


def _make_webhook(entry: WebhookEntry, secrets: Mapping[str, tuple[str, ...]], path: Path) -> Webhook:
    def secrets_named(name: str) -> tuple[str, ...]:
        if name not in secrets:
            raise ConfigError(
                f"{path}:1: /: the secret {name!r} of the channel {entry.channel!r} is in no file of secrets"
            )
        return secrets[name]

    sender = entry.sender
    challenge = None
    if sender.challenge is not None and entry.challenge_secret is not None:
        tokens = tuple(secret.encode() for secret in secrets_named(entry.challenge_secret))
        challenge = Challenge(sender.challenge.token, sender.challenge.answer, tokens)
    return Webhook(
        channel=entry.channel,
        owner=entry.owner,
        verification=_make_verification(
            entry,
            secrets_named(entry.secret),
            secrets_named(entry.encryption_secret) if entry.encryption_secret else (),
        ),
        body_kind=sender.body,
        mapping=sender.mapping(),
        success=Success(**sender.success.model_dump()),
        challenge=challenge,
    )


def _make_verification(entry: WebhookEntry, secrets: tuple[str, ...], encrypting: tuple[str, ...]) -> Verification:
    sender, keys = entry.sender, tuple(secret.encode() for secret in secrets)
    if sender.verify == "standard-webhooks":
        return StandardWebhooks(tuple(_decode(secret, entry.secret) for secret in secrets))
    if sender.signature is not None:
        return HmacHeader(keys, **sender.signature.model_dump())
    if sender.verify == "twilio":
        return Twilio(keys, entry.url or "")
    if sender.verify == "telegram-token":
        return TelegramToken(keys)
    if entry.account is None:
        return WeChat(keys)
    return WeChatEncrypted(keys, tuple(_decode_aes(key, entry.encryption_secret) for key in encrypting), entry.account)


def _decode_aes(secret: str, name: str | None) -> bytes:
    """The key of an EncodingAESKey. Raises ConfigError."""
    try:
        key = b64decode(secret + "=", validate=True)
    except ValueError:
        key = b""
    if len(secret) != KEY_CHARACTERS or len(key) != KEY_BYTES:
        raise ConfigError(f"the secret {name!r} is no EncodingAESKey: copy all of its {KEY_CHARACTERS} characters")
    return key


def _decode(secret: str, name: str) -> bytes:
    """The key of a Standard Webhooks secret, which is base64 after a prefix. Raises ConfigError."""
    encoded = secret.removeprefix(_PREFIX)
    try:
        key = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        key = b""
    if len(key) not in _KEY_BYTES:
        raise ConfigError(
            f"the secret {name!r} of webhook-secrets.yaml is none of Standard Webhooks: {_PREFIX} and the base64 of 24"
            " to 64 bytes"
        )
    return key
