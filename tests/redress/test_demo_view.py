"""The demo's screen: a snapshot in, text that fits a terminal of 80 columns out."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from redress.demo.check import CheckResult
from redress.demo.view import Snapshot, render_line, render_screen, render_summary


def snapshot(**changed) -> Snapshot:
    figures = {
        "phase": "complaints arrive", "seconds": 83.4, "complaints": 1_549, "events": 4_543, "per_second": 427.4,
        "routed": {"billing": 531, "technical": 512}, "waiting": {"billing": 31},
        "open_clocks": {"resolution": 201}, "warnings": {"resolution": 233}, "breaches": {"resolution": 107},
        "surveys": 1_915, "answers": 1_453, "satisfied": 910, "lag": {"router": 3, "feedback": 512},
    }  # fmt: skip
    return Snapshot(**{**figures, **changed})


def shown(what, width=80) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(what)
    return console.file.getvalue()


@pytest.mark.parametrize(
    "figure", ["01:23", "1,549", "4,543", "427", "531", "31", "201", "233", "107", "1,915", "1,453", "62.6%", "512"]
)
def test_the_screen_shows_every_figure(figure):
    assert figure in shown(render_screen(snapshot(), "Redress"))


def test_the_screen_fits_80_columns_without_wrapping():
    assert shown(render_screen(snapshot(), "Redress")) == shown(render_screen(snapshot(), "Redress"), width=200)


def test_before_the_first_answer_no_share_is_shown():
    empty = snapshot(answers=0, satisfied=0, routed={}, waiting={}, warnings={}, breaches={}, lag={})
    assert "none yet" in shown(render_screen(empty, "Redress"))
    assert "none yet satisfied" in render_line(empty)


def test_the_line_says_the_same_in_one_line():
    said = render_line(snapshot())
    assert "\n" not in said
    assert "1549 complaints" in said
    assert "107 breaches" in said
    assert "lag 515" in said


def test_the_summary_marks_what_disagrees_and_says_how():
    text = shown(render_summary([CheckResult("dead letters", "0", "0"), CheckResult("surveys", "5", "4", "1 missing")]))
    assert text.count("✓") == text.count("✗") == 1
    assert "1 missing" in text
