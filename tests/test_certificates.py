"""no-504, in part: the certificate of every public host is trusted for its name, and for days to come."""

import asyncio
from collections.abc import Callable

import pytest

from fixtures.limits import Limits
from fixtures.observe.http.certificates import Certificate, certificate, good_for
from fixtures.report.build import CERTIFICATE
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from fixtures.target.reach import Reach

pytestmark = [pytest.mark.criterion("no-504"), pytest.mark.lab, pytest.mark.smoke]


def _details(seen: Certificate, reach: Reach) -> str:
    return (
        f"names {', '.join(seen.names)}; issuer {seen.issuer}; valid until {seen.not_after:%Y-%m-%d %H:%M}Z; "
        f"by hand: {reach.curl(f'https://{seen.host}/', '-vI')}"
    )


def test_certificates_are_good(
    reach: Reach, plan: Plan, limits: Limits, measured: Callable[[str], None], record: Callable[..., None]
) -> None:
    """Every host presents a certificate that is trusted for its name and does not expire soon."""

    if not plan.web_hosts:
        not_exercised("the plan names no host that answers HTTPS: there is no certificate to look at")

    async def look() -> list[Certificate]:
        return await asyncio.gather(*(certificate(reach, host.name) for host in plan.web_hosts))

    presented = asyncio.run(look())
    for seen in presented:
        record(CERTIFICATE, seen, seen.host)
    for seen in presented:
        assert seen.distrust is None, f"{seen.host}: {seen.distrust}: {_details(seen, reach)}"
        assert seen.days_left >= limits.certificate_days_left_min, (
            f"{seen.host}: the certificate expires in {seen.days_left:.1f} days, wanted "
            f"{limits.certificate_days_left_min} or more: is it renewed? {_details(seen, reach)}"
        )
    measured(f"{len(presented)} certificates valid for {good_for(presented)}")
