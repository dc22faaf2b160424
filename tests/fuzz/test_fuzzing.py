"""Every parser that strangers reach is fuzzed for a bounded time, and raises nothing but refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TARGETS = ("mail", "webhook", "cloud_events", "bodies", "bulk", "compressed", "headers", "masking")
SECONDS = 6
"""For each, of which the imports take some."""
SLOWEST_SECONDS = 10
"""For one input, under instrumentation: more is a parser whose time does not grow with its input alone."""
MOST_BYTES = 4_096
MEMORY_MIB = 2_000
SEED = 17


def seeds(target: str) -> list[bytes]:
    """What is valid, so that the fuzzer begins behind the first check."""
    examples = [file.read_bytes() for file in sorted((REPOSITORY / "schemas" / "examples").glob("*.json"))]
    complaint = {"channel": "web", "customer": {"id": "c-1"}, "subject": "Card", "body": "Charged twice"}
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "complaint_received", "data": complaint}
    numbers = b"4111 1111 1111 1111, GB82 WEST 1234 5698 7654 32, 11010519491231002X"
    attributes = b"ce-id:1\nce-source:s\nce-specversion:1.0\nce-type:complaint_received\n\n"
    envelopes = json.dumps({"entry": [{"changes": []}]}).encode()
    of_target = {
        "mail": [file.read_bytes() for file in sorted((REPOSITORY / "tests/intake/mail/corpus").glob("*/*.eml"))],
        "webhook": [
            *(bytes([kind]) + envelopes for kind in range(15)),
            b"\x01Body=Hi&From=whatsapp%3A%2B4915112345678&MessageSid=SM1",
            b"\x02<xml><MsgId>1</MsgId></xml>",
        ],
        "cloud_events": [
            b"\x00" + json.dumps(event).encode(),
            b"\x01" + json.dumps([event]).encode(),
            b"\x02" + attributes + json.dumps(complaint).encode(),
        ],
        "bodies": [json.dumps(complaint).encode(), *examples],
        "bulk": [json.dumps({"complaint": complaint}).encode() + b'\n{"event": {"type": "complaint_closed"}}\n'],
        "compressed": [b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd\x04\x00"],
        "headers": [b"zh-Hans-CN, en;q=0.5", b"2026-12-01T00:00:00+08:00", b"redress_" + b"a" * 12 + b"_" + b"b" * 64],
        "masking": [b"Tel 13800138000, zhang.wei@example.com, " + numbers, "电话：１３８００１３８０００".encode()],
    }
    return of_target[target]


@pytest.mark.prove
@pytest.mark.timeout(180)
@pytest.mark.parametrize("target", TARGETS)
def test_no_input_is_found_that_a_parser_does_not_take_or_refuse(target: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds(target)):
        (corpus / str(number)).write_bytes(seed[:MOST_BYTES])
    options = (f"-max_total_time={SECONDS}", f"-timeout={SLOWEST_SECONDS}", f"-max_len={MOST_BYTES}", f"-seed={SEED}")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.targets", target, *options, f"-rss_limit_mb={MEMORY_MIB}",
         f"-artifact_prefix={tmp_path}/", str(corpus)],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = {file.name: file.read_bytes() for file in tmp_path.glob("*-*")}
    assert ended.returncode == 0, f"{found}\n{ended.stdout[-2_000:]}{ended.stderr[-6_000:]}"
    assert "Done " in ended.stderr, "the fuzzer ran to its end"
