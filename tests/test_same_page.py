"""no-504: whoever answers, it is the same page: an old image or a half-done update shows in one replica alone."""

from collections.abc import Callable

import pytest

from fixtures.diagnose.observations import ServedSeen
from fixtures.diagnose.recorder import Recorder
from fixtures.judge.replica_answers import odd_ones
from fixtures.observe.http.by_replica import replica_answers
from fixtures.observe.swarm.reader import Swarm
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from fixtures.target.reach import Reach
from tests.texts import one_per_line

pytestmark = [
    pytest.mark.criterion("no-504"), pytest.mark.lab, pytest.mark.smoke, pytest.mark.xdist_group("routing"),
]  # fmt: skip
ROUNDS = 4
"""How often each replica is asked for each file, on average: two equal answers of one say that it is steady."""


def test_every_replica_serves_the_same_page(
    swarm: Swarm, reach: Reach, plan: Plan, observed: Recorder, measured: Callable[[str], None]
) -> None:
    """The page and its large file are the same from each replica that answers."""
    if not plan.hosts_of("page"):
        not_exercised("the plan names no host with a page")
    page = plan.host_of("page")
    replicas = max((s.replicas for s in plan.services if s.full_name == plan.service_of(page)), default=1)
    wrong, asked = [], 0
    for url in filter(None, (page.url, page.large_url)):
        answers = replica_answers(swarm, reach, plan.edge.full_name, url, ROUNDS * replicas)
        observed.served(ServedSeen(url, address, texts) for address, texts in answers.items())
        asked = max(asked, len(answers))
        odd = odd_ones(answers)
        others = sorted({text for address, texts in answers.items() if address not in odd for text in texts})
        wrong += [
            f"{url} from {address}: {text}; from the others: {', '.join(others)}"
            for address, text in odd.items()
        ]
    assert not wrong, one_per_line(wrong)
    if asked < 2:
        not_exercised(
            f"the edge's log names {asked or 'no'} replica that answered: there are none to compare"
        )
    measured(f"{asked} replicas serve the same page")
