"""A line to paste: whatever its words hold, a real shell hands them to the program as they are and does nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.text import shell
from lab.text.shell import Arguments, Output, command_line, operands
from lab.text.shown import HIDDEN
from tests.harness.stand_ins.recording_shell import SHELLS, RecordingShell

HOSTILE = (
    "$(touch X)", "`touch X`", "; touch X", "\ntouch X\n", "a\r\nb", "| touch X", "& touch X", "&& touch X", "> X", "< X",
    "it's", '"odd"', "'; touch X; '", '"; touch X; "', "a b", "  ", "", "\t", "*", "?", "[a]", "{a,b}", "~", "~root", "#",
    "!!", "!touch", "a!b", "\\", "\\n", "%s%n", "%%", "$HOME", "${IFS}", "$'x'", "-o", "--output=X", "--", "-", "=ls", "=",
    "A=1", "Größe 日本 🙂", "\x1b[31m red", "\x1b]8;;http://x.test\x07", "\x9b2J", "\x7f", "a\u202eb", "zero\u200bwidth",
    "\u2028", "\x1b!!\x1b", "\x1b$(touch X)'\"`touch X`\\", "\x1b\n", "\n", "\n\n\x1b", "\x1b100", "caf\udce9", "\x01%b",
)  # fmt: skip
"""Quotes, substitutions, separators, redirections, globs, history, options, escapes of terminals, bytes of no UTF-8."""

ALL = "".join(HOSTILE)


@pytest.fixture(params=SHELLS, ids=lambda path: Path(path).name)
def pasted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RecordingShell]:
    made = RecordingShell(tmp_path, request.param)
    yield made
    assert made.made == [], "a part of a line was carried out"


def test_every_word_arrives(pasted: RecordingShell) -> None:
    """Each alone, and all together: one program is called, with exactly these words."""
    for word in HOSTILE:
        assert pasted.run(command_line(["docker", word])) == [["docker", word]], ascii(word)
    words = [*HOSTILE, *(f"name={word}" for word in HOSTILE), *(f"{word}{word}" for word in HOSTILE), ALL]
    assert pasted.run(command_line(["docker", *words])) == [["docker", *words]]


def test_a_line_can_be_shown_as_it_is() -> None:
    """It holds no control character but a newline that ends a word, so making it visible changes no word of it."""
    for word in HOSTILE:
        assert not HIDDEN.search(command_line(["docker", word.rstrip("\n")])), ascii(word)
    # What a history would expand stands in single quotes, or in no quotes as a code.
    assert "!" not in command_line(["docker", "\x1b!!"])


def test_a_nul_is_said(pasted: RecordingShell) -> None:
    """No argument can hold one."""
    assert pasted.run(command_line(["docker", "a\0b"])) == [["docker", "a␀b"]]


def test_lines_are_composed(pasted: RecordingShell) -> None:
    """Pipes, sequences, loops, outputs and variables: hostile words stay words in each."""
    one, two = command_line(["docker", *HOSTILE]), command_line(["curl", *HOSTILE])
    both = [["curl", *HOSTILE], ["docker", *HOSTILE]]
    for line in (shell.piped(one, two), shell.in_turn(one, two), shell.one_after_another(one, two)):
        assert sorted(pasted.run(line)) == both
    assert pasted.run(shell.reading_nothing(one)) == [["docker", *HOSTILE]]
    assert pasted.run(shell.with_variables({"LAB": ALL, "A_1": ALL}, one)) == [["docker", *HOSTILE]]
    inner = command_line(["docker", Output(two, before=ALL), Output(two, split=True), "end"])
    assert ["docker", f"{ALL}printed", "printed", "end"] in pasted.run(inner)
    assert pasted.run(inner).count(["curl", *HOSTILE]) == 2


def test_a_note_does_nothing_where_it_is_no_remark(pasted: RecordingShell) -> None:
    """Some interactive shells take `#` for a word: names in the remark are quoted as all words are."""
    for word in (ALL, *HOSTILE[::6]):
        line = shell.noted(command_line(["docker"]), "on {node} and {other}", node=word, other="b")
        assert pasted.run(line.replace("   # ", " + ", 1)) == [["docker", "+", "on", word, "and", "b"]]


def test_prose_that_is_pasted_along_does_nothing(pasted: RecordingShell) -> None:
    """The names in a remedy are quoted where it stands beside a command."""
    for word in (ALL, *HOSTILE[::6]):
        pasted.run(
            f"open udp/4789 {shell.harmless(f'between {word} and b')}: {command_line(['docker', word])}"
        )


def test_a_script_hands_its_arguments_on(pasted: RecordingShell) -> None:
    """`sh -c` with a script of ours: what it is given arrives in the inner command."""
    script = shell.docker_command("exec", Output(shell.docker_command("ps", "-f", "name=a b")), Arguments())
    for word in (ALL, *HOSTILE[::6]):
        calls = pasted.run(command_line([SHELLS[0], "-c", script, "sh", "curl", word]))
        assert ["docker", "exec", "printed", "curl", word] in calls


def test_a_variable_s_name_is_one() -> None:
    """What is no name would be a word of its own, or a command."""
    for name in ("A B", "A;touch X", "", "1A", "A-B", "$(A)"):
        with pytest.raises(ValueError, match="no name of a variable"):
            shell.with_variables({name: "x"}, command_line(["docker"]))


def test_no_operand_is_taken_for_an_option() -> None:
    """A word that begins with a dash stands behind `--`; without one the line is as people write it."""
    assert operands("a", "b") == ("a", "b")
    assert operands("a", "-b") == ("--", "a", "-b")
    assert shell.url_words("https://h/[1-9]?a={b}") == ("-g", "https://h/[1-9]?a={b}")
    assert shell.url_words("-o") == ("--", "-o")
    assert shell.repeated(3, command_line(["docker"])) == "for i in $(seq 3); do docker; done"
    assert shell.lab_command("down", "--name", "a b") == "python -m lab down --name 'a b'"
    assert shell.words_of(command_line(["a b", "c"])) == ["a b", "c"]
