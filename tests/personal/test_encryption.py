"""What is encrypted is read with the right keys, and with no others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.config.personal_keys import PersonalKeys, load_personal_keys
from services.config.yaml_files import ConfigError
from services.personal.encryption import Encryption, Unreadable

FIRST = PersonalKeys(current="1", keys={"1": "11" * 32}, pseudonyms="aa" * 32)
BOTH = PersonalKeys(current="2", keys={**FIRST.keys, "2": "22" * 32}, pseudonyms="aa" * 32)
SECOND = PersonalKeys(current="2", keys={"2": "22" * 32}, pseudonyms="aa" * 32)


@given(st.binary(max_size=2_000))
def test_what_is_encrypted_is_read_again(plain: bytes) -> None:
    encrypted = Encryption(FIRST).encrypt(plain)
    assert Encryption(BOTH).decrypt(encrypted.text, encrypted.key) == plain


def test_the_same_text_is_never_encrypted_to_the_same() -> None:
    one, other = Encryption(FIRST).encrypt(b"secret"), Encryption(FIRST).encrypt(b"secret")
    assert {one.text, one.key, one.key_id}.isdisjoint({other.text, other.key, other.key_id})


def test_both_are_json_web_encryption_that_names_its_key() -> None:
    encrypted = Encryption(FIRST).encrypt(b"secret")
    headers = [
        json.loads(base64.urlsafe_b64decode(one.split(".")[0] + "==")) for one in (encrypted.text, encrypted.key)
    ]
    assert headers == [
        {"alg": "dir", "enc": "A256GCM", "kid": encrypted.key_id},
        {"alg": "dir", "enc": "A256GCM", "kid": "1"},
    ]


def test_without_its_own_key_no_key_of_the_deployment_reads_a_text() -> None:
    one, other = Encryption(FIRST).encrypt(b"secret"), Encryption(FIRST).encrypt(b"secret")
    with pytest.raises(Unreadable, match="not encrypted with this key"):
        Encryption(FIRST).decrypt(one.text, other.key)


def test_a_key_that_was_removed_from_the_file_reads_nothing_and_is_named() -> None:
    encrypted = Encryption(FIRST).encrypt(b"secret")
    with pytest.raises(Unreadable, match="the key '1', which is not in"):
        Encryption(SECOND).decrypt(encrypted.text, encrypted.key)


def test_a_renewed_key_needs_the_old_one_no_longer() -> None:
    encrypted = Encryption(FIRST).encrypt(b"secret")
    renewed = Encryption(BOTH).renew(encrypted.key)
    assert renewed is not None
    assert Encryption(SECOND).decrypt(encrypted.text, renewed) == b"secret"
    assert Encryption(BOTH).renew(renewed) is None


@given(st.data())
def test_a_text_of_which_a_character_was_changed_is_not_read(data: st.DataObject) -> None:
    encrypted = Encryption(FIRST).encrypt(b"a secret of some length")
    at = data.draw(st.integers(0, len(encrypted.text) - 2))  # The last character has bits that nobody reads.
    other = data.draw(st.sampled_from("AbZ_-").filter(lambda one: one != encrypted.text[at]))
    changed = encrypted.text[:at] + other + encrypted.text[at + 1 :]
    with pytest.raises(Unreadable):
        Encryption(FIRST).decrypt(changed, encrypted.key)


@given(st.text(max_size=200))
def test_any_other_text_is_refused_in_words_that_do_not_quote_it(text: str) -> None:
    key = Encryption(FIRST).encrypt(b"secret").key
    with pytest.raises(Unreadable) as error:
        Encryption(FIRST).decrypt(text, key)
    assert len(text) < 4 or text not in str(error.value)
    with pytest.raises(Unreadable):
        Encryption(FIRST).decrypt(key, text)


def test_a_customer_s_pseudonym_is_the_hmac_of_the_id_and_outlives_every_change_of_keys() -> None:
    expected = hmac.new(bytes.fromhex("aa" * 32), b"C-7", hashlib.sha256).hexdigest()
    assert {Encryption(keys).pseudonym("C-7") for keys in (FIRST, BOTH, SECOND)} == {expected}


def test_keys_are_of_a_deployment_that_has_them(tmp_path) -> None:
    assert load_personal_keys(None, tmp_path) is None
    with pytest.raises(ConfigError, match="named"):
        load_personal_keys(tmp_path / "named.yaml", tmp_path)


def test_a_file_that_others_may_read_is_refused_with_the_command_that_mends_it(tmp_path) -> None:
    file = tmp_path / "personal-keys.yaml"
    file.write_text(f"current: '1'\nkeys: {{'1': {'11' * 32}}}\npseudonyms: {'aa' * 32}\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match=f"run `chmod 600 {file}`"):
        load_personal_keys(None, tmp_path)
    file.chmod(0o600)
    assert load_personal_keys(None, tmp_path) == FIRST


def test_a_current_key_that_is_not_there_is_named_without_a_secret(tmp_path) -> None:
    file = tmp_path / "personal-keys.yaml"
    file.write_text(f"current: '2'\nkeys: {{'1': {'11' * 32}}}\npseudonyms: {'aa' * 32}\n")
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="'2', which is not among keys") as error:
        load_personal_keys(None, tmp_path)
    assert "1111" not in str(error.value)
