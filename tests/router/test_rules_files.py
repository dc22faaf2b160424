"""What rules.yaml and queues.yaml can say, and what is refused with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from services.config.folder import SHIPPED
from services.config.yaml_files import ConfigError
from services.lifecycle.contents import UNKNOWN_COMPLAINT, ComplaintFields
from services.lifecycle.stored_event import make_stored_event
from services.router.app import UNROUTED_REASONS
from services.router.conditions import Condition, compile_condition
from services.router.domain.reasons import Reason
from services.router.rules_file import RulesFile
from services.router.settings import Settings, load_queues, load_ruleset
from tests.router.complaints import RULES, received, ruleset

WEB = UNKNOWN_COMPLAINT._replace(channel="web")


@pytest.mark.parametrize(
    ("when", "complaint", "holds"),
    [
        ({"channel": ["web", "app"]}, {}, True),
        ({"channel": ["app"]}, {}, False),
        ({"product": ["card"]}, {"product": "card"}, True),
        ({"product": ["card"]}, {}, False),
        ({"region": ["CN-SH"]}, {"region": "CN-SH"}, True),
        ({"customer_tier": ["vip"]}, {"customer_tier": "vip"}, True),
        ({"customer_tier": ["vip"]}, {"customer_tier": "gold"}, False),
        ({"severity": ["high"], "category": ["fraud"]}, {"severity": "high", "category": "fraud"}, True),
        ({"severity": ["high"], "category": ["fraud"]}, {"severity": "high"}, False),
        ({"language": ["zh"]}, {"language": "zh-Hans-CN"}, True),
        ({"language": ["ZH-hans"]}, {"language": "zh-Hans"}, True),
        ({"language": ["zh-Hans"]}, {"language": "zh"}, False),
        ({"language": ["zh_hans"]}, {"language": "zh-Hans-CN"}, True),
        ({"language": ["iw"]}, {"language": "he"}, True),
        ({"language": ["zh"]}, {"language": "zha"}, False),
        ({"region": ["Zu\u0308rich"]}, {"region": "Z\u00fcrich"}, True),
        ({"language": ["en"]}, {}, False),
        ({"flags": ["regulator", "safety"]}, {"flags": ("repeat", "safety")}, True),
        ({"flags": ["regulator"]}, {"flags": ("safety",)}, False),
        ({"flags": ["regulator"]}, {}, False),
        ({"amount": {"currency": "CNY"}}, {"amount": "0.01", "currency": "CNY"}, True),
        ({"amount": {"currency": "CNY", "min": "100"}}, {"amount": "100.00", "currency": "CNY"}, True),
        ({"amount": {"currency": "CNY", "min": "100"}}, {"amount": "99.99", "currency": "CNY"}, False),
        ({"amount": {"currency": "CNY", "max": "100"}}, {"amount": "100.000001", "currency": "CNY"}, False),
        ({"amount": {"currency": "CNY", "min": "9"}}, {"amount": "100", "currency": "EUR"}, False),
        ({"amount": {"currency": "CNY"}}, {}, False),
        ({"not": {"channel": ["branch"]}}, {}, True),
        ({"not": {"channel": ["web"]}}, {}, False),
        ({"any": [{"channel": ["app"]}, {"severity": ["high"]}]}, {"severity": "high"}, True),
        ({"any": [{"channel": ["app"]}, {"severity": ["high"]}]}, {}, False),
        ({"all": [{"channel": ["web"]}, {"severity": ["high"]}]}, {}, False),
        ({"all": [{"channel": ["web"]}, {"not": {"any": [{"region": ["x"]}, {"product": ["y"]}]}}]}, {}, True),
        ({"channel": ["web"], "not": {"severity": ["low"]}}, {"severity": "low"}, False),
        ({"channel": ["web"], "any": [{"severity": ["low"]}]}, {"severity": "low"}, True),
    ],
)
def test_a_condition_holds_when_all_it_names_does(when: dict[str, Any], complaint: dict[str, Any], holds: bool) -> None:
    fields = WEB._replace(**complaint)
    assert compile_condition(Condition.model_validate(when))(fields) is holds


def test_the_first_rule_that_matches_decides() -> None:
    rules = ruleset()
    assert rules.evaluate(WEB._replace(category="fraud", severity="high")).rule == "fraud-now"
    assert rules.evaluate(WEB._replace(category="fraud", severity="low")).rule == "fraud"
    assert ruleset(rules=RULES["rules"][::-1]).evaluate(WEB._replace(category="fraud", severity="high")).rule == "fraud"
    assert rules.evaluate(WEB).queue == "general"


def test_a_ruleset_is_named_by_what_it_says_not_by_how_it_is_written() -> None:
    rewritten = yaml.safe_load(yaml.safe_dump(RULES, sort_keys=True))
    assert RulesFile.model_validate(rewritten).content_hash == RulesFile.model_validate(RULES).content_hash
    assert ruleset(default={"queue": "general", "priority": 11}).content_hash != ruleset().content_hash
    assert ruleset(rules=RULES["rules"][::-1]).content_hash != ruleset().content_hash


def test_flags_are_the_tags_that_are_flags_by_name() -> None:
    fields = make_stored_event(received(tags=["vulnerable", "spring", "legal_threat"])).contents
    assert isinstance(fields, ComplaintFields)
    assert fields.flags == (
        "legal_threat",
        "vulnerable",
    )


def configured(
    folder: Path, rules: str, queues: str = "version: 1\nqueues: [{name: general}, {name: triage}]\n"
) -> Settings:
    (folder / "rules.yaml").write_text(rules)
    (folder / "queues.yaml").write_text(queues)
    return Settings(config=folder)


HEAD = "version: 1\ndefault: {queue: general, priority: 10}\n"


def one_rule(name: str = "a", when: str = "{channel: [web]}", **then: str) -> str:
    """A ruleset whose only rule stands on line 4."""
    target = {"queue": "general", "priority": "1", **then}
    written = ", ".join(f"{field}: {value}" for field, value in target.items())
    return f"{HEAD}rules:\n- {{name: {name}, when: {when}, then: {{{written}}}}}\n"


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (
            HEAD + "rules:\n- name: a\n  when: {channel: [web]}\n  then:\n    queue: fruad\n    priority: 1\n",
            ":7: /rules/0/then/queue: the queue 'fruad' is not declared; add it to queues.yaml",
        ),
        ("version: 1\ndefault: {queue: nowhere, priority: 10}\n", ":2: /default/queue: the queue 'nowhere' is not"),
        (HEAD + "triage: {queue: elsewhere}\n", ":3: /triage/queue: the queue 'elsewhere' is not declared"),
        (one_rule(steps="[{after: 10m, to: triage}]"), ":4: /rules/0/then/steps: there is no such field here"),
        (one_rule(when="{}"), ":4: /rules/0/when: an empty condition would match everything"),
        (one_rule(when="{flags: [regulater]}"), ":4: /rules/0/when/flags/0: Input should be 'legal_threat', 'reg"),
        (one_rule(when="{channel: []}"), ":4: /rules/0/when/channel: "),
        (one_rule(when="{region: [north, 'south ']}"), ":4: /rules/0/when/region/1: U+0020 (SPACE) at character 6"),
        (one_rule(when="{language: [zz]}"), ":4: /rules/0/when/language/0: IANA's registry has no such language"),
        (one_rule(when="{all: [{colour: [red]}]}"), ":4: /rules/0/when/all/0/colour: there is no such field here"),
        (one_rule(when="{amount: {currency: CNY, min: 9, max: 1}}"), ":4: /rules/0/when/amount: min is more than"),
        (one_rule(name="default"), ":4: /rules/0/name: default and triage are the names of what no rule decides"),
        (one_rule() + one_rule().splitlines()[-1], ":5: /rules/1: the same name of a rule twice; keep one"),
        (one_rule(when="{channel: [web, app, web]}"), ":4: /rules/0/when/channel/2: the same value twice; keep one"),
        (one_rule(when="{severity: [low, low]}"), ":4: /rules/0/when/severity/1: the same severity twice"),
        (one_rule(when="{language: [zh-Hans, zh-hans]}"), ":4: /rules/0/when/language/1: the same language twice"),
        (one_rule(when="{flags: [safety, safety]}"), ":4: /rules/0/when/flags/1: the same flag twice"),
        (one_rule(when="{any: [{region: [N]}, {region: [N]}]}"), ":4: /rules/0/when/any/1: the same condition twice"),
        (one_rule(skills="{fraud: expert}"), ":4: /rules/0/then/skills/fraud: Input should be a valid integer"),
        (one_rule(skills="{fraud: 11}"), ":4: /rules/0/then/skills/fraud: Input should be less than or equal to 10"),
        (one_rule(skills="{language: 3}"), ":4: /rules/0/then/skills/language: Input should be 'from_complaint'"),
        (one_rule(priority="-1"), ":4: /rules/0/then/priority: "),
        ("version: 1\n", ":1: /default: this field is missing"),
    ],
)
def test_what_a_ruleset_may_not_say_is_refused_with_its_line(tmp_path: Path, rules: str, fault: str) -> None:
    settings = configured(tmp_path, rules)
    with pytest.raises(ConfigError) as raised:
        load_ruleset(settings, load_queues(settings))
    assert str(raised.value).startswith(f"{tmp_path}/rules.yaml{fault}")


def test_the_triage_queue_must_be_declared_even_when_no_file_names_it(tmp_path: Path) -> None:
    settings = configured(tmp_path, HEAD, "version: 1\nqueues: [{name: general}]\n")
    with pytest.raises(ConfigError, match="the queue 'triage' is not declared"):
        load_ruleset(settings, load_queues(settings))


@pytest.mark.parametrize(
    ("queues", "fault"),
    [
        ("version: 1\nqueues:\n- name: a\n- name: Fraud Leads\n", ":4: /queues/1/name: "),
        ("version: 1\nqueues:\n- name: a\n- name: a\n", ":4: /queues/1: the same queue twice; keep one"),
        ("version: 1\nqueues: []\n", ":2: /queues: "),
        ("queues:\n- name: a\n", ":1: /version: this field is missing"),
    ],
)
def test_what_queues_may_not_be_called_is_refused_with_its_line(tmp_path: Path, queues: str, fault: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_queues(configured(tmp_path, HEAD, queues))
    assert str(raised.value).startswith(f"{tmp_path}/queues.yaml{fault}")


def test_the_shipped_files_are_valid_and_use_every_queue_they_declare() -> None:
    queues = load_queues(Settings())
    load_ruleset(Settings(), queues)
    written = (SHIPPED / "rules.yaml").read_text()
    assert [name for name in queues.names if f"queue: {name}," not in written] == []


PAGE = (Path(__file__).parents[2] / "docs" / "routing.md").read_text()


def test_the_documented_files_are_valid(tmp_path: Path) -> None:
    queues, rules = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    settings = configured(tmp_path, rules, queues)
    assert load_ruleset(settings, load_queues(settings)).version == "2026-11-1"


def test_every_reason_that_is_given_is_explained() -> None:
    assert [reason for reason in get_args(Reason) if f"`{reason}`" not in PAGE] == []


def test_every_remark_is_explained() -> None:
    history = (Path(__file__).parents[2] / "docs" / "history.md").read_text()
    assert [reason for reason in sorted(UNROUTED_REASONS) if f"| `{reason}` |" not in history] == []
