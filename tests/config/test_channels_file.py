"""channels.yaml: which kinds of personal data are masked for each channel, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.config.channels import ChannelsFile
from services.config.folder import SHIPPED
from services.config.yaml_files import ConfigError, load

HEAD = "version: 1\n"


def read(folder: Path, text: str) -> ChannelsFile:
    path = folder / "channels.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, ChannelsFile)


def test_a_channel_masks_what_the_file_says_unless_it_says_otherwise(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        """
version: 1
mask: [e_mail, phone]
phone_region: GB
channels:
  - {name: web, reply_window: 30d}
  - {name: chat, reply_window: 24h, mask: [bank_card]}
  - {name: phone, reply_window: 7d, mask: []}
  - {name: app, reply_window: 7d, phone_region: HK}
""",
    )
    assert file.masking("web") == ({"e_mail", "phone"}, "GB")
    assert file.masking("chat") == ({"bank_card"}, "GB")
    assert file.masking("phone") == (frozenset(), "GB")
    assert file.masking("app") == ({"e_mail", "phone"}, "HK")
    assert file.masking(None) == file.masking("no such channel") == ({"e_mail", "phone"}, "GB")


def test_nothing_is_masked_unless_somebody_says_so() -> None:
    file = load(SHIPPED / "channels.yaml", ChannelsFile)
    assert {file.masking(channel) for channel in (None, *file.names)} == {(frozenset(), "CN")}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("mask: [email]\nchannels: [{name: web, reply_window: 1d}]\n", ":2: /mask/0: "),
        ("mask: phone\nchannels: [{name: web, reply_window: 1d}]\n", ":2: /mask: write a list here"),
        (
            "mask:\n  - phone\n  - phone\nchannels: [{name: web, reply_window: 1d}]\n",
            ":4: /mask/1: the same kind twice",
        ),
        ("channels:\n  - name: web\n    reply_window: 1d\n    mask: [phone, fax]\n", ":5: /channels/0/mask/1: "),
        ("phone_region: UK\nchannels: [{name: web, reply_window: 1d}]\n", ":2: /phone_region: no phone numbers"),
        ("phone_region: cn\nchannels: [{name: web, reply_window: 1d}]\n", ":2: /phone_region: "),
        ("channels:\n  - name: web\n    reply_window: 1d\n    phone_region: XX\n", ":5: /channels/0/phone_region: "),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, HEAD + text)
    assert fault in str(error.value)
