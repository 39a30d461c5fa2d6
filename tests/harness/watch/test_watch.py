"""A watch: order, bounds, masks, the command beside it, its ends."""

import io
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from fixtures.observe.swarm.state import LogLine, Task
from fixtures.target.plan import load_plan
from fixtures.watch.beside import Beside, words_of
from fixtures.watch.evidence_file import EvidenceFile
from fixtures.watch.following import Came, Follower, Round
from fixtures.watch.mattering import Said, watched
from fixtures.watch.showing import Screen, counts
from fixtures.watch.tally import Event, Tally, bounded
from fixtures.watch.watching_loop import SHOWN, Watch
from lab.text.masking import Masker
from lab.text.screen import plain_console
from tests.harness.samples import sound_cluster

PLAN = load_plan("a")
AT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
FRONT, SIGNALING = (sound_cluster.task(name, 2, "translation02", 9) for name in ("frontend", "signaling"))


def came(task: Task, s: float, text: str) -> Came:
    return Came(task, LogLine(AT + timedelta(seconds=s), task.id, None, "stdout", text))


class Rounds:
    """In place of a follower: each round as it is given; then nothing, and the command ends."""

    def __init__(self, *rounds: Round) -> None:
        self.left, self.ended = list(rounds), threading.Event()

    def round(self) -> Round:
        if self.left:
            return self.left.pop(0)
        self.ended.set()
        return Round((), ())

    def lines(self) -> list[str]:
        return []


def seen(tmp_path: Path, rounds: Rounds, mask: Callable[[str], str] = str) -> tuple[list[str], Watch, str]:
    """What a pipe shows of these rounds, the watch, and its evidence."""
    out = io.StringIO()
    screen = Screen(plain_console(file=out, width=200), watched(PLAN), 12)
    with EvidenceFile(tmp_path, AT) as evidence:
        watch = Watch(
            cast("Follower", rounds),
            watched(PLAN),
            screen,
            evidence,
            mask,
            12,
            cast("Beside", rounds),
            every_s=0.001,
        )
        watch.run()
    return out.getvalue().splitlines(), watch, evidence.path.read_text()


def test_lines_stand_on_one_clock(tmp_path: Path) -> None:
    """Also where one task was read before another said something earlier; plain lines in a pipe, the same as evidence."""
    rounds = Rounds(
        Round(
            (
                came(FRONT, 1, "socket timeout"),
                came(SIGNALING, 1.2, "socket=a connected"),
                came(SIGNALING, 3, "room=a closed"),
            ),
            (),
        ),
        Round((came(FRONT, 2, "it failed"), came(SIGNALING, 4, "socket=b connected")), ()),
    )
    lines, watch, evidence = seen(tmp_path, rounds)
    assert lines == [
        "17:00:01.000Z frontend.2   ! socket timeout",
        "17:00:01.200Z signaling.2    socket=a connected",
        "17:00:02.000Z frontend.2   ! it failed",
        "17:00:03.000Z signaling.2    room=a closed",
        "17:00:04.000Z signaling.2    socket=b connected",
    ]
    assert evidence.splitlines() == lines
    assert str(watch.tallies["signaling"]) == "3 of 3 lines"
    assert str(watch.tallies["frontend"]) == "2 of 2 lines, 2 errors"


def test_a_line_is_held_back_for_one_round_at_most(tmp_path: Path) -> None:
    """A node whose clock is an hour behind keeps nobody's lines from the screen."""
    rounds = Rounds(*(
        Round((came(FRONT, -3600 + n, "it failed"), came(SIGNALING, n, f"socket={n} connected")), ()) for n in range(3)
    ))  # fmt: skip
    lines, _, _ = seen(tmp_path, rounds)
    assert [line.split(" ! ")[-1].split("   ")[-1].strip() for line in lines] == [
        "it failed", "it failed", "socket=0 connected", "it failed", "socket=1 connected", "socket=2 connected",
    ]  # fmt: skip


def test_more_than_a_person_reads_is_left_out_and_said(tmp_path: Path) -> None:
    """Errors go before the rest; the evidence has all of them."""
    many = [came(SIGNALING, n / 1000, f"socket={n} connected") for n in range(SHOWN + 50)]
    rounds = Rounds(Round((*many, came(SIGNALING, 5, "error: it broke")), ()))
    lines, watch, evidence = seen(tmp_path, rounds)
    assert len(lines) == SHOWN + 1
    assert "! error: it broke" in lines[-2]
    assert lines[-1] == "... 51 lines of signaling are left out here: more came than is shown in a second"
    assert watch.tallies["signaling"].left_out == 51
    assert str(watch.tallies["signaling"]).endswith("1 errors, 51 left out")
    assert len(evidence.splitlines()) == SHOWN + 51


def test_what_is_secret_is_masked_on_the_screen_and_in_the_evidence(tmp_path: Path) -> None:
    """One of the services' own, and what only looks like one; one that spans lines takes them with it."""
    hidden = "hidden-one-7"
    rounds = Rounds(
        Round(
            (
                came(SIGNALING, 1, f"room={hidden} socket closed"),
                came(SIGNALING, 2, "socket password=hunter22x"),
            ),
            (),
        ),
        Round((), (f"no log: {hidden}",)),
    )
    lines, _, evidence = seen(tmp_path, rounds, Masker({hidden}))
    for text in ("\n".join(lines), evidence):
        assert hidden not in text
        assert "hunter22x" not in text
        assert text.count("***") == 3

    def fewer(text: str) -> str:
        return text.replace("first\nsecond", "***")

    spanned = Rounds(Round((came(SIGNALING, 1, "room first"), came(SIGNALING, 2, "second room")), ()))
    lines, _, _ = seen(tmp_path, spanned, fewer)
    assert not any("first" in line or "second" in line for line in lines)
    assert len(lines) == 2


def test_a_problem_is_said_once_while_it_lasts(tmp_path: Path) -> None:
    """And again when it comes back."""
    bad, well = Round((), ("no log of media.1 can be read",)), Round((), ())
    lines, _, _ = seen(tmp_path, Rounds(bad, bad, bad, well, bad))
    assert lines == ["no log of media.1 can be read"] * 2


def test_the_evidence_fills_no_disk(tmp_path: Path) -> None:
    """What comes after its full size is counted, and the file says so."""
    with EvidenceFile(tmp_path / "new", AT, most=20) as evidence:
        evidence.write(["short"])
        evidence.write(["x" * 30, "y"])
        evidence.write(["z"])
    assert evidence.not_kept == 3
    assert (
        evidence.path.read_text() == "short\n... 3 further lines were not kept: this file has its full size\n"
    )


def test_a_terminal_has_colours_and_a_footer() -> None:
    """A colour for each service, errors red, counts below; foreign text obeys nothing there."""
    out = io.StringIO()
    console = plain_console(file=out, width=120, force_terminal=True)
    screen = Screen(console, watched(PLAN), 12)
    tally = Tally(read=3)
    tally.add(Said("GET / 504", is_error=True, status=504))
    with screen.footer(lambda: counts({"frontend": tally}, 2.0)):
        screen.events([Event(AT, "frontend", "frontend.2", Said("a\x1b[2Jb", is_error=False))])
        screen.events([Event(AT, "traefik", "traefik.1", Said("well", is_error=False))])
        screen.events([Event(AT, "traefik", "traefik.1", Said("broken", is_error=True))])
    text = out.getvalue()
    assert r"a\x1b[2Jb" in text
    assert "\x1b[32m17:00:00.000Z frontend.2" in text
    assert "\x1b[36m17:00:00.000Z traefik.1" in text
    assert "\x1b[1;31m17:00:00.000Z traefik.1" in text
    assert "1x 504" in text
    assert "2.0 s after it was written at the latest" in text
    plain = io.StringIO()
    with Screen(plain_console(file=plain), watched(PLAN), 12).footer(lambda: counts({}, None)):
        pass
    assert plain.getvalue() == ""


def test_statuses_are_counted_by_hundreds_and_errors_each() -> None:
    """A socket that ended has none."""
    tally = Tally(read=9)
    for status in (200, 204, 404, 502, 504, 0):
        tally.add(Said("x", is_error=status >= 500, status=status))
    assert tally.statuses == Counter({"2xx": 2, "4xx": 1, "502": 1, "504": 1, "none": 1})
    assert bounded([], 3) == ([], Counter())


def test_the_words_of_a_command() -> None:
    """pytest is that of this Python, wherever the path leads; anything else is taken as it stands."""
    assert words_of("pytest -m 'smoke and x'") == [sys.executable, "-m", "pytest", "-m", "smoke and x"]
    assert words_of("python3 -c 1")[0] == sys.executable
    assert words_of("./accept smoke") == ["./accept", "smoke"]
    for bad in ("", "  ", "a 'b"):
        with pytest.raises(ValueError):
            words_of(bad)
