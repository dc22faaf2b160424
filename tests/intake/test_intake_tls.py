"""Intake over TLS, and what it says to browsers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import structlog
import trustme

from services.config.yaml_files import ConfigError
from services.intake.certificate import Certificate, read_certificate
from services.intake.cross_origin import allow_origins, read_origins
from services.intake.server import Server, configure, listen
from services.intake.settings import Settings

NAME = "intake.example"
SHOP = "https://shop.example"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def issue(authority: trustme.CA, tmp_path: Path) -> Callable[[], tuple[Path, Path]]:
    """Writes another certificate and its key to the same two files."""
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"

    def write() -> tuple[Path, Path]:
        issued = authority.issue_cert("127.0.0.1", NAME)
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        key.write_bytes(issued.private_key_pem.bytes())
        return chain, key

    return write


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@asynccontextmanager
async def serving(app, certificate: Certificate | None) -> AsyncIterator[int]:
    """The port of the real server while the block runs."""
    listening = listen("127.0.0.1", 0)
    server = Server(configure(app, certificate.context if certificate else None))
    task = asyncio.create_task(server.serve(listening))
    yield listening[0].getsockname()[1]
    server.end()
    await task


async def serial_of(port: int, context: ssl.SSLContext) -> str:
    """Of the certificate that a new connection is shown."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    serial: str = writer.get_extra_info("peercert")["serialNumber"]
    writer.close()
    return serial


@pytest.mark.asyncio
async def test_a_complaint_is_taken_over_tls_and_browsers_are_told_to_stay_with_it(
    app, kafka, complaint, authority, issue
):
    async with (
        serving(app, Certificate(*issue())) as port,
        httpx.AsyncClient(verify=trusting(authority)) as client,
    ):
        answer = await client.post(f"https://127.0.0.1:{port}/v1/complaints", json=complaint)
        with pytest.raises(httpx.HTTPError):
            await client.post(f"http://127.0.0.1:{port}/v1/complaints", json=complaint)
    assert answer.status_code == 202
    assert answer.headers["strict-transport-security"]
    assert len(kafka.records) == 1


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_a_client_of_old_tls_is_refused(app, authority, issue):
    old = trusting(authority)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    async with serving(app, Certificate(*issue())) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await serial_of(port, old)


@pytest.mark.asyncio
async def test_a_new_certificate_counts_for_new_connections_and_a_faulty_one_for_none(app, authority, issue):
    chain, key = issue()
    certificate, context = Certificate(chain, key), trusting(authority)
    async with serving(app, certificate) as port:
        first = await serial_of(port, context)
        chain.write_text("nonsense")
        with structlog.testing.capture_logs() as logs:
            certificate.look()
        assert await serial_of(port, context) == first
        issue()
        certificate.look()
        assert await serial_of(port, context) != first
    assert str(chain) in logs[0]["problem"]


@pytest.mark.parametrize("fault", ["no chain", "no key", "another's key", "nonsense", "only one named"])
def test_a_certificate_that_cannot_be_used_is_named(authority, issue, fault, tmp_path):
    chain, key = issue()
    settings = {"intake_tls_certificate": chain, "intake_tls_key": key}
    if fault == "no chain":
        chain.unlink()
    elif fault == "no key":
        key.unlink()
    elif fault == "another's key":
        authority.issue_cert(NAME).private_key_pem.write_to_path(str(key))
    elif fault == "nonsense":
        chain.write_text("nonsense")
    else:
        del settings["intake_tls_key"]
    with pytest.raises(ConfigError) as error:
        read_certificate(Settings(**settings))
    named = {"no key": str(key), "only one named": "REDRESS_INTAKE_TLS_KEY"}
    assert named.get(fault, str(chain)) in str(error.value)


@pytest.mark.asyncio
@pytest.mark.parametrize(("path", "status"), [("/v1/complaints", 422), ("/nowhere", 404), ("/openapi.json", 200)])
async def test_every_answer_says_that_it_is_neither_kept_nor_framed_nor_guessed_at(app, path, status):
    async with serving(app, None) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await (client.get(path) if status == 200 else client.post(path, json={}))
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers


def preflight(client: httpx.AsyncClient, origin: str):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    return client.options("/v1/complaints", headers={"Origin": origin, **asked})


@pytest.mark.asyncio
async def test_no_page_of_another_origin_may_call_where_none_is_named(client, complaint):
    answers = [
        await preflight(client, SHOP),
        await client.post("/v1/complaints", json=complaint, headers={"Origin": SHOP}),
    ]
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control")]
    assert answers[0].status_code == 405


@pytest.mark.asyncio
async def test_only_pages_of_a_named_origin_may_call(app, complaint):
    transport = httpx.ASGITransport(app=allow_origins(app, read_origins(f"{SHOP}, http://localhost:3000")))
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        allowed, refused = await preflight(client, SHOP), await preflight(client, "https://evil.example")
        answer = await client.post("/v1/complaints", json=complaint, headers={"Origin": SHOP})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, SHOP)
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (202, SHOP)
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "text", ["*", "shop.example", "https://shop.example/", "ftp://shop.example", "https://,", "null"]
)
def test_what_is_no_origin_is_named(text):
    with pytest.raises(ConfigError, match="REDRESS_INTAKE_CORS"):
        read_origins(text)
