"""The shipped configuration with deadlines that pass while a test looks: on a calendar that never closes."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from services.config.folder import SHIPPED

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def write_config(folder: Path, *, first_response: str, resolution: str, ask_after: str = "10m") -> Path:
    """Write every file into ``folder``; the targets and ``ask_after`` as the files take them."""
    folder.mkdir(exist_ok=True)
    for file in SHIPPED.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        (folder / file.name).write_text(text.replace("ask_after: 10m", f"ask_after: {ask_after}"), encoding="utf-8")
    (folder / "calendars").mkdir(exist_ok=True)
    always = ", ".join(f'{day}: ["00:00-24:00"]' for day in DAYS)
    (folder / "calendars" / "always.yaml").write_text(f"version: 1\nzone: UTC\nhours: {{{always}}}\n")
    (folder / "policies.yaml").write_text(
        dedent(
            f"""\
            version: test-1
            policies:
              - name: default
                match: {{}}
                clocks:
                  first_response:
                    {{target: {first_response}, calendar: always, warn: {{80: medium}}, owner: lead, runbook: r/a}}
                  resolution: {{target: {resolution}, calendar: always, owner: lead, runbook: runbooks/b}}
            """
        )
    )
    return folder
