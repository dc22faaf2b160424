"""Kafka's jars in the user's cache: fetched once, whole, and never other ones than the lock file names."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import requests

from redress.broker import BrokerError, jars
from redress.broker.jars import Jar

CONTENT = b"a jar"
JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> list[bytes | Exception]:
    """What the repository answers, one download after the other."""
    answers: list[bytes | Exception] = []

    def answer(method: str, url: str, **_: object) -> requests.Response:
        response = requests.Response()
        response.status_code = 404 if url.endswith(".sha1") else 200
        if response.status_code == 200:
            content = answers.pop(0)
            if isinstance(content, Exception):
                raise content
            response.raw = io.BytesIO(content)
        return response

    monkeypatch.setattr(requests, "request", answer)
    return answers


def test_a_jar_is_downloaded_once(tmp_path: Path, repository: list[bytes | Exception]) -> None:
    repository.append(CONTENT)
    for _ in range(2):
        (file,) = jars.ensure(tmp_path, [JAR])
        assert file.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(CONTENT[:3]),
        lambda file: file.write_bytes(b"something else"),
        lambda file: file.unlink(),
    ],
    ids=["cut short", "changed", "removed"],
)
def test_a_damaged_jar_is_fetched_again(
    tmp_path: Path, repository: list[bytes | Exception], damage: Callable[[Path], None]
) -> None:
    repository.extend([CONTENT, CONTENT])
    (file,) = jars.ensure(tmp_path, [JAR])
    damage(file)
    (file,) = jars.ensure(tmp_path, [JAR])
    assert file.read_bytes() == CONTENT
    assert not repository


def test_a_jar_that_is_not_the_locked_one_is_refused(tmp_path: Path, repository: list[bytes | Exception]) -> None:
    repository.append(b"tampered")
    with pytest.raises(BrokerError, match=r"thing-1\.0\.jar .* is not the file that the lock file names"):
        jars.ensure(tmp_path, [JAR])
    assert not (tmp_path / JAR.filename).exists()


def test_a_download_is_tried_again(tmp_path: Path, repository: list[bytes | Exception]) -> None:
    repository.extend([requests.ConnectionError("reset"), CONTENT])
    (file,) = jars.ensure(tmp_path, [JAR])
    assert file.read_bytes() == CONTENT


def test_without_a_network_the_message_says_what_to_do(tmp_path: Path, repository: list[bytes | Exception]) -> None:
    repository.extend([requests.ConnectionError("unreachable")] * jars.ATTEMPTS)
    with pytest.raises(BrokerError, match=r"cannot download thing-1\.0\.jar.*unreachable.*REDRESS_KAFKA"):
        jars.ensure(tmp_path, [JAR])


def test_two_who_need_a_jar_at_once_download_it_once(tmp_path: Path, repository: list[bytes | Exception]) -> None:
    repository.append(CONTENT)
    together = Barrier(2)

    def need() -> list[Path]:
        together.wait()
        return jars.ensure(tmp_path, [JAR])

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(need), pool.submit(need)
    assert first.result() == second.result() == [tmp_path / JAR.filename]


def test_every_locked_jar_has_one_version_and_the_whole_of_kafka_has_the_same() -> None:
    locked = jars.locked()
    assert len({(jar.group, jar.name) for jar in locked}) == len(locked)
    assert {jar.version for jar in locked if jar.group == "org.apache.kafka"} == {"4.1.1"}
    assert all(len(jar.sha256) == 64 for jar in locked)


def test_the_lock_file_names_no_host() -> None:
    assert "://" not in jars.LOCK_FILE.read_text()
