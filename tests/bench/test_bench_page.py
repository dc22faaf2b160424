"""The benchmarks' page is made of parts: one can be written anew, and the others stay."""

from __future__ import annotations

from pathlib import Path

from bench import page

ORDER = ["throughput", "latency"]


def test_a_part_takes_the_place_of_its_predecessor_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.md"
    page.write(file, {"latency": "## Latency\n\nold"}, ORDER, kafka="4.1.1")
    page.write(file, {"throughput": "## Throughput\n\nfirst"}, ORDER, kafka="4.1.1")
    page.write(file, {"latency": "## Latency\n\nnew"}, ORDER, kafka="4.1.1")
    text = file.read_text(encoding="utf-8")
    assert "first" in text
    assert "new" in text
    assert "old" not in text


def test_parts_stand_in_the_order_of_the_sections_whichever_came_first(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.md"
    for name in reversed(ORDER):
        page.write(file, {name: f"## {name}"}, ORDER, kafka="4.1.1")
    text = file.read_text(encoding="utf-8")
    assert text.index("## throughput") < text.index("## latency") < text.index("## The machine")


def test_the_machine_is_described_once_however_often_the_page_is_written(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.md"
    for _ in range(3):
        page.write(file, {"latency": "## Latency"}, ORDER, kafka="4.1.1")
    assert file.read_text(encoding="utf-8").count("## The machine") == 1
