"""Three nodes on this machine: what was acknowledged survives each of their failures, and none survives its parent."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from confluent_kafka.admin import AdminClient

from redress.broker import LocalCluster, ports
from redress.topics import apply_topics
from services.runtime.settings import RuntimeSettings
from tests.broker.reading import admin_of, values_in

pytestmark = [pytest.mark.broker, pytest.mark.prove]

PLACE = TopicPartition("kept", 0)


@pytest.fixture(scope="module")
def advertised() -> list[int]:
    return ports.choose(3)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, advertised: list[int]) -> Iterator[LocalCluster]:
    with LocalCluster(tmp_path_factory.mktemp("cluster"), advertised=advertised) as running:
        yield running


async def publish(bootstrap: str, value: bytes, *, patience_seconds: int = 30) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", request_timeout_ms=patience_seconds * 1_000)
    async with producer:
        await producer.send_and_wait(PLACE.topic, value, partition=PLACE.partition)


async def leader(bootstrap: str) -> int:
    async with admin_of(bootstrap) as client:
        (topic,) = await client.describe_topics([PLACE.topic])
        return topic["partitions"][0]["leader"]


@pytest.mark.asyncio
async def test_what_was_acknowledged_survives_the_leader_the_controllers_majority_and_all_at_once(cluster):
    async with admin_of(cluster.direct) as client:
        await client.create_topics([NewTopic(PLACE.topic, 1, 3)])
    await publish(cluster.direct, b"all up")
    leading = await leader(cluster.direct)
    cluster.kill(leading)
    await publish(cluster.direct, b"without its leader")
    second = await leader(cluster.direct)
    assert second != leading
    cluster.kill(second)
    with pytest.raises(KafkaError):  # one replica is not enough, nor is one controller
        await publish(cluster.direct, b"lost", patience_seconds=5)
    cluster.start(leading, second)
    cluster.kill()
    cluster.start()
    await publish(cluster.direct, b"all back")
    assert [value for value in await values_in(cluster.direct, PLACE) if value != b"lost"] == [
        b"all up",
        b"without its leader",
        b"all back",
    ]


@pytest.mark.asyncio
async def test_the_deployments_topics_and_kafkas_own_have_three_replicas_of_which_two_must_acknowledge(cluster):
    await apply_topics(RuntimeSettings(kafka=cluster.direct))
    async with (
        AIOKafkaProducer(bootstrap_servers=cluster.direct, transactional_id="t") as producer,
        producer.transaction(),
    ):
        await producer.send_offsets_to_transaction({TopicPartition("complaint-events", 0): 0}, "group")
    async with admin_of(cluster.direct) as client:
        topics = {topic["topic"]: topic["partitions"] for topic in await client.describe_topics()}
        least = {
            resource[3]: {entry[0]: entry[1] for entry in resource[4]}["min.insync.replicas"]
            for response in await client.describe_configs(
                [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
            )
            for resource in response.resources
        }
    assert {"complaint-events", "__consumer_offsets", "__transaction_state"} <= topics.keys()
    ours = [name for name in topics if name != PLACE.topic]
    assert {len(one["replicas"]) for name in ours for one in topics[name]} == {3}
    assert least == dict.fromkeys(topics, "2")


@pytest.mark.asyncio
async def test_a_node_that_stands_is_left_out_and_comes_back(cluster):
    await publish(cluster.direct, b"before")
    standing = await leader(cluster.direct)
    cluster.pause(standing)
    others = ",".join(server.node.direct for number, server in cluster.servers.items() if number != standing)
    watch = AdminClient({"bootstrap.servers": others})  # unlike aiokafka's, it does not wait for the one that stands
    give_up = time.monotonic() + 60
    try:
        while watch.list_topics(PLACE.topic, timeout=10).topics[PLACE.topic].partitions[0].leader == standing:
            assert time.monotonic() < give_up
            await asyncio.sleep(0.1)
        await publish(others, b"while it stands")
    finally:
        cluster.resume(standing)
    while (await values_in(cluster.servers[standing].node.direct, PLACE))[-2:] != [b"before", b"while it stands"]:
        assert time.monotonic() < give_up, "it has not caught up with what was published while it stood"


@pytest.mark.asyncio
async def test_clients_are_sent_to_the_advertised_ports_but_not_those_that_come_directly(cluster, advertised):
    give_up = time.monotonic() + 60

    async def sent_to(bootstrap: str) -> set[int]:
        named: set[int] = set()
        while len(named) < len(cluster.servers):  # a node that stood is named again by each of the others in its time
            assert time.monotonic() < give_up
            client = AIOKafkaClient(bootstrap_servers=bootstrap)
            await client.bootstrap()
            await client.close()
            named = {broker.port for broker in client.cluster.brokers()}
        return named

    assert await sent_to(cluster.servers[1].node.address) == set(advertised)
    assert await sent_to(cluster.direct) == {server.node.direct_port for server in cluster.servers.values()}


def test_another_node_leads_the_controllers_when_the_one_that_did_is_killed(cluster):
    led = cluster.controller
    assert led in cluster.servers
    cluster.kill(led)
    give_up = time.monotonic() + 60
    while cluster.controller in (led, 0):
        assert time.monotonic() < give_up
        time.sleep(0.1)
    cluster.start(led)


@pytest.mark.asyncio
async def test_a_node_that_ends_in_an_orderly_way_starts_again_with_its_data(cluster):
    await publish(cluster.direct, b"before it ends")
    cluster.stop(2)
    assert not cluster.servers[2].is_running
    cluster.start(2)
    assert (await values_in(cluster.servers[2].node.direct, PLACE))[-1] == b"before it ends"


PARENT = """
import sys, time
from pathlib import Path
from redress.broker import LocalCluster
cluster = LocalCluster(Path(sys.argv[1])).start()
print(*(server.pid for server in cluster.servers.values()), flush=True)
time.sleep(600)
"""


def test_no_node_outlives_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        nodes = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    assert len(nodes) == 3
    _, alive = psutil.wait_procs(nodes, timeout=60)
    assert alive == []
