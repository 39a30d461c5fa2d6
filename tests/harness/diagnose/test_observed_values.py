"""What was observed, where little was: what a bare value stands for, and how it is written down for later."""

import json
import lzma
from pathlib import Path

import pytest

from fixtures.diagnose import recorded
from fixtures.diagnose.observations import CallSeen, Observations, SocketSeen, TurnSeen
from fixtures.limits import Limits
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import PLAN

OFFERED = samples.call().offered


def test_bare_values_claim_nothing() -> None:
    """No text but the empty one, no number but none, and None where nobody looked."""
    assert CallSeen(CallRelation.SAME) == CallSeen(CallRelation.SAME, None, "", (), (), (), ())
    assert SocketSeen("connect", True) == SocketSeen("connect", True, "", None, None, 0, 0, None)
    assert TurnSeen("relay", False) == TurnSeen("relay", False, None, "")
    bare = Observations(PLAN)
    fields = {name: getattr(bare, name) for name in Observations.__dataclass_fields__}
    looked_at = {name: value for name, value in fields.items() if value is not None}
    assert looked_at == {"plan": PLAN, "limits": Limits(), "missing": {}}


def test_why_something_is_missing_is_told() -> None:
    """In the words of whoever could not look, or that nobody did."""
    seen = Observations(PLAN, missing={"probe": "no prober"})
    assert (seen.why_not("probe"), seen.why_not("state")) == ("no prober", "nobody looked")


@pytest.mark.parametrize(
    ("seen", "stuck"),
    [
        (CallSeen(CallRelation.SAME, StepName.SEND_CONNECTED, offered=OFFERED), True),
        (CallSeen(CallRelation.SAME, StepName.SEND_CONNECTED), False),
        (CallSeen(CallRelation.SAME, StepName.SEND_CONNECTED, offered=OFFERED, selected=(("h", 1),)), False),
        (CallSeen(CallRelation.SAME, StepName.CONNECTED_TO_SIGNALING, offered=OFFERED), False),
        (CallSeen(CallRelation.SAME, None, offered=OFFERED), False),
    ],
    ids=["stuck", "nothing offered", "a pair selected", "at signaling", "joined"],
)
def test_a_call_is_stuck_in_ice_where_no_check_is_answered(seen: CallSeen, stuck: bool) -> None:
    """With candidates, without a pair, at a step that connects media; and in no other case."""
    assert seen.stuck_in_ice is stuck


@pytest.mark.parametrize(
    ("frames", "met"), [((), None), ((0, 0), False), ((3, 0), False), ((0, 3), False), ((1, 1), True)]
)
def test_peers_met_where_each_decoded_a_frame(frames: tuple[int, ...], met: bool | None) -> None:
    """Unknown where they did not come that far."""
    assert CallSeen(CallRelation.ACROSS, frames=frames).met is met


def test_a_run_is_packed_into_one_file(tmp_path: Path) -> None:
    """In a folder that is made for it, twice as good as once, the same bytes whatever order keys came in."""
    (tmp_path / "call.json").write_text('{"b": 1, "a": 2}')
    (tmp_path / "spread.json").write_text('{"c": 3}')
    (tmp_path / "note.txt").write_text("not one of them")
    file = tmp_path / "new" / "folder" / "run.xz"
    recorded.pack(tmp_path, file)
    first = file.read_bytes()
    assert lzma.decompress(first) == b'{"call": {"a": 2, "b": 1}, "spread": {"c": 3}}'
    (tmp_path / "call.json").write_text('{"a": 2, "b": 1}')
    recorded.pack(tmp_path, file)
    assert file.read_bytes() == first


def test_what_is_private_is_written_as_its_stand_in() -> None:
    """Each text, wherever it stands; the rest stays as it is."""
    seen = Observations(PLAN, missing={"probe": "/home/me/lab is gone", "state": "me/lab"})
    text = json.loads(recorded.text_of(seen, {"/home/me": "FOLDER", "is gone": "went"}))
    assert text["missing"] == {"probe": "FOLDER/lab went", "state": "me/lab"}
