"""`redress schemas`: compares what the repository publishes with the code, or writes it; changes as NDJSON out."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from redress.publishing.config_schemas import config_schemas
from redress.publishing.documents import (
    BASELINE,
    PUBLISHED,
    TopicChange,
    documents,
    topic_changes,
    topic_schemas,
)
from redress.publishing.metrics_page import PAGE, metrics_page


@click.group()
def schemas() -> None:
    """Publish and check the schemas of events and topics."""


@schemas.command()
def publish() -> None:
    """Write JSON Schemas, AsyncAPI and the pages of docs/ from the code into this checkout; print what changed.

    Those of the files that people write stand beside them, for editors. A breaking change is refused, and nothing is
    written.
    """
    current = _documents()
    published = _published(current)
    _refuse_breaking(_changes(published, current))
    for name in _stale(published, current):
        if name in current:
            Path(name).write_text(current[name], encoding="utf-8")
        else:
            Path(name).unlink()
        click.echo(f"{'wrote' if name in current else 'removed'} {name}", err=True)


@schemas.command()
def check() -> None:
    """Compare what this checkout publishes with the code. Exit 1 if they differ, or the code breaks the baseline."""
    current = _documents()
    published = _published(current)
    _refuse_breaking(_changes(published, current))
    stale = _stale(published, current)
    if stale:
        click.echo(f"Not what the code says: {', '.join(stale)}", err=True)
        click.echo("Take the change back, or write it down with `redress schemas publish`.", err=True)
        raise click.exceptions.Exit(1)


def _documents() -> dict[str, str]:
    return {**documents(), **config_schemas(), PAGE: metrics_page()}


def _published(current: dict[str, str]) -> dict[str, str]:
    """Path -> text of everything that the checkout in the current folder publishes."""
    folder = Path(PUBLISHED)
    if not (folder.is_dir() and Path(BASELINE).is_file()):
        raise click.UsageError(f"There is no {PUBLISHED} or {BASELINE} here: run this in a checkout of the repository.")
    paths = {*folder.iterdir(), *map(Path, current)}
    return {path.as_posix(): path.read_text(encoding="utf-8") for path in paths if path.is_file()}


def _stale(published: dict[str, str], current: dict[str, str]) -> list[str]:
    return sorted(name for name in published.keys() | current.keys() if published.get(name) != current.get(name))


def _changes(published: dict[str, str], current: dict[str, str]) -> list[TopicChange]:
    """What changed since the last publication, printed; and what breaks the baseline, which is older."""
    try:
        new = topic_schemas(current)
        changed = topic_changes(topic_schemas(published), new)
        since_baseline = topic_changes(json.loads(Path(BASELINE).read_text(encoding="utf-8"))["topics"], new)
    except ValueError as error:
        raise click.ClickException(f"A file in {PUBLISHED} is no JSON: delete it, then publish. {error}") from error
    broken = [change for change in since_baseline if change.breaking and change not in changed]
    for change in changed + broken:
        click.echo(json.dumps(asdict(change), ensure_ascii=False))
    return changed + broken


def _refuse_breaking(found: list[TopicChange]) -> None:
    breaking = sum(change.breaking for change in found)
    if breaking:
        click.echo(
            f"{breaking} of {len(found)} changes are breaking: topics keep what was published. Write a new optional "
            "field, event or topic beside the old one; CONTRIBUTING.md says how.",
            err=True,
        )
        raise click.exceptions.Exit(1)
