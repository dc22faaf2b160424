"""What the services are: one entry a service, from which topics, `redress up`, demo, chaos and pages are derived.

It holds names and import paths as text and imports nothing of Redress, so that everybody may import it. The modules of
a service follow from its name: ``services.<name>`` has ``__main__.py``, ``app.py``, ``settings.py``, ``metrics.py``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ConfigFile:
    """A file that people write. ``name`` is a path in the folder REDRESS_CONFIG; ``model`` is ``module:class``.

    ``shipped`` is False where the folder that is shipped has none.
    """

    name: str
    model: str
    shipped: bool = True


@dataclass(frozen=True)
class Command:
    """A service's own commands, mounted as ``redress <name>``. ``group`` is ``module:attribute``."""

    name: str
    group: str
    help: str


@dataclass(frozen=True)
class Stage:
    """One step of a worker: it reads ``sources`` (topics) and keeps a table that has the stage's name."""

    name: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """One service: a process with a consumer group if it has stages. ``files`` are those that it reads."""

    name: str
    stages: tuple[Stage, ...] = ()
    publishes: tuple[str, ...] = ()
    files: tuple[ConfigFile, ...] = ()
    command: Command | None = None

    @property
    def module(self) -> str:
        """What ``python -m`` runs."""
        return f"services.{self.name}"

    @property
    def build(self) -> str:
        """The function that makes a worker's application of its settings."""
        return f"{self.module}.app:build"

    @property
    def settings(self) -> str:
        """The class of its settings."""
        return f"{self.module}.settings:Settings"

    @property
    def metrics(self) -> str:
        """The module that declares its metrics."""
        return f"{self.module}.metrics"

    @property
    def dns_name(self) -> str:
        """The name where an underscore is illegal (RFC 1123), as in host names and Kubernetes objects."""
        return self.name.replace("_", "-")

    @property
    def admin_variable(self) -> str:
        """The environment variable that says where its health and metrics are served."""
        return f"REDRESS_{self.name.upper()}_ADMIN"

    @property
    def sources(self) -> tuple[str, ...]:
        """Every topic that its stages read, each once."""
        return tuple(dict.fromkeys(source for stage in self.stages for source in stage.sources))

    def stage(self, name: str) -> Stage:
        """The stage of this name. Raises KeyError."""
        return {stage.name: stage for stage in self.stages}[name]


CHANNELS = ConfigFile("channels.yaml", "services.config.channels:ChannelsFile")
KEYS = ConfigFile("keys.yaml", "services.intake.keys_file:KeysFile", shipped=False)
WEBHOOKS = ConfigFile("webhooks.yaml", "services.intake.webhooks_file:WebhooksFile", shipped=False)
QUEUES = ConfigFile("queues.yaml", "services.config.queues:QueuesFile")
RULES = ConfigFile("rules.yaml", "services.router.rules_file:RulesFile")
POLICIES = ConfigFile("policies.yaml", "services.sla_monitor.policies_file.models:PoliciesFile")
CALENDARS = ConfigFile("calendars/*.yaml", "services.worktime.calendar_file:CalendarFile")
FEEDBACK_FILE = ConfigFile("feedback.yaml", "services.feedback.settings:FeedbackFile")

INTAKE = Service(
    "intake",
    publishes=("complaint-events", "survey-responses", "agent-status", "personal-keys"),
    files=(CHANNELS, KEYS, WEBHOOKS),
    command=Command("keys", "services.intake.cli:keys", "API keys: make, list and revoke them."),
)
ROUTER = Service(
    "router",
    stages=(Stage("complaints", ("complaint-events",)),),
    publishes=("complaints-routed", "queue-{name}"),
    files=(RULES, QUEUES),
)
SLA_MONITOR = Service(
    "sla_monitor",
    stages=(Stage("complaints", ("complaint-events", "complaints-routed")),),
    publishes=("sla-alerts", "sla-clocks"),
    files=(POLICIES, CALENDARS),
    command=Command("sla", "services.sla_monitor.cli:sla", "Deadlines: ask a calendar; explain and compare the past."),
)
FEEDBACK = Service(
    "feedback",
    stages=(
        Stage("complaints", ("complaint-events", "complaints-routed", "survey-responses")),
        Stage("dimensions", ("redress-feedback-by-dimension",)),
    ),
    publishes=("survey-requests", "redress-feedback-by-dimension", "feedback-summaries"),
    files=(FEEDBACK_FILE, CHANNELS, QUEUES),
)
SERVICES = (
    INTAKE,
    ROUTER,
    SLA_MONITOR,
    FEEDBACK,
)
"""In the order in which they start."""


def workers() -> tuple[Service, ...]:
    """The services with a consumer group and tables."""
    return tuple(service for service in SERVICES if service.stages)


def readers(topic: str) -> tuple[str, ...]:
    """The services that read a topic, by name."""
    return tuple(service.name for service in SERVICES if topic in service.sources)


def writers(topic: str) -> tuple[str, ...]:
    """The services that publish to a topic, by name."""
    return tuple(service.name for service in SERVICES if topic in service.publishes)


def config_files() -> tuple[ConfigFile, ...]:
    """Every file that a service reads from the folder REDRESS_CONFIG, each once."""
    return tuple(dict.fromkeys(file for service in SERVICES for file in service.files))
