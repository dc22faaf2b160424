"""The local broker, from outside: a real Kafka is started, used, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError
from filelock import FileLock

from redress.broker import BrokerError, LocalKafka, ports
from redress.broker.address import settings_with_broker
from tests.broker.reading import admin_of, values_in

pytestmark = pytest.mark.broker

PLACE = TopicPartition("kept", 0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A broker for the tests that leave it as it is."""
    with LocalKafka(tmp_path_factory.mktemp("running")) as kafka:
        yield kafka


async def _publish(bootstrap: str, *values: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for value in values:
            await producer.send_and_wait(PLACE.topic, value, partition=0)


async def _create_topic(bootstrap: str) -> None:
    async with admin_of(bootstrap) as admin:
        response = await admin.create_topics([NewTopic(PLACE.topic, 1, 1)])
    assert [code for _, code, _ in response.topic_errors] == [0]


def test_a_transaction_commits_as_soon_as_start_returns(running: LocalKafka) -> None:
    async def transact() -> None:
        await _create_topic(running.bootstrap)
        async with (
            AIOKafkaProducer(bootstrap_servers=running.bootstrap, transactional_id="test") as producer,
            producer.transaction(),
        ):
            await producer.send_and_wait(PLACE.topic, b"committed", partition=0)
        assert await values_in(running.bootstrap, PLACE) == [b"committed"]

    asyncio.run(transact())


def test_data_and_port_survive_a_kill_and_a_restart_by_another_object(own_kafka: LocalKafka) -> None:
    asyncio.run(_create_topic(own_kafka.bootstrap))
    asyncio.run(_publish(own_kafka.bootstrap, b"before the kill"))
    address = own_kafka.bootstrap

    own_kafka.kill()
    own_kafka.start()
    assert own_kafka.bootstrap == address
    asyncio.run(_publish(address, b"after the kill"))

    own_kafka.stop()
    with LocalKafka(own_kafka.folder.parent) as again:
        assert again.bootstrap == address
        assert asyncio.run(values_in(address, PLACE)) == [b"before the kill", b"after the kill"]


def test_nothing_listens_beyond_loopback(running: LocalKafka) -> None:
    sockets = psutil.Process(running.pid).net_connections("all")
    listening = {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN}
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_a_topic_is_never_made_by_a_typing_mistake(running: LocalKafka) -> None:
    async def publish() -> None:
        async with AIOKafkaProducer(bootstrap_servers=running.bootstrap, request_timeout_ms=3_000) as producer:
            await producer.send_and_wait("complaint-evnets", b"")

    with pytest.raises(KafkaError):
        asyncio.run(publish())


def test_a_second_process_is_told_who_owns_the_folder(running: LocalKafka) -> None:
    with pytest.raises(BrokerError, match=r"another Redress process runs Kafka in .*REDRESS_HOME"):
        LocalKafka(running.folder.parent).start()
    assert psutil.pid_exists(running.pid)


def test_other_commands_find_the_broker_of_the_home(own_kafka: LocalKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDRESS_KAFKA", raising=False)
    monkeypatch.setenv("REDRESS_HOME", str(own_kafka.folder.parent))
    assert settings_with_broker().kafka == own_kafka.bootstrap

    own_kafka.stop()
    with pytest.raises(BrokerError, match="redress up"):
        settings_with_broker()


def test_an_asyncio_block_starts_it_stops_it_and_gives_its_folder_free(tmp_path: Path) -> None:
    async def use() -> int:
        busy = threading.Event()
        async with LocalKafka(tmp_path) as kafka:
            await _create_topic(kafka.bootstrap)
            # So that it is stopped in another thread than the one it was started in.
            occupied = asyncio.create_task(asyncio.to_thread(busy.wait))
            await asyncio.sleep(0)
        busy.set()
        await occupied
        return kafka.pid

    assert not psutil.pid_exists(asyncio.run(use()))
    with FileLock(tmp_path / "kafka" / "owner.lock", timeout=0):
        pass  # nobody holds it


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BrokerError, match=f"port {port} on 127.0.0.1 is taken"):
            LocalKafka(tmp_path, port=port).start()


def test_a_second_start_is_refused_and_does_no_harm(running: LocalKafka) -> None:
    with pytest.raises(BrokerError, match="runs already"):
        running.start()
    assert running.is_running


def test_a_port_that_is_taken_while_kafka_starts_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "kafka").mkdir()
        (tmp_path / "kafka" / "ports.json").write_text(str(ports.choose(2)))
        before_the_start = iter([True] * 4)  # two looks at what is remembered, two at what will be used
        monkeypatch.setattr(ports, "is_free", lambda one: next(before_the_start, one != port))
        with pytest.raises(BrokerError, match=f"port {port} on 127.0.0.1 is taken"):
            LocalKafka(tmp_path, port=port).start()


def test_a_fixed_port_is_used_and_a_home_may_have_any_name(tmp_path: Path) -> None:
    """Commas, equals signs and backslashes mean something to Kafka, and other letters to a Java without a locale."""
    (port,) = ports.choose(1)
    with LocalKafka(tmp_path / "a b,c%20=\\x\u5ba2\u6237", port=port) as kafka:
        assert kafka.bootstrap == f"127.0.0.1:{port}"
        assert kafka.log.exists()


def test_a_remembered_port_that_is_taken_gives_way_to_a_free_one(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "kafka" / "ports.json").write_text(f"[{port}, {ports.choose(1)[0]}]")
        with LocalKafka(tmp_path) as kafka:
            assert kafka.bootstrap != f"127.0.0.1:{port}"


def test_an_error_at_start_shows_the_last_lines_of_the_log(tmp_path: Path) -> None:
    data = tmp_path / "kafka" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=abc\n")
    with pytest.raises(BrokerError, match=r"(?s)ended while it started.*Stored node id 7.*kafka\.log"):
        LocalKafka(tmp_path).start()


PARENT = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from pathlib import Path
from redress.broker import LocalKafka
kafka = LocalKafka(Path(sys.argv[1])).start()
print(kafka.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_no_java_outlives_its_parent(tmp_path: Path, end: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        java = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(end)
    assert psutil.wait_procs([java], timeout=60) == ([java], [])


def test_neither_java_nor_a_home_of_ones_own_is_needed(tmp_path: Path) -> None:
    """Without java on the path, JAVA_HOME or a cache; options for other Java programs do not reach ours."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")},
        "PATH": "/nonexistent",
        "JAVA_HOME": "/nonexistent",
        "JAVA_TOOL_OPTIONS": "-XX:NoSuchOption",
    }
    code = PARENT.replace("time.sleep(600)", "kafka.stop()")
    subprocess.run([sys.executable, "-c", code, tmp_path], env=environment, check=True, stdout=subprocess.DEVNULL)
