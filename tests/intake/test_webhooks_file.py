"""webhooks.yaml and the file of its secrets: what is right is a webhook, what is wrong is named by line."""

from __future__ import annotations

from base64 import b64encode

import pytest

from services.config.yaml_files import ConfigError
from services.intake.domain.signatures import HmacHeader, StandardWebhooks, TelegramToken, Twilio, WeChat
from services.intake.domain.wechat_encryption import WeChatEncrypted
from services.intake.settings import Settings
from services.intake.webhooks_file import load_webhooks

CHANNELS = frozenset({"chat", "sms", "web"})
KEY = "whsec_" + b64encode(bytes(range(32))).decode()
SECRETS = f"""
version: 1
secrets:
  app: 0123456789abcdef
  verify-token: a-token-of-ours
  token: [new-secret, old-secret]
  standard: {KEY}
  short: whsec_AAAA
  aes: jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C
"""
OWN = """
version: 1
webhooks:
  - channel: chat
    secret: app
    sender:
      verify: hmac-header
      signature: {header: X-Signature, digest: sha1, encoding: base64}
      body: json
      id: message.id
      complaint: {customer: {id: message.user}, body: message.text, attributes: {shop: message.shop}}
"""


@pytest.fixture
def load(tmp_path):
    def load(text: str, secrets: str | None = SECRETS, mode: int = 0o600):
        config, home = tmp_path / "config", tmp_path / "home"
        config.mkdir(exist_ok=True)
        home.mkdir(exist_ok=True)
        (config / "webhooks.yaml").write_text(text, encoding="utf-8")
        if secrets is not None:
            file = home / "webhook-secrets.yaml"
            file.write_text(secrets, encoding="utf-8")
            file.chmod(mode)
        return load_webhooks(Settings(config=config, home=home), CHANNELS)

    return load


def of(sender: str, secret: str, more: str = "", channel: str = "chat") -> str:
    return f"version: 1\nwebhooks:\n  - {{channel: {channel}, sender: {sender}, secret: {secret}{more}}}\n"


def test_without_a_file_there_are_no_webhooks_and_no_secrets_are_needed(tmp_path) -> None:
    assert load_webhooks(Settings(config=tmp_path, home=tmp_path), CHANNELS) == {}


@pytest.mark.parametrize(
    ("sender", "secret", "more", "verification"),
    [
        ("whatsapp", "app", ", challenge_secret: verify-token", HmacHeader),
        ("wechat", "token", ", encryption_secret: aes, account: wx1", WeChatEncrypted),
        ("twilio", "app", ", url: 'https://shop.example/v1/channels/chat/webhook?a=1'", Twilio),
        ("wechat", "token", "", WeChat),
        ("telegram", "token", "", TelegramToken),
        ("standard-webhooks", "standard", ", owner: shop", StandardWebhooks),
    ],
)
def test_each_sender_that_is_shipped_can_be_named(load, sender, secret, more, verification) -> None:
    webhook = load(of(sender, secret, more))["chat"]
    assert isinstance(webhook.verification, verification)
    assert webhook.owner == ("shop" if "owner" in more else "local")
    assert webhook.is_challenged == (sender in ("whatsapp", "wechat"))


def test_a_sender_can_be_described_and_several_secrets_hold_at_once(load) -> None:
    webhook = load(OWN)["chat"]
    assert webhook.verification == HmacHeader((b"0123456789abcdef",), "X-Signature", digest="sha1", encoding="base64")
    assert load(of("wechat", "token"))["chat"].verification == WeChat((b"new-secret", b"old-secret"))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (of("whatsap", "app"), 3, "there is no sender of this name"),
        (of("whatsapp", "app"), 3, "write challenge_secret"),
        (of("wechat", "token", ", challenge_secret: app"), 3, "write challenge_secret"),
        (of("wechat", "token", ", encryption_secret: aes"), 3, "write encryption_secret and account together"),
        (of("telegram", "token", ", encryption_secret: aes, account: a"), 3, "is verified as wechat"),
        (of("twilio", "app"), 3, "write url"),
        (of("wechat", "token", ", url: https://x.example"), 3, "write url"),
        (of("wechat", "token", channel="fax"), 3, "not in channels.yaml; there are chat, sms, web"),
        (of("wechat", "nobody-s"), 1, "the secret \"nobody-s\"|the secret 'nobody-s' of the channel 'chat'"),
        (of("wechat", "token") + "  - {channel: chat, sender: telegram, secret: token}\n", 4, "the same channel twice"),
        (OWN.replace("message.text", "message."), 11, "no JMESPath"),
        (OWN.replace("message.text", "lower(message.text)"), 11, r"no function lower\(\)"),
        (OWN.replace("message.text", "''"), 11, "write a JMESPath expression"),
        (OWN.replace("body: message.text", "text: message.text"), 11, "there is no such field"),
        (OWN.replace("      id: message.id\n", ""), 6, "write id"),
        (OWN.replace("      signature:", "      #"), 6, "write signature"),
        (OWN.replace("hmac-header", "wechat"), 6, "write signature"),
        (OWN.replace("hmac-header", "hmac"), 7, "standard-webhooks"),
        (OWN.replace("sha1", "md5"), 8, "sha256"),
        (OWN.replace("body: json", "body: yaml"), 9, "json"),
        (OWN.replace("body: json", "body: json\n      ignored: {'Not A Name': message.x}"), 10, "pattern"),
        (OWN.replace("body: json", "body: json\n      success: {status: 500}"), 10, "299"),
    ],
)
def test_a_fault_is_named_with_its_line(load, text, line, says) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        load(text)
    assert f"webhooks.yaml:{line}: " in str(caught.value)


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        (None, "there are none here"),
        ("version: 1\nsecrets: {app: short}\n", "at least 8"),
        ("version: 1\nsecrets: {app: 'with a space in it'}\n", "/secrets/app"),
        ("version: 1\nsecrets: {app: []}\n", "/secrets/app"),
        ("version: 1\n", "this field is missing"),
    ],
)
def test_a_fault_in_the_secrets_is_named_and_no_secret_is_shown(load, secrets, says) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        load(OWN, secrets)
    assert "with a space" not in str(caught.value)


def test_secrets_that_others_may_read_are_refused(load) -> None:
    with pytest.raises(ConfigError, match="chmod 600"):
        load(OWN, mode=0o644)
    assert load(OWN, mode=0o640)


def test_a_secret_that_is_none_of_standard_webhooks_is_refused_by_its_name(load) -> None:
    for name in ("short", "verify-token"):
        with pytest.raises(ConfigError, match=f"'{name}'") as caught:
            load(of("standard-webhooks", name))
        assert "AAAA" not in str(caught.value)
        assert "a-token-of-ours" not in str(caught.value)


def test_of_several_messages_in_a_call_each_needs_an_identity_of_its_own(load) -> None:
    described = OWN.replace(
        "hmac-header\n      signature: {header: X-Signature, digest: sha1, encoding: base64}", "standard-webhooks"
    )
    described = described.replace("secret: app", "secret: standard")
    assert load(described.replace("      id: message.id\n", ""))
    with pytest.raises(ConfigError, match="write id"):
        load(described.replace("      id: message.id\n", "      messages: items\n"))
