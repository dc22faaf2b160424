"""From text of the format "flowed" (RFC 3676) to lines as they were written: one paragraph a line."""

from __future__ import annotations

SIGNATURE = "-- "


def join_flowed(text: str, *, delete_space: bool) -> str:
    """``text`` with its flowed lines joined. ``delete_space`` is DelSp: the space that marks a flowed line is dropped.

    A quoted line begins with its quote marks and a space.
    """
    lines: list[str] = []
    paragraph: list[str] = []
    depth = 0

    def end_paragraph() -> None:
        if paragraph:
            lines.append(">" * depth + (" " if depth else "") + "".join(paragraph))
            paragraph.clear()

    for line in text.split("\n"):
        content = line.lstrip(">")
        line_depth = len(line) - len(content)
        content = content.removeprefix(" ")
        is_flowed = content.endswith(" ") and content != SIGNATURE
        if line_depth != depth or content == SIGNATURE:
            end_paragraph()
        depth = line_depth
        paragraph.append(content[:-1] if is_flowed and delete_space else content)
        if not is_flowed:
            end_paragraph()
    end_paragraph()
    return "\n".join(lines)
