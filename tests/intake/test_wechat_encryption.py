"""WeChat's encrypted mode: the example of WeCom's documents, and calls that were made or changed by others."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha1

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.refusals import RequestRefused
from services.intake.domain.signatures import WebhookCall
from services.intake.domain.wechat_encryption import WeChatEncrypted

# The example of WeCom's page about callbacks.
TOKEN, ACCOUNT = b"QDG6eK", "wx5823bf96d3bd56c7"
KEY = b64decode("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C=")
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
EXAMPLE = {
    "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "timestamp": "1409659589",
    "nonce": "263014780",
    "echostr": ECHO,
}
THEN = datetime.fromtimestamp(1409659589, UTC)
OTHER = bytes(range(32))
ENCRYPTED = WeChatEncrypted((TOKEN,), (KEY,), ACCOUNT)


def call(query: dict[str, str], body: bytes = b"", now: datetime = THEN) -> WebhookCall:
    return WebhookCall({}, query, body, now)


def encrypt(message: bytes, key: bytes = KEY, account: str = ACCOUNT) -> str:
    content = bytes(16) + len(message).to_bytes(4) + message + account.encode()
    padding = 32 - len(content) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return b64encode(encryptor.update(content + bytes([padding]) * padding) + encryptor.finalize()).decode()


def sent(text: str, token: bytes = TOKEN) -> WebhookCall:
    """A call with that encrypted text, as the account's owner of ``token`` signs it."""
    parts = sorted([token.decode(), EXAMPLE["timestamp"], EXAMPLE["nonce"], text])
    signature = sha1("".join(parts).encode()).hexdigest()  # noqa: S324
    body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt>{text}</Encrypt></xml>".encode()
    return call({**EXAMPLE, "msg_signature": signature}, body)


def test_the_documents_example_is_read() -> None:
    ENCRYPTED.check(call(EXAMPLE))
    assert ENCRYPTED.decrypt(call(EXAMPLE)) == b"1616140317555161061"


@given(st.binary(max_size=500))
def test_whatever_was_encrypted_is_read(message: bytes) -> None:
    received = sent(encrypt(message))
    ENCRYPTED.check(received)
    assert ENCRYPTED.decrypt(received) == message


def test_an_account_that_changes_its_token_and_key_has_two_of_each() -> None:
    both = WeChatEncrypted((b"another", TOKEN), (OTHER, KEY), ACCOUNT)
    for key, token in ((KEY, TOKEN), (OTHER, b"another")):
        received = sent(encrypt(b"hi", key), token)
        both.check(received)
        assert both.decrypt(received) == b"hi"


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (call({**EXAMPLE, "msg_signature": "0" * 40}), "wrong_signature"),
        (call({**EXAMPLE, "nonce": "1"}), "wrong_signature"),
        (call({**EXAMPLE, "echostr": ECHO[:-4] + "AA=="}), "wrong_signature"),
        (call(EXAMPLE, now=datetime(2026, 12, 1, tzinfo=UTC)), "stale_signature"),
        (call({name: EXAMPLE[name] for name in ("timestamp", "nonce")}, b"<xml></xml>"), "missing_signature"),
        (call(EXAMPLE, b"<xml><Content>in clear</Content></xml>"), "missing_signature"),
        (sent(encrypt(b"x"), b"guessed"), "wrong_signature"),
    ],
)
def test_a_call_that_the_account_did_not_sign_is_refused_by_name(received: WebhookCall, reason: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        ENCRYPTED.check(received)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        encrypt(b"hi", OTHER),
        encrypt(b"hi", account="wx-somebody-else"),
        encrypt(b"hi")[4:],
        b64encode(bytes(64)).decode(),
        "no base64",
        "",
    ],
)
def test_what_was_not_encrypted_for_this_account_is_refused(text: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        ENCRYPTED.decrypt(sent(text))
    assert refused.value.reason in ("wrong_signature", "missing_signature")


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_in_another_way(data: bytes) -> None:
    with pytest.raises(RequestRefused):
        ENCRYPTED.decrypt(sent(b64encode(data).decode()))
