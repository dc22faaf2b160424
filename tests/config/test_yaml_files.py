"""Files that people write: what is read, and that every fault is named with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from services.config.yaml_files import ConfigError, load


class Queue(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    priority: int = 0
    open: bool = True
    owner: str | None = "nobody"
    level: Literal["low", "high"] = "low"
    skills: dict[str, Annotated[int | str, Field(union_mode="left_to_right")]] = {}

    @field_validator("name")
    @classmethod
    def is_declared(cls, name: str, info: ValidationInfo) -> str:
        if info.context and name not in info.context["declared"]:
            raise ValueError("this queue is not declared")
        return name


class Queues(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: str
    queues: list[Queue] = []


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "queues.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults(folder: Path, text: str | bytes, context: dict[str, Any] | None = None) -> list[str]:
    path = written(folder, text)
    with pytest.raises(ConfigError) as raised:
        load(path, Queues, context=context)
    return [line.removeprefix(f"{path}:") for line in str(raised.value).splitlines()]


def test_scalars_keep_their_text_and_the_model_converts_them(tmp_path: Path) -> None:
    text = """
version: 1.10
queues:
  - name: no
    priority: 010
    open: false
    owner: 12:30:45
    skills: {fraud: 3, language: from_complaint}
  - {name: "null", priority: '7', open: true}
"""
    queues = load(written(tmp_path, text), Queues)
    assert queues.version == "1.10"
    first, second = queues.queues
    assert (first.name, first.priority, first.open, first.owner) == ("no", 10, False, "12:30:45")
    assert first.skills == {"fraud": 3, "language": "from_complaint"}
    assert (second.name, second.priority, second.open) == ("null", 7, True)


@pytest.mark.parametrize("null", ["null", "~", "", "NULL"])
def test_every_way_to_write_nothing_is_none(tmp_path: Path, null: str) -> None:
    queues = load(written(tmp_path, f"version: 1\nqueues:\n  - name: a\n    owner: {null}\n"), Queues)
    assert queues.queues[0].owner is None


def test_an_alias_repeats_what_its_anchor_holds(tmp_path: Path) -> None:
    queues = load(
        written(tmp_path, "version: 1\nqueues:\n - {name: a, skills: &s {x: 1}}\n - {name: b, skills: *s}\n"),
        Queues,
    )
    assert queues.queues[1].skills == {"x": 1}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert load(written(tmp_path, b"\xef\xbb\xbfversion: 1\n"), Queues).version == "1"


def test_all_faults_are_listed_at_once_each_with_its_own_line(tmp_path: Path) -> None:
    text = """version: 1
queues:
  - priority: 3
    open: perhaps
  - name: b
    nmae: c
  - {name: c, level: middle, priority: high}
extra:
  - 1
"""
    found = faults(tmp_path, text)
    assert [line.split(": ")[:2] for line in found] == [
        ["3", "/queues/0/name"],
        ["4", "/queues/0/open"],
        ["6", "/queues/1/nmae"],
        ["7", "/queues/2/priority"],
        ["7", "/queues/2/level"],
        ["8", "/extra"],
    ]
    assert "3: /queues/0/name: this field is missing; write it here" in found
    assert "6: /queues/1/nmae: there is no such field here; correct its name or remove it" in found
    assert "7: /queues/2/level: Input should be 'low' or 'high'" in found


def test_a_fault_of_a_whole_block_is_at_the_key_that_opens_it(tmp_path: Path) -> None:
    assert faults(tmp_path, "version: 1\nqueues:\n  name: a\n")[0].startswith("2: /queues: ")


def test_a_missing_field_of_the_file_itself_is_at_its_first_line(tmp_path: Path) -> None:
    assert faults(tmp_path, "# queues\nqueues: []\n") == ["2: /version: this field is missing; write it here"]


def test_the_members_of_a_union_are_no_part_of_the_path(tmp_path: Path) -> None:
    found = faults(tmp_path, "version: 1\nqueues:\n  - name: a\n    skills:\n      fraud: [1]\n")
    assert {line.rpartition(": ")[0] for line in found} == {"5: /queues/0/skills/fraud"}


def test_what_a_validator_says_stands_at_the_line_it_is_about(tmp_path: Path) -> None:
    found = faults(tmp_path, "version: 1\nqueues:\n  - name: a\n  - name: b\n", context={"declared": {"a"}})
    assert found == ["4: /queues/1/name: this queue is not declared"]


def test_a_key_written_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    found = faults(tmp_path, "version: 1\nqueues:\n  - name: a\n    open: true\n    name: b\nversion: 2\n")
    assert found == [
        "5: /queues/0/name: this key stands on line 3 too; keep one",
        "6: /version: this key stands on line 1 too; keep one",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("version: 1\nqueues: [", "3: /: this is not valid YAML"),
        ("version: 1\n\tqueues: []", "2: /: this is not valid YAML"),
        ("version: 1\n---\nversion: 2\n", "2: /: this is not valid YAML"),
        ("", "1: /: the file must be a mapping"),
        ("# nothing yet\n", "1: /: the file must be a mapping"),
        ("\n- name: a\n", "2: /: the file must be a mapping"),
        ("version: 1\nqueues: \xff".encode("latin-1"), "2: /: this is not UTF-8"),
        ("version: 1\nqueues: []\nname: a\x00b", "3: /: a control character"),
        ("version: !env NAME\n", "1: /version: the tag !env is not known"),
        ("version: 1\nqueues: &all\n  - *all\n", "2: /queues/0: an alias stands inside what it repeats"),
        ("base: &base {version: 1}\n<<: *base\n", "2: /: merge keys are not read"),
        ("version: 1\n? [a, b]\n: 2\n", "2: /: a key must be a single word"),
        ("version: 1\nqueues: " + "[" * 200_000, "2: /: more than 100 levels deep"),
        ("version: 1\nqueues: " + "{a: " * 2_000 + "}" * 2_000, "2: /: more than 100 levels deep"),
    ],
)
def test_what_is_no_usable_yaml_is_refused_with_its_line(tmp_path: Path, text: str | bytes, fault: str) -> None:
    assert faults(tmp_path, text)[0].startswith(fault)


def test_a_file_that_is_missing_or_no_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml:1: /: the file does not exist"):
        load(tmp_path / "absent.yaml", Queues)
    with pytest.raises(ConfigError, match="the file cannot be read"):
        load(tmp_path, Queues)


def test_no_message_quotes_a_value(tmp_path: Path) -> None:
    secret = "s3cret-value"
    for text in (
        f"version: 1\nqueues:\n  - {{name: a, priority: {secret}, open: {secret}, level: {secret}}}\n",
        f"version: *{secret}\n",
        f"version: [{secret}]\nqueues: {secret}\n",
        f"version: '{secret}\n",
    ):
        assert secret not in "\n".join(faults(tmp_path, text))
