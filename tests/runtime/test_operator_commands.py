from __future__ import annotations

from dataclasses import dataclass

import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from redress.operating.commanding import command
from services.runtime.kafka import Kafka
from services.runtime.operator_commands import OperatorCommands
from services.runtime.settings import RuntimeSettings

PLACE = TopicPartition("complaint-events", 1)
KAFKA = Kafka(RuntimeSettings(kafka="127.0.0.1:1"))


@dataclass
class Written:
    value: bytes | None
    partition: int = 0
    offset: int = 7


def said(group: str, until: int) -> Written:
    return Written(command(KAFKA, group, PLACE, until)["value"])


@pytest.fixture
def commands() -> OperatorCommands:
    return OperatorCommands("redress-router", KAFKA)


def test_the_last_word_about_a_place_stands(commands):
    for until in (100, 250, 0):
        commands.take(said("redress-router", until))
    assert commands.allowed == {PLACE: 0}


def test_what_is_said_to_another_group_is_not_heeded(commands):
    commands.take(said("redress-sla_monitor", 100))
    assert commands.allowed == {}


@pytest.mark.parametrize("value", [None, b"{", b'{"type": "stop_everything"}'])
def test_what_cannot_be_read_changes_nothing_and_is_logged_with_its_place(commands, value):
    commands.take(said("redress-router", 100))
    with capture_logs() as logs:
        commands.take(Written(value))
    assert commands.allowed == {PLACE: 100}
    assert [(line["log_level"], line["partition"], line["offset"]) for line in logs] == [("error", 0, 7)]


def test_a_command_names_a_topic_without_the_prefix_that_the_cluster_has_before_it():
    kafka = Kafka(RuntimeSettings(kafka="127.0.0.1:1", prefix="acme."))
    commands = OperatorCommands("redress-router", kafka)
    written = command(kafka, "redress-router", PLACE, 100)
    assert written["topic"] == "acme.redress-operator-commands"
    commands.take(Written(written["value"]))
    assert commands.allowed == {TopicPartition("acme.complaint-events", 1): 100}
