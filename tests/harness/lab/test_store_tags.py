"""A new store starts from an older one: what it holds afterwards are exactly the images wanted, by their tags."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from lab.cluster import filling, image_store
from tests.harness.lab.test_store import NoStep
from tests.harness.stand_ins.fake_engine import as_client


@dataclass
class Tagged:
    """An engine's images: reference -> id. An image whose last reference goes is gone, as in an engine."""

    refs: dict[str, str] = field(default_factory=dict)

    def images(self) -> list[dict[str, Any]]:
        ids = dict.fromkeys(self.refs.values())
        return [{"Id": each, "RepoTags": [ref for ref, i in self.refs.items() if i == each]} for each in ids]

    def tag(self, image: str, repository: str, tag: str) -> None:
        self.refs[f"{repository}:{tag}"] = image

    def remove_image(self, ref: str, *, force: bool) -> None:
        assert force
        del self.refs[ref]


@dataclass
class _Engine:
    """What has an `api`, as a client of docker-py."""

    api: Tagged


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """References that were loaded; loading puts them there."""
    found: list[str] = []

    def load(host: Any, node: Any, refs: list[str], step: object) -> None:  # noqa: ANN401 - clients
        found.extend(refs)
        node.api.refs |= {ref: host.api.refs[ref] for ref in refs}

    monkeypatch.setattr(image_store, "load", load)
    return found


def matched(older: dict[str, str], wanted: dict[str, str]) -> dict[str, str]:
    """What a store that started from `older` holds when `wanted` was asked for."""
    node = Tagged(dict(older))
    host, inner = (as_client(_Engine(each)) for each in (Tagged(dict(wanted)), node))
    filling._match(host, inner, wanted, NoStep())
    return node.refs


def test_an_image_under_a_new_tag_is_kept(loaded: list[str]) -> None:
    """A Dockerfile whose comment changed makes the same image by another tag: it is neither loaded nor lost."""
    assert matched({"lab/a:1": "A", "lab/b:1": "B"}, {"lab/a:2": "A", "lab/b:1": "B"}) == {
        "lab/a:2": "A",
        "lab/b:1": "B",
    }
    assert loaded == []


def test_what_is_lacking_is_loaded_and_what_is_not_wanted_goes(loaded: list[str]) -> None:
    """By id, since a tag says nothing of what an older store had under it."""
    assert matched({"lab/a:1": "A", "lab/c:1": "C"}, {"lab/a:1": "A", "lab/b:1": "B"}) == {
        "lab/a:1": "A",
        "lab/b:1": "B",
    }
    assert loaded == ["lab/b:1"]
