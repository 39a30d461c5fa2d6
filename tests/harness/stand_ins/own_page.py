"""The lab's own page as its sources have it, with signaling and SFU that live in the page itself: no bundle, no server."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.harness.house.test_sizes import ROOT
from tests.harness.stand_ins.web_page import Answer

SOURCES = ROOT / "lab" / "images" / "frontend-page"
PARTS = Path(__file__).parent / "page_parts"
IMPORTS = {name: f"/parts/{name}.js" for name in ("socket.io-client", "mediasoup-client")}


def answers(headers: Mapping[str, str] | None = None) -> dict[str, Answer | Path]:
    """What a server answers for the page; `headers` are those of the page itself."""
    public = SOURCES / "public"
    html = (public / "index.html").read_text("utf-8")
    known = f'<script type="importmap">{json.dumps({"imports": IMPORTS})}</script>'
    html = html.replace("<script src", f"{known}\n  <script src", 1).replace("/assets/app.js", "/src/main.js")
    return {
        "/": Answer(html, headers=headers or {}),
        "/env-config.js": Answer("window.ENV_CONFIG = {};"),
        **{f"/assets/{each.name}": each for each in (public / "assets").iterdir()},
        **{f"/src/{each.name}": each for each in (SOURCES / "src").glob("*.js")},
        **{path: PARTS / f"{name}.js" for name, path in IMPORTS.items()},
    }
