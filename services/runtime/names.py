"""How a worker's group, its transactional ids and its changelogs are named; a deployment's prefix comes before each."""

from __future__ import annotations


def group_name(service: str) -> str:
    """The consumer group of a service's workers."""
    return f"redress-{service}"


def transactional_id(service: str, partition: int) -> str:
    """The id under which one worker at a time writes for a partition number."""
    return f"{group_name(service)}-{partition}"


def changelog_name(service: str, table: str) -> str:
    """The changelog of a stage's table."""
    return f"{group_name(service)}-{table}-changelog"
