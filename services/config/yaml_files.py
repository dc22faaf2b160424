"""From a YAML file that people write to a validated pydantic model, or to all its faults with their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

# libyaml's parser is a tenth of the cost; a platform whose wheel lacks it reads the same files.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

STANDARD_TAG = "tag:yaml.org,2002:"
NULL_TAG = STANDARD_TAG + "null"
MERGE_TAG = STANDARD_TAG + "merge"

DEEPEST = 100
"""Levels of lists and mappings in each other; no file needs ten."""

ADVICE = {
    "missing": "this field is missing; write it here",
    "extra_forbidden": "there is no such field here; correct its name or remove it",
    **dict.fromkeys(("frozen_set_type", "list_type", "tuple_type"), "write a list here, such as [one, another]"),
    **dict.fromkeys(("dict_type", "model_type"), "write fields here, such as {name: value}"),
}


class ConfigError(Exception):
    """A file cannot be used. A line per fault: ``file:line: /field/path: what is wrong, what to write``."""


def load(path: Path, model: type[M], *, context: dict[str, Any] | None = None) -> M:
    """The file at ``path`` as a ``model``, whole, or ConfigError with every fault found.

    Scalars reach the model as text (null, ~ and nothing as None) and pydantic converts them, so that ``1.10``
    stays 1.10, ``no`` is a word where a word is asked for, and ``010`` is ten. Hence no strict types in such
    models, and ``int | str`` needs ``Field(union_mode="left_to_right")``. ``context`` is what the model's
    validators need from other files (pydantic's ``info.context``). No message quotes a value, which may be a
    secret, unless a validator of the model does so.
    """
    root = _compose(path)
    document = _Document(path)
    data = document.build(root, "")
    if document.faults:
        raise ConfigError("\n".join(document.faults))
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        faults = [_explained(path, root, dict(fault)) for fault in error.errors(include_url=False)]
        raise ConfigError("\n".join(faults)) from None


def _compose(path: Path) -> yaml.MappingNode:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}:1: /: the file does not exist; create it") from None
    except OSError as error:
        raise ConfigError(f"{path}:1: /: the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: /: this is not UTF-8; save the file as UTF-8") from None
    try:
        _require_shallow(path, text)
        root = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: /: this is not valid YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{path}:{line}: /: a control character stands here; remove it") from None
    if not isinstance(root, yaml.MappingNode):
        line = root.start_mark.line + 1 if root else 1
        raise ConfigError(f"{path}:{line}: /: the file must be a mapping of fields, such as `version: 1`")
    return root


def _require_shallow(path: Path, text: str) -> None:
    """Composing recurses, in C, where too deep a file ends the process."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ConfigError(f"{path}:{line}: /: more than {DEEPEST} levels deep; write it flatter")


@dataclass
class _Document:
    """Plain data from composed nodes, with the faults that pydantic could no longer see."""

    path: Path
    faults: list[str] = field(default_factory=list)
    open: set[int] = field(default_factory=set)

    def build(self, node: yaml.Node, pointer: str) -> Any:
        if not node.tag.startswith(STANDARD_TAG):
            return self._fault(node, pointer, f"the tag {node.tag} is not known; remove it")
        if isinstance(node, yaml.ScalarNode):
            return None if node.tag == NULL_TAG else node.value
        if id(node) in self.open:
            return self._fault(node, pointer, "an alias stands inside what it repeats; write it out")
        self.open.add(id(node))
        data: Any = (
            dict(self._entries(node, pointer))
            if isinstance(node, yaml.MappingNode)
            else [self.build(item, f"{pointer}/{index}") for index, item in enumerate(node.value)]
        )
        self.open.remove(id(node))
        return data

    def _entries(self, node: yaml.MappingNode, pointer: str) -> Iterator[tuple[str, Any]]:
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, pointer, "a key must be a single word; a mapping or list stands here")
            elif key.tag == MERGE_TAG:
                self._fault(key, pointer, "merge keys are not read; write the fields out")
            elif key.value in lines:
                first = lines[key.value]
                self._fault(key, f"{pointer}/{key.value}", f"this key stands on line {first} too; keep one")
            else:
                lines[key.value] = line
                yield key.value, self.build(value, f"{pointer}/{key.value}")

    def _fault(self, node: yaml.Node, pointer: str, message: str) -> None:
        self.faults.append(f"{self.path}:{node.start_mark.line + 1}: {pointer or '/'}: {message}")


def _explained(path: Path, root: yaml.Node, fault: dict[str, Any]) -> str:
    """One pydantic fault with its line. Parts of ``loc`` that name no node are names of union members."""
    node, line, pointer = root, root.start_mark.line + 1, ""
    for part in fault["loc"]:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if entry:
                line, node, pointer = entry[0].start_mark.line + 1, entry[1], f"{pointer}/{part}"
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node, pointer = node.value[part], f"{pointer}/{part}"
            line = node.start_mark.line + 1
    if fault["type"] == "missing":
        pointer = f"{pointer}/{fault['loc'][-1]}"
    message = ADVICE.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    return f"{path}:{line}: {pointer or '/'}: {message}"
