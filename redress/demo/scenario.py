"""From a seed to what the demo sends, second by second, and to the results that the services must publish; pure.

The expectations are counted here from the plan alone: they share no code with the services they judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from typing import Any

from redress.simulate.complaints import FrontEnd, choose

QUEUE_OF = {
    "fraud": "fraud", "billing": "billing", "claim": "billing", "technical": "technical", "account": "technical",
    "delivery": "delivery", "product": "delivery",
}  # fmt: skip
OTHERWISE = "general"
CATEGORIES = {
    "billing": 20, "delivery": 16, "technical": 16, "product": 9, "waiting": 8, "account": 9, "fraud": 8, "claim": 6,
    "staff": 5, "privacy": 3,
}  # fmt: skip

WAVES = (2, 3, 5, 8, 10, 8, 5, 4, 6, 9, 12, 14, 11, 7, 4, 3, 4, 7, 10, 13, 15, 12, 9, 6, 4, 3, 2, 1)
"""How many complaints arrive in each second of the load, in proportion."""

QUEUES = (*dict.fromkeys(QUEUE_OF.values()), OTHERWISE)

FIRST_RESPONSE, RESOLUTION = "first_response", "resolution"
CLOCKS = (FIRST_RESPONSE, RESOLUTION)

SATISFIED = 4
"""Scores from here on are satisfied customers."""


class Agent(Enum):
    """Who acts on a complaint: the agent who takes it first, and a colleague."""

    FIRST = "first"
    COLLEAGUE = "colleague"


Step = tuple[str, tuple[float, float], Mapping[str, Any]]
"""A lifecycle event: its type, the seconds after the receipt between which it happens, its fields.

Where no field says who acts, it is the first agent.
"""


@dataclass(frozen=True)
class Scenario:
    """What happens to some of the complaints, and which clocks warn and breach then. ``weight`` is their share.

    The demo's policies: first response within 6 s, warned at 4.5 s; resolution within 15 s, warned at 12 s.
    """

    weight: int
    steps: tuple[Step, ...]
    warned: frozenset[str] = frozenset()
    breached: frozenset[str] = frozenset()
    open: bool = False


REPLY: dict[str, Any] = {"kind": "reply"}
SOLVED: dict[str, Any] = {"outcome": "explained"}
COLLEAGUE: dict[str, Any] = {"agent_id": Agent.COLLEAGUE}

SCENARIOS = {
    "answered in time": Scenario(
        50,
        (
            ("agent_assigned", (0.2, 0.6), {}),
            ("agent_replied", (0.8, 2.0), REPLY),
            ("complaint_resolved", (2.5, 6.0), SOLVED),
            ("complaint_closed", (9.0, 12.0), {}),
        ),
    ),
    "answered at the last moment": Scenario(
        7,
        (
            ("agent_assigned", (0.5, 2.0), {}),
            ("agent_replied", (5.0, 5.5), REPLY),
            ("complaint_resolved", (7.0, 9.0), SOLVED),
        ),
        warned=frozenset({FIRST_RESPONSE}),
    ),
    "answered late": Scenario(
        9,
        (
            ("agent_assigned", (1.0, 3.0), {}),
            ("agent_replied", (8.0, 9.0), REPLY),
            ("complaint_resolved", (10.0, 11.0), SOLVED),
        ),
        warned=frozenset({FIRST_RESPONSE}),
        breached=frozenset({FIRST_RESPONSE}),
    ),
    "solved late": Scenario(
        6,
        (
            ("agent_assigned", (0.2, 0.6), {}),
            ("agent_replied", (1.0, 2.0), REPLY),
            ("complaint_resolved", (17.0, 18.0), SOLVED),
        ),
        warned=frozenset({RESOLUTION}),
        breached=frozenset({RESOLUTION}),
    ),
    "waited for the customer": Scenario(
        7,
        (
            ("agent_assigned", (0.2, 0.6), {}),
            ("agent_replied", (0.8, 1.5), REPLY),
            ("complaint_paused", (2.0, 2.5), {"reason": "customer"}),
            ("complaint_resumed", (14.0, 15.0), {}),
            ("complaint_resolved", (16.0, 17.0), SOLVED),
        ),
    ),
    "came back": Scenario(
        5,
        (
            ("agent_assigned", (0.2, 0.6), {}),
            ("agent_replied", (0.8, 1.5), REPLY),
            ("complaint_resolved", (2.0, 3.0), SOLVED),
            ("complaint_reopened", (7.0, 8.0), {"by": "customer"}),
            ("agent_assigned", (8.2, 8.8), {}),
            ("complaint_resolved", (9.0, 10.0), SOLVED),
        ),
    ),
    "handed over": Scenario(
        5,
        (
            ("agent_assigned", (0.2, 0.6), {}),
            ("agent_replied", (0.8, 1.5), REPLY),
            ("agent_assigned", (2.0, 2.5), COLLEAGUE | {"replaces": Agent.FIRST}),
            ("complaint_resolved", (4.0, 6.0), COLLEAGUE | SOLVED),
        ),
    ),
    "given back": Scenario(
        3,
        (
            ("agent_assigned", (0.2, 0.6), {}),
            ("agent_released", (0.8, 1.2), {"personal": {"reason": "not my field"}}),
            ("agent_assigned", (1.5, 2.0), COLLEAGUE),
            ("agent_replied", (2.5, 3.5), COLLEAGUE | REPLY),
            ("complaint_resolved", (4.5, 6.0), COLLEAGUE | SOLVED),
        ),
    ),
    "withdrawn": Scenario(3, (("complaint_withdrawn", (1.0, 3.0), {"personal": {"reason": "settled by itself"}}),)),
    "forgotten": Scenario(
        5,
        (),
        warned=frozenset({FIRST_RESPONSE, RESOLUTION}),
        breached=frozenset({FIRST_RESPONSE, RESOLUTION}),
        open=True,
    ),
}
LAST_DEADLINE = timedelta(seconds=18)
"""After this only a complaint's survey is left."""

SCORES = {5: 48, 4: 32, 3: 10, 2: 6, 1: 4}
SCORES_WHEN_BREACHED = {5: 8, 4: 15, 3: 25, 2: 27, 1: 25}
ANSWERS = {"answered": 75, "dismissed": 7, "silent": 18}


@dataclass(frozen=True)
class Answer:
    """How a customer answers a survey, ``delay`` after the request. A None score dismisses it."""

    score: int | None
    delay: timedelta


@dataclass(frozen=True)
class PlannedComplaint:
    """One complaint: its body for POST, its events as bulk lines, and an answer (or None) for each resolution."""

    at: datetime
    complaint: dict[str, Any]
    scenario: str
    queue: str
    events: tuple[tuple[datetime, dict[str, Any]], ...]
    answers: tuple[Answer | None, ...]

    @property
    def reference(self) -> str:
        """The front-end's name for it."""
        return str(self.complaint["external_ref"])

    @property
    def resolvers(self) -> list[str]:
        """The agent of each resolution, who holds the complaint then."""
        return [line["event"]["agent_id"] for _, line in self.events if line["event"]["type"] == "complaint_resolved"]


@dataclass(frozen=True)
class ExpectedResults:
    """What the topics must hold once all deadlines have passed, with complaints by their reference.

    The clocks of ``open`` have not ended. ``surveyed_agents`` holds whose work the surveys of a complaint judge;
    ``scores`` holds per queue how many answered with a score, and how
    many of them with 4 or 5.
    """

    queue: Mapping[str, str]
    waiting: Mapping[str, AbstractSet[str]]
    open: AbstractSet[str]
    warned: Mapping[str, AbstractSet[str]]
    breached: Mapping[str, AbstractSet[str]]
    surveys: Mapping[str, int]
    surveyed_agents: Mapping[str, AbstractSet[str]]
    scores: Mapping[str, tuple[int, int]]


def plan(complaints: int, seed: int, start: datetime) -> list[PlannedComplaint]:
    """The demo's complaints in the order of their arrival, from ``start`` on."""
    chance = Random(seed)  # noqa: S311  (a demo has to be repeatable, not secret)
    front = FrontEnd(f"demo-{seed}", chance)
    seconds = chance.choices(range(len(WAVES)), weights=WAVES, k=complaints)
    arrivals = sorted(second + chance.random() for second in seconds)
    return [_plan_complaint(start + timedelta(seconds=second), front, chance) for second in arrivals]


def expect_results(planned: Sequence[PlannedComplaint]) -> ExpectedResults:
    """The results that ``planned`` must lead to, if all of it is accepted."""
    scenarios = [(one, SCENARIOS[one.scenario]) for one in planned]
    scores: defaultdict[str, list[int]] = defaultdict(list)
    for one in planned:
        scores[one.queue] += [answer.score for answer in one.answers if answer and answer.score is not None]
    return ExpectedResults(
        queue={one.reference: one.queue for one in planned},
        waiting={
            queue: {one.reference for one, scenario in scenarios if scenario.open and one.queue == queue}
            for queue in QUEUES
        },
        open={one.reference for one, scenario in scenarios if scenario.open},
        warned={clock: {one.reference for one, scenario in scenarios if clock in scenario.warned} for clock in CLOCKS},
        breached={
            clock: {one.reference for one, scenario in scenarios if clock in scenario.breached} for clock in CLOCKS
        },
        surveys={one.reference: len(one.answers) for one in planned if one.answers},
        surveyed_agents={one.reference: set(one.resolvers) for one in planned if one.answers},
        scores={
            queue: (len(given), sum(1 for score in given if score >= SATISFIED)) for queue, given in scores.items()
        },
    )


def _plan_complaint(at: datetime, front: FrontEnd, chance: Random) -> PlannedComplaint:
    category = choose(CATEGORIES, chance)
    complaint = front.make_complaint(at, category)
    name = choose({name: scenario.weight for name, scenario in SCENARIOS.items()}, chance)
    scenario = SCENARIOS[name]
    events = tuple(_plan_events(at, complaint, scenario, chance))
    resolutions = sum(1 for event_type, *_ in scenario.steps if event_type == "complaint_resolved")
    return PlannedComplaint(
        at=at,
        complaint=complaint,
        scenario=name,
        queue=QUEUE_OF.get(category, OTHERWISE),
        events=events,
        answers=tuple(_plan_answer(scenario, chance) for _ in range(resolutions)),
    )


def _plan_events(
    at: datetime, complaint: dict[str, Any], scenario: Scenario, chance: Random
) -> list[tuple[datetime, dict[str, Any]]]:
    agents = dict(
        zip(Agent, (f"agent-{number:02d}" for number in chance.sample(range(1, 41), len(Agent))), strict=True)
    )
    lines = []
    for number, (event_type, (earliest, latest), fields) in enumerate(scenario.steps, start=1):
        happens = at + timedelta(seconds=chance.uniform(earliest, latest))
        who = {} if event_type in ("complaint_withdrawn", "complaint_reopened") else {"agent_id": Agent.FIRST}
        said = {name: agents[value] if isinstance(value, Agent) else value for name, value in {**who, **fields}.items()}
        line = {
            "event": {"type": event_type, "occurred_at": happens.isoformat(), **said},
            "channel": complaint["channel"],
            "external_ref": complaint["external_ref"],
            "idempotency_key": f"{complaint['external_ref']}-{number}",
        }
        lines.append((happens, line))
    return lines


def _plan_answer(scenario: Scenario, chance: Random) -> Answer | None:
    does = choose(ANSWERS, chance)
    if does == "silent":
        return None
    score = choose(SCORES_WHEN_BREACHED if scenario.breached else SCORES, chance)
    return Answer(score if does == "answered" else None, timedelta(seconds=chance.uniform(0.2, 1.5)))
