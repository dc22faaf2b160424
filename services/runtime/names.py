"""How a worker's group, its transactional ids and its changelogs are named; a deployment's prefix comes before each."""

from __future__ import annotations

from uuid import uuid4


def group_name(service: str) -> str:
    """The consumer group of a service's workers."""
    return f"redress-{service}"


def new_transactional_id(service: str) -> str:
    """A new one for a worker that starts: two workers never share one, and none is used twice."""
    return f"{group_name(service)}-{uuid4().hex}"


def changelog_name(service: str, table: str) -> str:
    """The changelog of a stage's table."""
    return f"{group_name(service)}-{table}-changelog"
