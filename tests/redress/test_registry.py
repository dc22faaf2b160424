"""The registry is the one place: what it says is there, and a service that is added to it is known everywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from redress.import_path import imported
from redress.survey_keys import ensure_survey_keys
from schemas.topics import ALL, queue_topic
from services.registry import SERVICES, Service, config_files, readers, workers, writers
from services.runtime.settings import RuntimeSettings
from tests.redress.running_up import Up

REPOSITORY = Path(__file__).parents[2]
CODE = ("redress", "services", "schemas", "chaos")
TOY = {
    "__init__.py": "",
    "__main__.py": """
        from services.runtime.worker import main
        from services.toy.app import build
        from services.toy.settings import Settings

        if __name__ == "__main__":
            main(Settings, build)
        """,
    "metrics.py": """
        from prometheus_client import Counter

        SEEN = Counter("redress_toy_seen_total", "Events of complaints that the toy has seen")
        """,
    "settings.py": """
        from pydantic import Field
        from services.runtime.settings import RuntimeSettings

        class Settings(RuntimeSettings):
            admin: str | None = Field(default=None, validation_alias="REDRESS_TOY_ADMIN")
        """,
    "app.py": """
        from services import registry
        from services.runtime.stage import Application, declared_stage
        from services.toy.metrics import SEEN

        class Toy:
            def on_event(self, context, topic, event):
                key = event.complaint_id.encode()
                context.put(key, b"%d" % (int(context.row(key) or 0) + 1))
                context.count(SEEN)

            def on_due(self, context, key, due):
                pass

            def on_time(self, context):
                pass

            def close(self):
                pass

        def build(settings):
            toy = next(service for service in registry.SERVICES if service.name == "toy")
            return Application(toy.name, (declared_stage(toy, "seen", Toy, row_formats=()),), ())
        """,
}
LINE = '    Service("toy", stages=(Stage("seen", ("complaint-events",)),)),\n'
ASKED = """
import json
from pathlib import Path
from chaos.fold import applications, fold
from chaos.system_under_test import PROCESSES
from chaos.reading import Kept, Reading
from redress.publishing.documents import documents
from redress.publishing.metrics_page import metrics_page
from redress.reading import GROUPS
from redress.topics.declared import declared_topics
from schemas.codec import encode
from schemas.topics import COMPLAINT_EVENTS
from services.runtime.partitioner import partition_of
from services.runtime.settings import RuntimeSettings

settings = RuntimeSettings(home=Path("home"))
example = json.loads(Path("schemas/examples/complaint_received.json").read_text())
event = COMPLAINT_EVENTS.codec.decode(json.dumps(example).encode())
key = event.complaint_id.encode()
home = partition_of(key, settings.partitions)
now = 1_800_000_000_000
records = {COMPLAINT_EVENTS.name: [Kept(COMPLAINT_EVENTS.name, home, 0, now, key, encode(event), [])]}
ends = {(COMPLAINT_EVENTS.name, number): int(number == home) for number in range(settings.partitions)}
toy = [one for one in applications(settings) if one.name == "toy"]
folded = fold(toy, Reading(records, ends, {}, ends), partitions=settings.partitions, until=now)
print(json.dumps({
    "topics": [topic.name for topic in declared_topics(settings)],
    "groups": list(GROUPS.values()),
    "metrics": metrics_page(),
    "topics page": documents()["docs/topics.md"],
    "chaos processes": list(PROCESSES),
    "chaos rows": {name: [row.decode() for row in rows.values()] for name, rows in folded.tables.items()},
}))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with a service more: a folder of its own, and one line in the registry."""
    copy = tmp_path_factory.mktemp("tree")
    for name in CODE:
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "services" / "toy").mkdir()
    for name, text in TOY.items():
        (copy / "services" / "toy" / name).write_text(re.sub(r"^ {8}", "", text, flags=re.MULTILINE))
    registry = copy / "services" / "registry.py"
    text = registry.read_text()
    assert "    FEEDBACK,\n)" in text
    registry.write_text(text.replace("    FEEDBACK,\n)", f"    FEEDBACK,\n{LINE})"))
    ensure_survey_keys(copy / "home")
    return copy


def test_topics_pages_and_chaos_know_a_service_that_has_a_folder_and_a_line(tree: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    environment = {**inherited, "PYTHONPATH": str(tree)}  # the tests of the wheel name the wheel's there
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])  # warnings come before it
    assert "redress-toy-seen-changelog" in said["topics"]
    assert "redress-toy" in said["groups"]
    assert "`redress_toy_seen_total`" in said["metrics"]
    assert "`redress-toy-seen-changelog`" in said["topics page"]
    assert re.search(r"\| \[complaint-events\].*router, sla_monitor, feedback, toy \|", said["topics page"])
    assert said["chaos processes"][-2:] == ["toy", "toy-2"]
    assert said["chaos rows"] == {"redress-toy-seen-changelog": ["1"]}


@pytest.mark.broker
def test_up_starts_a_service_that_has_a_folder_and_a_line(tree: Path, kafka: str) -> None:
    keys = ensure_survey_keys(tree / "home")
    environment = {"REDRESS_KAFKA": kafka, "REDRESS_PREFIX": "toy.", "REDRESS_SURVEY_KEYS": str(keys)}
    with Up(tree / "home", folder=tree, PYTHONPATH=str(tree), **environment) as up:
        up.until(r"toy: health and metrics at http://\S+")
        up.until("all services are ready")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_module_that_a_services_name_stands_for_is_there(service: Service) -> None:
    assert find_spec(f"{service.module}.__main__")
    assert import_module(service.metrics)
    assert issubclass(imported(service.settings), RuntimeSettings)
    assert imported(service.settings).model_fields["admin"].validation_alias == service.admin_variable
    assert imported(service.build)
    if service.command:
        assert imported(service.command.group).name == service.command.name


def test_a_worker_publishes_to_the_topics_that_the_registry_names(tmp_path: Path) -> None:
    ensure_survey_keys(tmp_path)
    for service in workers():
        application = imported(service.build)(imported(service.settings)(home=tmp_path))
        published = {re.sub("^queue-.*", "queue-{name}", topic.name) for topic in application.publishes}
        assert (application.name, published) == (service.name, set(service.publishes))
        assert [stage.name for stage in application.stages] == [stage.name for stage in service.stages]


def test_every_topic_has_a_writer_and_a_reader_and_every_name_in_the_registry_a_topic() -> None:
    topics = {topic.name: topic for topic in (*ALL, queue_topic("{name}"))}
    for name, topic in topics.items():
        assert writers(name) or topic.outside_writers, name
        assert readers(name) or topic.outside_readers, name
    assert topics.keys() >= {name for service in SERVICES for name in (*service.sources, *service.publishes)}


def test_every_config_file_has_a_model_and_is_shipped_where_it_says_so() -> None:
    for file in config_files():
        assert imported(file.model)
        assert bool(list((REPOSITORY / "services/config/default").glob(file.name))) == file.shipped, file.name


def test_an_underscore_in_a_services_name_becomes_a_hyphen_where_it_is_illegal() -> None:
    assert [service.dns_name for service in SERVICES] == ["intake", "router", "sla-monitor", "feedback"]
