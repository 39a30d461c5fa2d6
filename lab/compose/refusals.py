"""What the client or the engine refuses at `docker stack deploy`, though the file reads well: said before, with its line.

Here stands what the client refuses when it turns the file into requests (cli/compose/convert of docker/cli 28.2);
`engine_refusals` has what the engine refuses of those. Each rule names the source of its words.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from lab.compose import engine_refusals
from lab.compose import numbers_of_go as go

Document = Mapping[str, Any]
KeyPath = tuple[str | int, ...]
Refusal = tuple[KeyPath, str]
NO_IMAGE = (
    "is missing; a Swarm builds nothing. If this file is to be laid over another, give that one first: "
    "--stack BASE --stack THIS"
)
MODES = ("replicated", "global", "replicated-job", "global-job")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_IMAGE = re.compile(
    rf"(?:(?:{_DOMAIN}(?:\.{_DOMAIN})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::[\w][\w.-]{0,127})?(?:@(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}))?",
    re.ASCII,
)
"""distribution/reference: the grammar of a reference."""
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
"""distribution/reference refuses what would be the identifier of an image without `sha256:`."""
OBJECTS = {"networks": "network", "configs": "config", "secrets": "secret"}
_UNFIT = {
    "volume": ("tmpfs", "bind"), "bind": ("volume", "tmpfs"), "tmpfs": ("bind", "volume"),
    "image": ("volume", "bind", "tmpfs"), "npipe": ("volume", "tmpfs"), "cluster": ("tmpfs", "bind", "volume"),
}  # fmt: skip
"""convert/volume.go: the options that do not go with a type of mount."""


def refusals(document: Document, stack: str = "") -> Iterator[Refusal]:
    """Key and reason of everything that a deploy of the document would be refused for; `stack` is its name."""
    yield from by_the_client(document)
    yield from engine_refusals.refusals(document, stack)


def by_the_client(document: Document) -> Iterator[Refusal]:
    """What never reaches the engine."""
    for name, service in document["services"].items():
        at: KeyPath = ("services", name)
        for path, reason in (
            *_image(service), *_mode(service), *_cpus(service), *_restart(service), *_health(service),
            *_references(service, document), *_targets(service), *_mounts(service, document), *_credentials(service, document),
        ):  # fmt: skip
            yield (*at, *path), reason
    for section in ("configs", "secrets"):
        for name, entry in (document.get(section) or {}).items():
            if not (entry.get("external") or entry.get("file") or entry.get("driver")):
                yield (section, name), "has neither `file:` nor `external: true`; give one"


def _image(service: Document) -> Iterator[Refusal]:
    image = service.get("image")
    if not image:
        yield ("image",), NO_IMAGE
    elif not _IMAGE.fullmatch(image) or _IDENTIFIER.fullmatch(image):
        lacking = (
            "; is a variable in it not set?"
            if image[-1] in ":/@" or "/:" in image or image[0] in ":/"
            else ""
        )
        yield ("image",), f"{image}: invalid reference format: write repository:tag in lower case{lacking}"
    elif len(_repository(image)) > LONGEST_REPOSITORY:
        yield ("image",), f"{image}: repository name must not be more than {LONGEST_REPOSITORY} characters"


LONGEST_REPOSITORY = 255
"""distribution/reference: RepositoryNameTotalLengthMax, of the name without the registry's host."""


def _repository(image: str) -> str:
    name = image.partition("@")[0]
    head, _, tail = name.rpartition(":")
    name = name if not head or "/" in tail else head
    host, _, rest = name.partition("/")
    return rest if rest and (set(host) & set(".:") or host == "localhost") else name


def _mode(service: Document) -> Iterator[Refusal]:
    mode = service["deploy"].get("mode", "replicated")
    if mode not in MODES:
        yield ("deploy", "mode"), f"{mode!r}: wanted one of {', '.join(MODES)}"
    elif mode in ("global", "global-job") and "replicas" in service["deploy"]:
        text = f"replicas can only be used with replicated or replicated-job mode, and it is {mode}"
        yield ("deploy", "replicas"), text


def _cpus(service: Document) -> Iterator[Refusal]:
    for kind, amounts in (service["deploy"].get("resources") or {}).items():
        at: KeyPath = ("deploy", "resources", kind, "cpus")
        try:
            nano = go.rational(amounts.get("cpus") or "0") * 10**9
        except ValueError:
            yield at, f'{amounts["cpus"]!r}: wanted a number of processors in quotes, as in "0.50"'
            continue
        if nano.denominator != 1:
            yield at, f"{amounts['cpus']}: value is too precise: nine digits behind the point count"


def _restart(service: Document) -> Iterator[Refusal]:
    """convert/service.go: the old key counts where there is no policy."""
    written = service.get("restart", "")
    name, _, count = written.partition(":")
    if "restart_policy" in service["deploy"] or not written:
        return
    is_count = not count or re.fullmatch(r"[-+]?[0-9]+", count)
    if name not in ("no", "always", "unless-stopped", "on-failure") or not is_count:
        yield ("restart",), f"{written!r}: unknown restart policy: write deploy.restart_policy"


def _health(service: Document) -> Iterator[Refusal]:
    check = service.get("healthcheck") or {}
    if check.get("disable") and check.get("test"):
        yield (
            ("healthcheck", "disable"),
            "test and disable can't be set at the same time: take one of them out",
        )


def _references(service: Document, document: Document) -> Iterator[Refusal]:
    for section, what in OBJECTS.items():
        defined = document.get(section) or {}
        for used in service.get(section) or ():
            wanted = used.get("source", "") if isinstance(used, dict) else used
            if not wanted:
                yield (section,), f"needs `source:`, the name of a {what} of this stack"
            elif wanted not in defined and (section, wanted) != ("networks", "default"):
                yield (
                    (section, wanted),
                    f"no {what} of this stack is called {wanted!r}: define it under the top-level `{section}:`",
                )


def _mounts(service: Document, document: Document) -> Iterator[Refusal]:
    for number, mount in enumerate(service.get("volumes") or ()):
        kind, source = mount.get("type", "volume"), mount.get("source", "")
        at: KeyPath = ("volumes", number)
        if kind not in _UNFIT:
            yield (*at, "type"), f"{kind!r}: wanted one of {', '.join(_UNFIT)}"
            continue
        for option in _UNFIT[kind]:
            if option in mount:
                yield (
                    (*at, option),
                    f"{option} options are incompatible with type {kind}: take one of them out",
                )
        if kind == "tmpfs" and source:
            yield (*at, "source"), f"{source}: a tmpfs has no source: take it out"
        elif kind in ("image", "npipe", "cluster") and not source:
            yield at, f"needs `source:`, since its type is {kind}"
        elif source and source not in (document.get("volumes") or {}) and _is_named(kind, source):
            yield (
                at,
                f"{source!r} is no volume of this stack: define it under the top-level `volumes:`, or write a path with "
                "./ or /",
            )


def _targets(service: Document) -> Iterator[Refusal]:
    """cli/command/service/parse.go: two configs or secrets under one path of the container."""
    for section in ("configs", "secrets"):
        listed = [str(each.get("target") or each.get("source")) for each in service.get(section) or ()]
        for target, times in Counter(listed).items():
            if times > 1:
                yield (section,), f"{times} {section} have the target {target}: give each another one"


def _is_named(kind: str, source: str) -> bool:
    """Whether the source is a volume that the stack must have; a group of cluster volumes is none."""
    return kind == "volume" or (kind == "cluster" and not source.startswith("group:"))


def _credentials(service: Document, document: Document) -> Iterator[Refusal]:
    given = service.get("credential_spec") or {}
    if len(given) > 1:
        yield (
            ("credential_spec",),
            f"invalid credential spec: cannot specify both {' and '.join(given)}: keep one",
        )
    elif "config" in given and given["config"] not in (document.get("configs") or {}):
        text = f"{given['config']!r} is no config of this stack: define it under the top-level `configs:`"
        yield ("credential_spec", "config"), text
