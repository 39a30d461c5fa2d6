"""The page in a browser, where the machine has a Chromium: how high it is drawn, and what its script does.

Each page stands in a frame of a page of our own, whose script measures and clicks, and writes what it found as text.
Chromium runs without a network: it resolves no name, and its proxy is a port of this machine that nothing listens on.
"""

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fixtures.report.page import page
from tests.harness.samples import report as samples
from tests.harness.samples.pages import failing

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--virtual-time-budget=10000",
)  # fmt: skip
SCREEN = 900
LONG = "a fact of some length that goes on for two lines and says {group} and {number} " * 2
MEASURE = """
  const bottom = (selector) => Math.max(0, ...[...page.querySelectorAll(selector)].map(
    (each) => Math.round(each.getBoundingClientRect().bottom)));
  const shown = (selector) => [...page.querySelectorAll(selector)].filter((each) => each.offsetParent).length;
  return {
    height: page.documentElement.scrollHeight, width: page.documentElement.scrollWidth,
    failures: bottom(".index") || bottom(".failure"), buttons: shown("button"),
    signs: [...page.querySelectorAll(".sign")].filter((each) => each.checkVisibility()).map((each) => {
      const drawn = each.firstElementChild.getBoundingClientRect(), box = each.getBoundingClientRect();
      return Math.min(drawn.left - box.left, drawn.top - box.top, box.right - drawn.right, box.bottom - drawn.bottom);
    }).reduce((least, each) => Math.min(least, each), 99),
  };
"""


def asked(folder: Path, pages: Mapping[str, tuple[str, int]], script: str) -> dict[str, Any]:
    """What the script answers of each page, a text and the width of its frame in px; empty where nothing came back."""
    frames = "".join(
        f'<iframe name="{name}" width="{width}" height="{SCREEN}" srcdoc="{html.escape(text)}"></iframe>'
        for name, (text, width) in pages.items()
    )
    code = (
        f"const ask = async (page) => {{ {script} }};"
        "addEventListener('load', async () => { const found = {};"
        "for (const frame of document.querySelectorAll('iframe')) {"
        " try { found[frame.name] = await ask(frame.contentDocument); }"
        " catch (error) { found[frame.name] = String(error); } }"
        "const out = document.createElement('pre'); out.id = 'found'; out.textContent = JSON.stringify(found);"
        "document.body.append(out); });"
    )
    file = folder / "asking.html"
    file.write_text(f'<!doctype html><meta charset="utf-8"><body>{frames}<script>{code}</script>', "utf-8")
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [
        str(CHROMIUM),
        *FLAGS,
        *alone,
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        file.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.S)
    return {} if found is None else dict(json.loads(html.unescape(found[1])))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> None:
    if CHROMIUM is None:
        pytest.skip("not exercised: no Chromium on this machine")
    if asked(tmp_path_factory.mktemp("browser"), {"x": ("<p>here", 400)}, "return page.body.textContent") != {
        "x": "here"
    }:
        pytest.skip("not exercised: Chromium does not start on this machine")


@pytest.mark.usefixtures("browser")
def test_heights(tmp_path: Path) -> None:
    """At 1200 x 900 a green page has three screens at most and a red one all its failures within two; at 420 nothing
    is wider than the page; no sign is cut off."""
    pages = {
        "green": samples.report(),
        "red": samples.report(red=True),
        **{f"failing {n}": failing(n) for n in (1, 5, 8, 9, 10, 12, 25, 40)},
        **{f"nine each {n}": failing(n, 9) for n in (3, 7, 8)},
        **{f"nine long ones each {n}": failing(n, 9, LONG) for n in (1, 2, 5, 9)},
    }
    texts = {f"{name} {width}": (page(each), width) for name, each in pages.items() for width in (1200, 420)}
    found = asked(tmp_path, texts, MEASURE)
    wide = {name: found[f"{name} 1200"] for name in pages}
    assert wide["green"]["height"] <= 3 * SCREEN
    assert {name: each["failures"] for name, each in wide.items() if each["failures"] > 2 * SCREEN} == {}
    assert all(wide[name]["failures"] > 0 for name in pages if name != "green")
    assert {
        name: each["width"] for name, each in found.items() if each["width"] != int(name.split()[-1])
    } == {}
    assert {name: each["signs"] for name, each in found.items() if not 0 < each["signs"] < 99} == {}


DO = """
  const view = page.defaultView;
  const click = (text) => [...page.querySelectorAll("button")].find((each) => each.textContent.startsWith(text)).click();
  const rows = () => [...page.querySelectorAll("tbody tr[data-verdict]")].filter((each) => each.offsetParent).length;
  const found = {csp: [], here: [], rows: []};
  page.addEventListener("securitypolicyviolation", (event) => found.csp.push(event.violatedDirective));
  for (let n = 0; n < 4; n++) { click("Next failure"); found.here.push(page.querySelector(".here").parentElement.id); }
  for (const text of ["failed", "passed", "not exercised", "all"]) { click(text); found.rows.push(rows()); }
  const closed = () => [...page.querySelectorAll("details")].filter((each) => !each.open).length;
  found.log = [page.querySelector("#log-1").checkVisibility()];
  view.location.hash = "#log-1";  // a link would resolve against the page around the frame
  await new Promise((done) => setTimeout(done, 300));
  found.log.push(page.querySelector("#log-1 pre").checkVisibility());
  found.closed = [closed() > 10]; click("Open all folds"); found.closed.push(closed());
  found.copies = page.querySelectorAll(".copy").length === page.querySelectorAll("pre").length;
  try { page.body.insertAdjacentHTML("beforeend", "<b>x</b>"); found.markup = "made"; }
  catch (error) { found.markup = error.name; }
  const script = page.createElement("script");
  try { script.textContent = "document.title = 'taken'"; page.body.append(script); } catch (error) { found.script = error.name; }
  found.title = page.title;
  return found;
"""


@pytest.mark.usefixtures("browser")
def test_what_the_script_does(tmp_path: Path) -> None:
    """It jumps from failure to failure, shows one verdict, opens what a link leads to; the policy lets nothing else."""
    report = samples.report(red=True)
    found = asked(tmp_path, {"red": (page(report), 1200)}, DO)["red"]
    assert isinstance(found, dict), found
    assert found["here"] == ["failed-no-504", "failed-spread", "failed-routing", "failed-no-504"]
    assert found["rows"] == [3, 5, 3, 11]
    assert found["log"] == [False, True]
    assert found["closed"] == [True, 0]
    assert found["copies"]
    assert found["markup"] == "TypeError"
    assert "taken" not in found["title"]
