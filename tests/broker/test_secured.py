"""A cluster that lets in only who trusts its certificate and has a password: services, topics, and who is refused."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import trustme
import yaml
from aiokafka import AIOKafkaConsumer
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from redress import deployment as redress_deployment
from redress.broker import ports
from redress.deployment import Deployment
from redress.survey_keys import ensure_survey_keys
from schemas.topics import COMPLAINTS_ROUTED
from services.registry import INTAKE, ROUTER
from services.runtime.security import read_security
from services.runtime.settings import RuntimeSettings
from tests.broker.contact_centre import complaint, contact_centre
from tests.broker.special_kafka import kafka_with

pytestmark = [pytest.mark.broker, pytest.mark.prove, pytest.mark.asyncio]

PATIENCE_SECONDS = 40
USER, PASSWORD = "redress", "correct horse"
MODULE = "org.apache.kafka.common.security"


@dataclass
class Secured:
    """Where the cluster is, and the files of those who trust it."""

    bootstrap: str
    folder: Path

    def security(self, *, password: str = PASSWORD, mechanism: str = "SCRAM-SHA-512", ca: str = "ca.pem") -> Path:
        """A file for REDRESS_KAFKA_SECURITY."""
        file = self.folder / f"{mechanism}-{len(password)}-{ca}.yaml"
        sasl = {"mechanism": mechanism, "username": USER, "password": password}
        file.write_text(yaml.safe_dump({"version": 1, "sasl": sasl, "tls": {"ca": str(self.folder / ca)}}))
        return file


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    stranger.cert_pem.write_to_path(tmp_path / "stranger.pem")
    with kafka_with(
        tmp_path,
        {
            "listener.security.protocol.map": "CLIENTS:SASL_SSL,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "listener.name.clients.ssl.keystore.type": "PEM",
            "listener.name.clients.ssl.keystore.location": keystore(authority, tmp_path),
            "listener.name.clients.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.clients.plain.sasl.jaas.config": (
                f'{MODULE}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
            ),
            "listener.name.clients.scram-sha-512.sasl.jaas.config": f"{MODULE}.scram.ScramLoginModule required;",
        },
    ) as bootstrap:
        cluster = Secured(bootstrap, tmp_path)
        allow(cluster)
        yield cluster


def keystore(authority: trustme.CA, folder: Path) -> Path:
    """The broker's key, as Java reads it, with its certificate."""
    issued = authority.issue_cert("127.0.0.1")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    file = folder / "broker.pem"
    file.touch(stat.S_IRUSR | stat.S_IWUSR)
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + b"".join(pem.bytes() for pem in issued.cert_chain_pems)
    )
    return file


def allow(cluster: Secured) -> None:
    """Tell the cluster the user's SCRAM password, which it keeps in its metadata."""
    admin = AdminClient(
        {
            "bootstrap.servers": cluster.bootstrap,
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(cluster.folder / "ca.pem"),
            "sasl.mechanism": "PLAIN",
            "sasl.username": USER,
            "sasl.password": PASSWORD,
        }
    )
    credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    changes = admin.alter_user_scram_credentials([UserScramCredentialUpsertion(USER, credential, PASSWORD.encode())])
    changes[USER].result(30)


@pytest_asyncio.fixture
async def deployment(secured: Secured, request: pytest.FixtureRequest) -> AsyncIterator[Deployment]:
    security = secured.security(mechanism=request.param)
    settings = RuntimeSettings(kafka=secured.bootstrap, kafka_security=security, home=secured.folder)
    environment = {**inherited(), "REDRESS_KAFKA_SECURITY": str(security)}
    ensure_survey_keys(settings.home)
    intake = f"127.0.0.1:{ports.choose(1)[0]}"
    async with redress_deployment.deployment(
        settings,
        environment=environment,
        intake=intake,
        tell=lambda name, line: print(f"{name} | {line}"),  # noqa: T201
    ) as running:
        yield running


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}


async def run(*arguments: str, **environment: str) -> tuple[int | None, str]:
    """A command's exit code and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**inherited(), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    ended = asyncio.create_task(process.communicate())
    if not (await asyncio.wait([ended], timeout=PATIENCE_SECONDS))[0]:
        process.kill()
    output, _ = await ended
    return process.returncode, output.decode()


@pytest.mark.parametrize("deployment", ["SCRAM-SHA-512", "PLAIN"], indirect=True)
async def test_a_complaint_is_accepted_and_routed_on_a_cluster_with_certificates_and_passwords(deployment):
    await deployment.start(INTAKE)
    await deployment.start(ROUTER)
    await deployment.wait_until_ready()
    async with contact_centre(deployment.intake_url) as centre:
        (accepted,) = await centre.send([complaint("first")])
    client = {"bootstrap_servers": deployment.settings.kafka, **deployment.settings.security.client_arguments()}
    topic = COMPLAINTS_ROUTED.name
    consumer = AIOKafkaConsumer(topic, **client, isolation_level="read_committed", auto_offset_reset="earliest")
    async with consumer, asyncio.timeout(60):
        routed = COMPLAINTS_ROUTED.codec.decode((await consumer.getone()).value)
    assert routed.cause_event_id == accepted["event_id"]


REDRESS = ("-c", "from redress.cli import main; main()", "topics", "apply")
WORKER = ("-m", "services.router")


async def test_who_is_not_let_in_says_why_and_ends_at_once_with_exit_code_2(secured):
    wrong = {
        "password": (secured.security(password="wrong"), "the brokers refuse the user or the password"),
        "certificate": (secured.security(ca="stranger.pem"), "the brokers' certificate is not trusted"),
    }
    for file, message in wrong.values():
        environment = {
            "REDRESS_KAFKA": secured.bootstrap,
            "REDRESS_KAFKA_SECURITY": str(file),
            "REDRESS_HOME": str(secured.folder),
        }
        for command in (WORKER, REDRESS):
            code, output = await run(*command, **environment)
            assert code == 2, output
            assert message in output
            assert str(file) in output
            assert "Traceback" not in output
            assert PASSWORD not in output


async def test_a_password_is_in_no_text_that_settings_print(secured):
    file = secured.security()
    assert PASSWORD not in repr(RuntimeSettings(kafka_security=file).security)
    assert PASSWORD not in str(read_security(file))
