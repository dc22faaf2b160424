"""The door: requests a second of intake and of two bare FastAPI handlers on the same server, by turns."""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench import h2load
from bench.cluster import Job
from bench.door.bare import PUBLISHING, VALIDATING
from bench.door.pressing import SECONDS, WARM_SECONDS, press
from bench.plan import PARTITIONS, Plan, console
from bench.running import Bench, BenchError, Running
from bench.spread import reached, spread, table
from bench.workload import BEGINNING, SEED
from redress.broker import ports
from redress.simulate.complaints import FrontEnd
from redress.survey_keys import ensure_survey_keys
from schemas.topics import COMPLAINT_EVENTS

CALL = "/v1/complaints"


@dataclass(frozen=True)
class Door:
    """Something that answers posts of a complaint: whether it keeps them, and the target for intake over it."""

    name: str
    command: tuple[str, ...]
    keeps: bool
    target: float | None = None


INTAKE = Door("Redress, intake", ("-m", "services.intake"), keeps=True)
BARE = [
    Door("FastAPI, validates", ("-m", "bench.door.bare", VALIDATING), keeps=False, target=0.6),
    Door("FastAPI, validates and sends with aiokafka", ("-m", "bench.door.bare", PUBLISHING), keeps=True, target=1.3),
]
DOORS = [*BARE, INTAKE]


def run(plan: Plan) -> str:
    """This section's part of the page."""
    h2load.find()
    ensure_survey_keys(plan.home)
    (port,) = ports.choose(1)
    address = f"127.0.0.1:{port}"
    bench = plan.bench(
        {}, job=Job(COMPLAINT_EVENTS.name, COMPLAINT_EVENTS.name), REDRESS_INTAKE_HTTP=address, REDRESS_LOG="json"
    )
    bench.cluster.clear()
    body = plan.home / "complaint.json"
    body.write_bytes(make_body())
    rates: dict[str, list[float]] = defaultdict(list)
    for number in range(1, plan.rounds + 1):
        for door in random.sample(DOORS, len(DOORS)):
            rates[door.name].append(measure(bench, door, address, body))
            console.print(f"round {number} of {plan.rounds}: {door.name}: {rates[door.name][-1]:,.0f} requests/s")
    return _part(plan, rates, len(body.read_bytes()))


def make_body() -> bytes:
    """A complaint that nobody named: each post is another complaint, in any partition, at the instant of the post."""
    complaint = FrontEnd("bench", random.Random(SEED)).make_complaint(BEGINNING)
    del complaint["external_ref"], complaint["occurred_at"]
    return json.dumps(complaint, ensure_ascii=False).encode()


def measure(bench: Bench, door: Door, address: str, body: Path) -> float:
    """Requests a second. Raises BenchError where less is in the topic than was answered."""
    before = bench.cluster.look().positions
    arguments = [] if door is INTAKE else [address]
    with bench.running(door.name, [sys.executable, *door.command, *arguments]) as running:
        wait_until_open(running, f"http://{address}{CALL}", body.read_bytes())
        load = press(f"http://{address}{CALL}", body)
    kept = bench.cluster.look().positions - before
    if door.keeps and kept < load.answered:
        raise BenchError(f"{door.name}: {load.answered} posts were answered, {kept} records are in the topic")
    return load.rate


def wait_until_open(running: Running, url: str, body: bytes) -> None:
    """Wait until a post is answered with 202."""

    def is_open() -> bool:
        try:
            return httpx.post(url, content=body, headers={"content-type": "application/json"}).status_code == 202
        except httpx.TransportError:
            return False

    running.wait_for(is_open)


def _part(plan: Plan, rates: dict[str, list[float]], size: int) -> str:
    own = rates[INTAKE.name]
    ratios = {door: [one / other for one, other in zip(own, rates[door.name], strict=True)] for door in BARE}
    rows = [
        [door.name, spread(rates[door.name]), spread(ratios[door], "{:.2f}") if door in BARE else ""] for door in DOORS
    ]
    targets = [
        [door.name, spread(ratios[door], "{:.2f}"), f"{door.target:g}", reached(ratios[door], door.target)]
        for door in BARE
        if door.target is not None
    ]
    return f"""\
## The door

What a post costs at intake, against FastAPI alone: one process answers POST {CALL}, a complaint of {size} bytes,
over {h2load.CONNECTIONS} kept connections with one open request each.

{table(["", "requests/s", "intake's rate over this"], rows)}

{table(["intake's rate over", "measured", "target", "reached"], targets)}

Each figure is the median of {plan.rounds} rounds, with the lowest and the highest. Ratios are taken within a round. A
target is reached when the median or the spread reaches it.

- All three have intake's server (uvicorn on httptools, with intake's bounds), uvloop, and its model of a complaint.
- The bare handlers are a FastAPI function with that model as its parameter. It answers with an id. The second one also
  writes what it was given to complaint-events ({PARTITIONS} partitions), by one call of aiokafka's producer for each
  request, with intake's settings: all in-sync replicas acknowledge, idempotent.
- Intake also derives ids, makes the event with its headers, refuses names that stand twice, and counts.
- h2load posts for {WARM_SECONDS} s that do not count and then for {SECONDS} s. A run counts only if every
  answer was 2xx, and if the topic has a record for every answer of a handler that keeps.
"""
