"""A good input with a few things made bad: its values, its lines, its bytes."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from tests.fuzz import nasty
from tests.fuzz.dice import Dice, one_of

MOST_CHANGES = 3
Path = tuple[Any, ...]
Write = Callable[[Any], str]


def as_yaml(tree: object) -> str:
    """A tree as a stack file."""
    return str(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))


def as_json(tree: object) -> str:
    """A tree as a report; what JSON has no form for is left out as Python's own writer does."""
    return json.dumps(tree, default=str)


def as_toml(tree: object) -> str:
    """A tree as a target or plan: every table but the outermost in one line."""
    if not isinstance(tree, dict):
        return _inline(tree)
    return "".join(f"{json.dumps(str(key))} = {_inline(value)}\n" for key, value in tree.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(str(key))} = {_inline(each)}" for key, each in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value)
    return '"null"' if value is None else str(value)


def mutated(tree: object, text: str, write: Write, dice: Dice) -> bytes:
    """The input with one to MOST_CHANGES changes: of its values in half of the cases, else of its text as it is."""
    if dice.below(3):
        text = write(_tree(copy.deepcopy(tree), dice))
        if dice.below(4):
            return text.encode(errors="surrogatepass")
    for _ in range(1 + dice.below(MOST_CHANGES)):
        text = _text(text, dice)
    return _bytes(text.encode(errors="surrogatepass"), dice)


def _tree(tree: Any, dice: Dice) -> Any:  # noqa: ANN401
    for _ in range(1 + dice.below(MOST_CHANGES)):
        paths = _paths(tree)
        if not paths:
            return tree
        path = one_of(dice, paths)
        holder = tree
        for part in path[:-1]:
            holder = holder[part]
        _change(holder, path[-1], tree, dice)
    return tree


def _change(holder: Any, key: Any, tree: Any, dice: Dice) -> None:  # noqa: ANN401
    match dice.below(8):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]]
        case 2:
            holder[key] = {one_of(dice, nasty.TEXTS): holder[key]}
        case 3 if isinstance(holder, dict):
            holder[one_of(dice, nasty.TEXTS)] = holder.pop(key)
        case 4 if isinstance(holder, dict):
            holder[one_of(dice, ["x-own", "external", "name", "file", "mode", ""])] = one_of(
                dice, nasty.VALUES
            )
        case 4:
            holder.append(_value(dice))
        case 5:
            other = tree
            for part in one_of(dice, _paths(tree)):
                other = other[part]
            holder[key] = copy.deepcopy(other)
        case _:
            holder[key] = _value(dice)


def _value(dice: Dice) -> Any:  # noqa: ANN401
    return copy.deepcopy(one_of(dice, nasty.VALUES))  # the next change may be one of what is in it


def _paths(tree: object, at: Path = ()) -> list[Path]:
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [each for key, value in inside for each in ((*at, key), *_paths(value, (*at, key)))]


def _text(text: str, dice: Dice) -> str:
    lines = text.split("\n")
    number = dice.below(len(lines))
    match dice.below(9):
        case 0:
            del lines[number]
        case 1:
            lines.insert(number, lines[number])
        case 2:
            indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
            lines.insert(number, indent + one_of(dice, nasty.LINES))
        case 3:
            lines[number] = one_of(dice, nasty.LINES)
        case 4:
            lines = lines[:number]
        case 5:
            lines[number] = f" {lines[number]}"
        case 6:
            head, sign, _ = lines[number].partition(one_of(dice, [": ", " = "]))
            lines[number] = head + sign + one_of(dice, nasty.TEXTS)
        case 7:
            lines = lines[number:]
        case _:
            place = dice.below(len(lines[number]) + 1)
            lines[number] = lines[number][:place] + one_of(dice, nasty.TEXTS) + lines[number][place:]
    return "\n".join(lines)


def _bytes(content: bytes, dice: Dice) -> bytes:
    match dice.below(12):
        case 0:
            place = dice.below(len(content) + 1)
            return content[:place] + one_of(dice, nasty.BYTES) + content[place:]
        case 1:
            return content.decode(errors="replace").encode("utf-16")
        case 2:
            return b"\xef\xbb\xbf" + content
        case 3:
            return content * 20
        case _:
            return content


def mutated_words(words: list[str], dice: Dice) -> list[str]:
    """A command line with one to MOST_CHANGES words made bad."""
    words = list(words)
    for _ in range(1 + dice.below(MOST_CHANGES)):
        place = dice.below(len(words) + 1)
        match dice.below(3):
            case 0 if words:
                del words[min(place, len(words) - 1)]
            case 1 if words:
                words[min(place, len(words) - 1)] = one_of(dice, nasty.WORDS)
            case _:
                words.insert(place, one_of(dice, nasty.WORDS))
    return words


def mutated_variables(variables: Mapping[str, str], dice: Dice) -> dict[str, str]:
    """Some of the variables, of which one to MOST_CHANGES are made bad."""
    names = list(variables)
    kept = {name: variables[name] for name in names if dice.below(4) == 0}
    for _ in range(1 + dice.below(MOST_CHANGES)):
        name, bad = one_of(dice, names), one_of(dice, nasty.WORDS)
        match dice.below(4):
            case 0:
                kept[name] = variables[name] + bad
            case 1:
                kept[name] = bad + variables[name]
            case 2:
                kept[name[: 1 + dice.below(len(name))]] = bad
            case _:
                kept[name] = bad
    return kept
