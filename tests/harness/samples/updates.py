"""What a run observed whose update dropped something."""

from collections import Counter
from dataclasses import replace

from fixtures.diagnose.observations import Observations
from fixtures.judge.update_losses import UpdateSeen
from fixtures.observe.steady.values import Dropped, Loss, Seen, Way
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW

PAGE = "jbcalling.site"
FRONTEND, SIGNALING = "translation_frontend", "translation_signaling"
REQUEST = Dropped(NOW, Way.FRESH, Loss.REQUEST, PAGE, "the task at 10.0.2.13", "answered 502, wanted 200")


def updated(*dropped: Dropped) -> Observations:
    """A sound lab, and what was dropped while it was updated."""
    seen = Seen(NOW, Counter({Way.FRESH: 400}), dropped)
    return replace(samples.sound(), updated=UpdateSeen((FRONTEND, SIGNALING), (), 40.0, seen, dropped))


def dropping() -> Observations:
    """A request that met a replica's end."""
    return updated(REQUEST)
