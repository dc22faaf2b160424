"""The door: requests a second of intake and of two bare FastAPI handlers on the same server, by turns."""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import httpx

from bench import h2load
from bench.cluster import Job
from bench.door import bulk
from bench.door.bare import PUBLISHING, VALIDATING
from bench.door.pressing import SECONDS, WARM_SECONDS, press
from bench.door.protections import Protection, protect
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
    """Something that answers posts of a complaint: whether it keeps them, and the target for intake over it.

    ``protections`` are those of intake that are switched on (protections.py). ``contacts``: the posted text has a
    phone number and an e-mail address.
    """

    name: str
    command: tuple[str, ...]
    keeps: bool
    target: float | None = None
    protections: tuple[Protection, ...] = ()
    contacts: bool = False


INTAKE = Door("Redress, intake", ("-m", "services.intake"), keeps=True)
PROTECTED = [
    replace(INTAKE, name="- with API keys", protections=("keys",)),
    replace(INTAKE, name="- with API keys and masking", protections=("keys", "masking")),
    replace(INTAKE, name="- with API keys, masking and encryption", protections=("keys", "masking", "encryption")),
]
"""In each more is switched on than in the one before: the difference is what it costs."""
CONTACTS = replace(PROTECTED[-1], name="- the same, with contacts in the text", contacts=True)
BARE = [
    Door("FastAPI, validates", ("-m", "bench.door.bare", VALIDATING), keeps=False, target=0.6),
    Door("FastAPI, validates and sends with aiokafka", ("-m", "bench.door.bare", PUBLISHING), keeps=True, target=1.3),
]
OWN = [INTAKE, *PROTECTED, CONTACTS]
DOORS = [*BARE, *OWN]


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
    bodies = {contacts: plan.home / f"complaint-{contacts}.json" for contacts in (False, True)}
    for contacts, file in bodies.items():
        file.write_bytes(make_body(contacts=contacts))
    rates: dict[str, list[float]] = defaultdict(list)
    for number in range(1, plan.rounds + 1):
        for door in random.sample(DOORS, len(DOORS)):
            rates[door.name].append(measure(bench, door, address, bodies[door.contacts]))
            console.print(f"round {number} of {plan.rounds}: {door.name}: {rates[door.name][-1]:,.0f} requests/s")
    return _part(plan, rates, len(make_body())) + "\n" + bulk.run(plan, bench, address, bodies[False], wait_until_open)


def make_body(*, contacts: bool = False) -> bytes:
    """A complaint that nobody named: each post is another complaint, in any partition, at the instant of the post."""
    complaint = FrontEnd("bench", random.Random(SEED)).make_complaint(BEGINNING)
    del complaint["external_ref"], complaint["occurred_at"]
    if contacts:
        complaint["body"] += " You can reach me at 13800138000 or at zhang.wei@example.com."
    return json.dumps(complaint, ensure_ascii=False).encode()


def measure(bench: Bench, door: Door, address: str, body: Path) -> float:
    """Requests a second. Raises BenchError where less is in the topic than was answered."""
    before = bench.cluster.look().positions
    arguments = [address] if door in BARE else []
    environment, headers = protect(door.protections, bench.home)
    with bench.running(door.name, ["env", *environment, sys.executable, *door.command, *arguments]) as running:
        wait_until_open(running, f"http://{address}{CALL}", body.read_bytes(), headers)
        load = press(f"http://{address}{CALL}", body, headers)
    kept = bench.cluster.look().positions - before
    if door.keeps and kept < load.answered:
        raise BenchError(f"{door.name}: {load.answered} posts were answered, {kept} records are in the topic")
    return load.rate


def wait_until_open(running: Running, url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Wait until a post is answered with 202."""

    def is_open() -> bool:
        try:
            posted = httpx.post(url, content=body, headers={"content-type": "application/json", **headers})
            return posted.status_code == 202
        except httpx.TransportError:
            return False

    running.wait_for(is_open)


def _part(plan: Plan, rates: dict[str, list[float]], size: int) -> str:
    rows = [[door.name, spread(rates[door.name]), *_over_bare(rates, door)] for door in DOORS]
    costs = [
        [door.name.removeprefix("- "), spread([1000 / rate for rate in rates[door.name]], "{:.3f}"), more]
        for door, more in zip(
            OWN,
            ["", *(_cost(rates[one.name], rates[other.name]) for one, other in pairwise(OWN))],
            strict=True,
        )
    ]
    targets = [
        [f"{of.name}, over: {door.name}", spread(ratios, "{:.2f}"), f"{door.target:g}", reached(ratios, door.target)]
        for of in (INTAKE, PROTECTED[-1])
        for door in BARE
        if door.target is not None
        for ratios in [_ratios(rates, of, door)]
    ]
    return f"""\
## The door

What a post costs at intake, against FastAPI alone: one process answers POST {CALL}, a complaint of {size} bytes,
over {h2load.CONNECTIONS} kept connections with one open request each.

{table(["", "requests/s", *(f"over: {door.name}" for door in BARE)], rows)}

{table(["intake's rate", "measured", "target", "reached"], targets)}

{table(["", "ms a post", "more than the row before"], costs)}

Each figure is the median of {plan.rounds} rounds, with the lowest and the highest. Ratios are taken within a round. A
target is reached when the median or the spread reaches it.

- All have intake's server (uvicorn on httptools, with intake's bounds), uvloop, and its model of a complaint.
- The bare handlers are a FastAPI function with that model as its parameter. It answers with an id. The second one also
  writes what it was given to complaint-events ({PARTITIONS} partitions), by one call of aiokafka's producer for each
  request, with intake's settings: all in-sync replicas acknowledge, idempotent.
- Intake also derives ids, makes the event with its headers, refuses names that stand twice, and counts. With keys, each
  post shows one. With masking, all kinds are looked for. With encryption each post is two records. Contacts in
  the text are a phone number and an e-mail address, which are masked.
- h2load posts for {WARM_SECONDS} s that do not count and then for {SECONDS} s. A run counts only if every
  answer was 2xx, and if the topic has a record for every answer of a handler that keeps.
"""


def _ratios(rates: dict[str, list[float]], of: Door, door: Door) -> list[float]:
    return [one / other for one, other in zip(rates[of.name], rates[door.name], strict=True)]


def _over_bare(rates: dict[str, list[float]], of: Door) -> list[str]:
    return ["" if of in BARE else spread(_ratios(rates, of, door), "{:.2f}") for door in BARE]


def _cost(before: list[float], after: list[float]) -> str:
    """Milliseconds a post."""
    return spread([1000 / one - 1000 / other for other, one in zip(before, after, strict=True)], "{:.3f}")
