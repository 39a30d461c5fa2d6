"""axe-core in a tab: which rules of accessibility a page breaks, and where."""

from pathlib import Path
from typing import Any, Literal

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
WIDTHS = (320, 1280)
"""In pixels: 320 is what WCAG 1.4.10 has a page fit in."""
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
  (each) => `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')}`)"""
BREADTH = "() => [document.documentElement.scrollWidth, window.innerWidth]"


def schemes() -> tuple[Literal["light", "dark"], ...]:
    """The colour schemes that a person may prefer."""
    return "light", "dark"


async def violations(page: Any) -> list[str]:  # noqa: ANN401 - Playwright's
    """Each rule that the page breaks as it stands now, with the places."""
    await page.evaluate(AXE.read_text("utf-8"))
    return list(await page.evaluate(RUN))


async def too_wide(page: Any) -> list[int]:  # noqa: ANN401
    """Width of the content and of the window where the page has to be scrolled sideways; empty where it fits."""
    content, window = await page.evaluate(BREADTH)
    return [content, window] if content > window else []
