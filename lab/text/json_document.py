"""`-o json`: what a command found, as one JSON document on stdout, its shape declared, its secrets masked."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.text.masking import Masker, is_secret_name
from lab.text.printed import MaskedStream
from lab.text.secrets import MASK

TEXT, JSON = FORMATS = ("text", "json")
"""What `-o` takes; the first is the default."""
VERSION = 1
"""Of every document. It rises when a key goes or means something else; a key that is added leaves it."""
_CI_MARK = re.compile(r"#(?=#(?:vso|teamcity)?\[)")
"""What some CI systems obey wherever it stands in a line of a log."""
Mask = Callable[[str], str]


@dataclass(frozen=True)
class Shape:
    """A document: `command` is what writes it, `keys` are its places, each with `KIND: meaning`.

    A place is written as jq has it: `nodes[].name` is the name of each node; `*` stands for keys that are names, as in
    `stages.*`. KIND is text, number, flag (true or false), or one of these `or null`. Every document has `document`
    and `version` besides.
    """

    command: str
    keys: Mapping[str, str]


def write(shape: Shape, content: Mapping[str, Any]) -> None:
    """Print the document, and nothing else, to stdout: masked text by text, so that it stays JSON whatever is masked."""
    stream: object = sys.stdout
    if isinstance(stream, MaskedStream):
        stream.unmasked.write(written(shape, content, stream.mask))
    else:
        sys.stdout.write(written(shape, content, Masker()))


def written(shape: Shape, content: Mapping[str, Any], mask: Mask) -> str:
    """The document's text, in ASCII: no terminal and no CI system acts on what it holds."""
    whole = {"document": shape.command, "version": VERSION, **_masked(content, mask)}
    text = json.dumps(whole, indent=2).replace("\x7f", r"\u007f")
    return _CI_MARK.sub(r"\\u0023", text) + "\n"


def _masked(value: Any, mask: Mask, key: str = "") -> Any:  # noqa: ANN401 - what JSON can hold
    if isinstance(value, str):
        return MASK if value and is_secret_name(key) else mask(value)
    if isinstance(value, Mapping):
        return {mask(str(name)): _masked(each, mask, str(name)) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each, mask, key) for each in value]
    return value
