"""From a category and a random generator to a customer's text, in one of three scripts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from pydantic import BaseModel, ConfigDict

from services.config.yaml_files import load

FOLDER = Path(__file__).parent / "texts"


class Subject(BaseModel):
    """What people write about one category."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    products: tuple[str, ...]
    subjects: tuple[str, ...]
    bodies: tuple[str, ...]


class Texts(BaseModel):
    """One script's texts. ``joint`` stands between two sentences, ``money`` is how an amount is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    currency: str
    money: str
    joint: str
    openings: tuple[str, ...]
    wishes: tuple[str, ...]
    repeated: tuple[str, ...]
    flags: dict[str, tuple[str, ...]]
    categories: dict[str, Subject]


@dataclass(frozen=True)
class Letter:
    """What a customer wrote. ``amount`` is the money that the text names, if it names any."""

    subject: str
    body: str
    product: str
    amount: str | None
    currency: str


@cache
def load_texts(language: str) -> Texts:
    """The texts of ``en``, ``zh-Hans`` or ``zh-Hant``."""
    return load(FOLDER / f"{language}.yaml", Texts)


def write_letter(language: str, category: str, flags: list[str], random: Random, *, repeated: bool) -> Letter:
    """Write about ``category``, with a sentence for each of ``flags``, and one for a repeated complaint."""
    written = load_texts(language)
    about = written.categories[category]
    told = random.choice(about.bodies)
    amount = f"{random.lognormvariate(5.2, 1.1):.2f}"
    fill = {
        "product": random.choice(about.products),
        "amount": written.money.format(amount=amount),
        "days": str(random.randint(3, 40)),
        "order": f"R{random.randint(100_000, 999_999)}",
    }
    sentences = [
        *([random.choice(written.openings)] if random.random() < 0.6 else []),
        told,
        *([random.choice(written.repeated)] if repeated else []),
        *(random.choice(written.flags[flag]) for flag in flags),
        random.choice(written.wishes),
    ]
    subject = random.choice(about.subjects).format(**fill)
    return Letter(
        subject=subject[0].upper() + subject[1:],
        body=written.joint.join(sentence.format(**fill) for sentence in sentences),
        product=fill["product"],
        amount=amount if "{amount}" in told else None,
        currency=written.currency,
    )
