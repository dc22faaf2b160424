"""Encrypts what is personal in an event under a key of its own, and that key under the deployment's (RFC 7516).

Destroying the small record that holds an event's key destroys what the event says, in every copy of every topic. Both
are JSON Web Encryption in its compact form, ``dir`` with A256GCM (RFC 7518, sections 4.5 and 5.3), which libraries of
most languages read. They are put together here, since a library takes eight times as long, for every event; they are
read by one.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.util import json_b64decode

from services.config.personal_keys import PersonalKeys

KEY_BYTES = 32
KEY_ID_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16


class Unreadable(Exception):
    """What was encrypted cannot be read with these keys. The message quotes nothing."""


class Encrypted(NamedTuple):
    """A text, the id of the key that it is under, and that key, encrypted."""

    text: str
    key_id: str
    key: str


class Encryption:
    """Encrypts and decrypts with the keys of one deployment.

    Nonces are random, so a key of the deployment is for less than 2**32 events (NIST SP 800-38D, section 8.3).
    """

    def __init__(self, keys: PersonalKeys) -> None:
        self._current = keys.current
        self._keys = {key_id: bytes.fromhex(secret) for key_id, secret in keys.keys.items()}
        self._cipher, self._header = AESGCM(self._keys[keys.current]), _write_header(keys.current)
        self._pseudonyms = bytes.fromhex(keys.pseudonyms)

    def encrypt(self, plain: bytes) -> Encrypted:
        """``plain`` under a new key."""
        key, key_id = secrets.token_bytes(KEY_BYTES), secrets.token_hex(KEY_ID_BYTES)
        return Encrypted(_encrypt(plain, AESGCM(key), _write_header(key_id)), key_id, self._encrypt_key(key))

    def decrypt(self, text: str, key: str) -> bytes:
        """The text that ``encrypt`` was given. Raises Unreadable."""
        return _decrypt(text, self._decrypt_key(key))

    def renew(self, key: str) -> str | None:
        """The encrypted key under the current key of the deployment; None where it is so already. Raises Unreadable."""
        return None if self.key_id_of(key) == self._current else self._encrypt_key(self._decrypt_key(key))

    def pseudonym(self, customer_id: str) -> str:
        """By what a customer is known where no id may stand: HMAC-SHA256 (RFC 2104), in hexadecimal."""
        return hmac.digest(self._pseudonyms, customer_id.encode(), "sha256").hex()

    @staticmethod
    def key_id_of(text: str) -> str:
        """The key that a text or a key is under. Raises Unreadable."""
        try:
            return str(json_b64decode(text.partition(".")[0].encode())["kid"])
        except (ValueError, KeyError, TypeError):
            raise Unreadable("this is no JSON Web Encryption that names its key") from None

    def _encrypt_key(self, key: bytes) -> str:
        return _encrypt(key, self._cipher, self._header)

    def _decrypt_key(self, key: str) -> bytes:
        key_id = self.key_id_of(key)
        if key_id not in self._keys:
            raise Unreadable(f"its key is under the key {key_id!r}, which is not in personal-keys.yaml")
        return _decrypt(key, self._keys[key_id])


def _write_header(key_id: str) -> str:
    header = {"alg": "dir", "enc": "A256GCM", "kid": key_id}
    return _base64(json.dumps(header, separators=(",", ":")).encode())


def _encrypt(plain: bytes, cipher: AESGCM, header: str) -> str:
    """The header is authenticated too (RFC 7516, section 5.1); there is no encrypted key between the first two dots."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = cipher.encrypt(nonce, plain, header.encode())
    return f"{header}..{_base64(nonce)}.{_base64(sealed[:-TAG_BYTES])}.{_base64(sealed[-TAG_BYTES:])}"


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decrypt(text: str, key: bytes) -> bytes:
    try:
        plain = jwe.decrypt_compact(text, OctKey.import_key(key)).plaintext
    except (JoseError, ValueError):
        raise Unreadable("it was not encrypted with this key, or was changed since") from None
    if plain is None:
        raise Unreadable("there is nothing in it")
    return plain
