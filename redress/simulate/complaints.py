"""From instants to complaints as a front-end sends them: who writes, through which channel, about what."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from redress.simulate.texts import write_letter

T = TypeVar("T")

LANGUAGES = {"zh-Hans": 55, "zh-Hant": 15, "en": 30}
CHANNELS = {"app": 31, "web": 23, "chat": 18, "phone": 14, "email": 11, "branch": 2, "regulator": 1}
TIERS = {"standard": 80, "gold": 15, "vip": 5}
CATEGORIES = {
    "billing": 18, "delivery": 15, "technical": 14, "product": 10, "waiting": 9, "account": 9, "fraud": 6, "claim": 6,
    "staff": 5, "sales": 4, "privacy": 2, "other": 2,
}  # fmt: skip
REGIONS = {
    "zh-Hans": ("Beijing", "Shanghai", "Guangdong", "Sichuan", "Hubei"),
    "zh-Hant": ("Taipei", "Kaohsiung", "Hong Kong", "Taichung"),
    "en": ("London", "Leeds", "Singapore", "Sydney"),
}
FLAGS = {"legal_threat": 0.04, "regulator": 0.05, "media_threat": 0.03, "vulnerable": 0.06, "safety": 0.005}
SAFETY_OF_PRODUCTS = 0.15
REPEATS = 0.18
"""The share of complaints by somebody who complained lately, mostly about the same thing."""
REMEMBERED = 500


@dataclass(frozen=True)
class Customer:
    """Somebody who may complain again."""

    id: str
    tier: str
    language: str
    region: str
    category: str


class FrontEnd:
    """Makes complaints, one after the other; remembers the last customers."""

    def __init__(self, prefix: str, random: Random) -> None:
        self._prefix = prefix
        self._random = random
        self._recent: deque[Customer] = deque(maxlen=REMEMBERED)
        self._made = 0

    def make_complaint(self, at: datetime, category: str | None = None) -> dict[str, Any]:
        """The body of a POST /v1/complaints; a ``category`` that is given is written about, and claimed."""
        random = self._random
        self._made += 1
        repeated = bool(self._recent) and random.random() < REPEATS
        customer = random.choice(self._recent) if repeated else self._make_customer()
        self._recent.append(customer)
        about = category or (customer.category if random.random() < 0.9 else choose(CATEGORIES, random))
        written = write_letter(customer.language, about, self._draw_flags(about), random, repeated=repeated)
        channel = choose(CHANNELS, random)
        body: dict[str, Any] = {
            "channel": channel,
            "external_ref": f"{self._prefix}-{self._made:07d}",
            "customer": {"id": customer.id, "tier": customer.tier, "language": customer.language},
            "product": written.product,
            "subject": written.subject,
            "body": written.body,
            "region": customer.region,
            "occurred_at": at.isoformat(),
        }
        if category:
            body["category"] = category
        elif channel in ("web", "app") and random.random() < 0.6:
            body["category"] = about if random.random() < 0.85 else choose(CATEGORIES, random)
        if channel in ("phone", "branch"):
            body["severity"] = choose({"low": 30, "medium": 45, "high": 20, "critical": 5}, random)
        if channel == "email":
            body["customer"]["contact"] = f"{customer.id}@customers.example"
        if random.random() < 0.7:
            body["language"] = customer.language
        if written.amount and random.random() < 0.7:
            body["amount"] = {"value": written.amount, "currency": written.currency}
        return body

    def _make_customer(self) -> Customer:
        random = self._random
        language = choose(LANGUAGES, random)
        return Customer(
            id=f"customer-{random.randint(1, 99_999_999):08d}",
            tier=choose(TIERS, random),
            language=language,
            region=random.choice(REGIONS[language]),
            category=choose(CATEGORIES, random),
        )

    def _draw_flags(self, category: str) -> list[str]:
        shares = {**FLAGS, "safety": SAFETY_OF_PRODUCTS} if category == "product" else FLAGS
        return [flag for flag, share in shares.items() if self._random.random() < share]


def choose(choices: dict[T, int], random: Random) -> T:
    """One of ``choices``, as often as its weight says."""
    return random.choices(list(choices), weights=list(choices.values()))[0]
