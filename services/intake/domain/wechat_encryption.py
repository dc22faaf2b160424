"""WeChat's encrypted mode: a call whose body holds one encrypted text in, who it is from and what it says out.

As WeChat's documents for Official Accounts and WeCom describe it: the text is encrypted by AES-256-CBC, and the first
half of the key is the initialization vector. It holds 16 random bytes, the length of the message (4 bytes, big-endian),
the message, and the id of the account it is for, padded to 32 bytes (PKCS #7). ``msg_signature`` is the SHA-1 of token,
timestamp, nonce and the encrypted text.
"""

from __future__ import annotations

import hmac
import struct
from base64 import b64decode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from services.intake.domain.refusals import RequestRefused
from services.intake.domain.signatures import (
    WebhookCall,
    WeChat,
    require_one_of,
    require_parameter,
    require_recent,
    sign_wechat,
)
from services.intake.domain.webhook_bodies import read_body

KEY_CHARACTERS = 43
"""Of an EncodingAESKey: 32 bytes in base64 without the last ``=``."""
KEY_BYTES = 32
BLOCK_BYTES = 16
MOST_PADDING = 32
_RANDOM_BYTES = 16
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class WeChatEncrypted:
    """``tokens`` sign and ``keys`` encrypt; a sender that changes one of them has two for a while.

    ``account`` is the app id, or the corp id of WeCom.
    """

    tokens: tuple[bytes, ...] = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)
    account: str

    def check(self, call: WebhookCall) -> None:
        """Raises RequestRefused unless the encrypted text is signed, and not long ago.

        An Official Account asks its challenge as in plain mode, WeCom with an encrypted text.
        """
        if not call.body and "msg_signature" not in call.query:
            WeChat(self.tokens).check(call)
            return
        given = require_parameter(call, "msg_signature")
        timestamp, nonce = require_parameter(call, "timestamp"), require_parameter(call, "nonce")
        text = _find_text(call)
        require_one_of([sign_wechat(token, timestamp, nonce, text) for token in self.tokens], [given])
        require_recent(timestamp, call.now)

    def decrypt(self, call: WebhookCall) -> bytes:
        """What the encrypted text of a call that was checked says. Raises RequestRefused."""
        try:
            encrypted = b64decode(_find_text(call), validate=True)
        except ValueError:
            raise _Undecipherable from None
        for key in self.keys:
            message = self._decrypt(encrypted, key)
            if message is not None:
                return message
        raise _Undecipherable

    def _decrypt(self, encrypted: bytes, key: bytes) -> bytes | None:
        if not encrypted or len(encrypted) % BLOCK_BYTES:
            return None
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:BLOCK_BYTES])).decryptor()
        padded = decryptor.update(encrypted) + decryptor.finalize()
        padding = padded[-1]
        if not 1 <= padding <= MOST_PADDING:
            return None
        content = padded[_RANDOM_BYTES:-padding]
        if len(content) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(content)
        message, account = content[_LENGTH.size :][:length], content[_LENGTH.size + length :]
        return message if hmac.compare_digest(account, self.account.encode()) else None


class _Undecipherable(RequestRefused):
    def __init__(self) -> None:
        super().__init__("wrong_signature", "It is not encrypted with a key of this channel for its account")


def _find_text(call: WebhookCall) -> str:
    if not call.body:
        return require_parameter(call, "echostr")
    body = read_body("xml", call.body)
    text = body.get("Encrypt") if isinstance(body, dict) else None
    if not isinstance(text, str):
        raise RequestRefused("missing_signature", "It has no encrypted text, which this channel's account sends")
    return text
