"""Bulk: lines a second that one process of intake keeps, beside the decoding and encoding of the same lines alone.

``python -m bench.door.bulk FILE`` is the latter: it prints lines a second.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.plan import Plan, console
from bench.running import Bench, BenchError, Running
from bench.spread import reached, spread, table
from bench.workload import BEGINNING, SEED
from redress.simulate.complaints import FrontEnd
from services.intake.domain.arrivals import Accepted, Sender
from services.intake.domain.bulk_lines import decide_bulk_line
from services.intake.fresh_id import uuid7
from services.intake.records import choose_trace, make_record
from services.intake.settings import Settings, load_channels

Wait = Callable[[Running, str, bytes, Mapping[str, str]], None]
"""Waits until posts of a body are answered at a URL."""

LINES = 60_000
TARGET = 0.5
NDJSON = {"content-type": "application/x-ndjson"}


def run(plan: Plan, bench: Bench, address: str, post: Path, wait: Wait) -> str:
    """This part of the door's section. ``post`` is a complaint by which it is seen that intake answers."""
    file = plan.home / "lines.ndjson"
    file.write_bytes(b"".join(make_lines()))
    kept: list[float] = []
    alone: list[float] = []
    for number in range(1, plan.rounds + 1):
        kept.append(_send(bench, address, file, post, wait))
        alone.append(float(subprocess.check_output([sys.executable, "-m", "bench.door.bulk", str(file)])))
        console.print(f"round {number} of {plan.rounds}: {kept[-1]:,.0f} lines/s kept, {alone[-1]:,.0f} alone")
    ratios = [one / other for one, other in zip(kept, alone, strict=True)]
    return f"""\
### Bulk

One body of {
        LINES:,} lines to one process of intake, to the last result; and the decoding of the same lines with all that
is decided of each, and the encoding of their records, in a loop of one process alone.

{
        table(
            ["kept, lines/s", "alone, lines/s", "ratio", "target", "reached"],
            [[spread(kept), spread(alone), spread(ratios, "{:.2f}"), f"{TARGET:g}", reached(ratios, TARGET)]],
        )
    }
"""


def make_lines() -> list[bytes]:
    """Complaints with a reference of their own each."""
    front_end = FrontEnd("bench", random.Random(SEED))
    complaints = [front_end.make_complaint(BEGINNING) for _ in range(1_000)]
    return [
        json.dumps({"complaint": complaints[number % 1_000] | {"external_ref": str(number)}}).encode() + b"\n"
        for number in range(LINES)
    ]


def _send(bench: Bench, address: str, file: Path, post: Path, wait: Wait) -> float:
    with bench.running("intake, bulk", [sys.executable, "-m", "services.intake"]) as running:
        wait(running, f"http://{address}/v1/complaints", post.read_bytes(), {})
        started = time.monotonic()
        results = 0
        with (
            file.open("rb") as body,
            httpx.stream("POST", f"http://{address}/v1/bulk", content=body, headers=NDJSON, timeout=120) as answer,
        ):
            for line in answer.iter_lines():
                results += '"status":202' in line
        seconds = time.monotonic() - started
    if results != LINES:
        raise BenchError(f"{LINES} lines were sent, and {results} were kept")
    return LINES / seconds


def alone(lines: list[bytes]) -> float:
    """Lines a second that are decided and encoded, and sent nowhere."""
    sender = Sender("local", load_channels(Settings()).names, uuid7)
    trace = choose_trace(None)
    started = time.monotonic()
    for number, line in enumerate(lines, 1):
        decided = decide_bulk_line(line, number, None, sender, datetime.now(UTC))
        if not isinstance(decided, Accepted):
            raise BenchError(decided.detail)
        make_record(decided, trace)
    return len(lines) / (time.monotonic() - started)


if __name__ == "__main__":
    print(alone(Path(sys.argv[1]).read_bytes().splitlines()))
