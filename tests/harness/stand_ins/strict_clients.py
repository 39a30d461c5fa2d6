"""Stand-ins for docker, ssh, curl and others on PATH: they contact nobody, and refuse arguments that make no sense.

Each knows the options that the real program has, as far as our lines use them. One that is called with an option that
it does not know, with the text None, or with a file that is not there ends with 2, as the real one would.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

PROGRAMS = ("docker", "ssh", "curl", "getent", "turnutils_uclient", "chromium", "mktemp")
REAL = ("sed", "grep", "seq", "cat", "printenv")
"""Real programs that the lines use besides; they change nothing."""
CALLS = "STAND_IN_CALLS"
"""The variable that names the file in which every call is noted, as a JSON list a line."""
MANAGERS_TASKS = "ik3x0m7tq2dz\nu5r4l1p9wy8s\n"
ENVIRONMENT = "PORT=3000\nANNOUNCED_IP=203.0.113.2\n"


def install(folder: Path) -> None:
    """Put the stand-ins and the real programs into `folder`, which becomes the whole PATH of a shell."""
    import shutil

    folder.mkdir()
    for name in PROGRAMS:
        script = folder / name
        script.write_text(f"#!{sys.executable} -SE\n{Path(__file__).read_text()}\nsys.exit(main())\n")
        script.chmod(0o755)
    for name in REAL:
        found = shutil.which(name)
        assert found is not None, name
        (folder / name).symlink_to(found)


class _Strict(argparse.ArgumentParser):
    def __init__(self, prog: str) -> None:
        super().__init__(prog=prog, add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        _refuse(f"{self.prog}: {message}")


def _refuse(why: str) -> NoReturn:
    sys.stderr.write(f"{why}\n")
    sys.exit(2)


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        _refuse(f"no such file: {text}")
    return path


def _docker(words: list[str]) -> str:
    parser = _Strict("docker")
    for option in ("--host", "--context"):
        parser.add_argument(option)
    parser.add_argument("--tlsverify", action="store_true")
    for option in ("--tlscacert", "--tlscert", "--tlskey"):
        parser.add_argument(option, type=_file)
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(words)
    if chosen.host and chosen.context:
        _refuse("docker: either --host or --context, not both")
    if chosen.context and not _context(chosen.context).is_file():
        _refuse(f"docker: context not found: {chosen.context}")
    if chosen.host:
        _reach(chosen.host, verified=chosen.tlsverify)
    return _docker_command(chosen.rest)


def _context(name: str) -> Path:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Path(os.environ["DOCKER_CONFIG"]) / "contexts" / "meta" / digest / "meta.json"


def _reach(url: str, *, verified: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme == "ssh":
        user = ["-l", parts.username] if parts.username else []
        words = ["ssh", *user, "--", str(parts.hostname), "docker", "system", "dial-stdio"]
        if subprocess.run(words, check=False).returncode:
            _refuse("docker: ssh failed")
    elif parts.scheme == "unix":
        if not Path(parts.path).exists():
            _refuse(f"docker: no socket {parts.path}")
    elif parts.scheme != "tcp" or not parts.port:
        _refuse(f"docker: invalid host {url}")
    if verified != (parts.port == 2376):
        _refuse(f"docker: {url} speaks {'plain HTTP' if verified else 'TLS'}")
    if parts.password is not None:
        _refuse("docker: plain-text passwords are not supported")


def _docker_command(words: list[str]) -> str:
    noun = 1 if words[:1] == ["inspect"] else 2
    command, parser = " ".join(words[:noun]), _Strict("docker command")
    options = {
        "service ps": ("--format", "-f"), "service inspect": ("--format",), "service logs": ("--since", "--tail"),
        "service ls": (), "node ls": (), "stack ps": ("--format", "-f"), "inspect": ("--format", "--type"),
        "node inspect": ("--format",), "network inspect": ("--format",),
    }  # fmt: skip
    flags = {
        "service ps": ("-q",),
        "service inspect": ("--pretty",),
        "service logs": ("--raw",),
        "stack ps": ("--no-trunc", "-q"),
        "node ls": ("-q",),
    }
    if command not in options:
        _refuse(f"docker: unknown command {command}")
    for option in options[command]:
        parser.add_argument(option)
    for flag in flags.get(command, ()):
        parser.add_argument(flag, action="store_true")
    if command not in ("service ls", "node ls"):
        parser.add_argument("names", nargs=1 if command in ("service logs", "stack ps") else "+")
    chosen = parser.parse_args(words[noun:])
    if command in ("service ps", "stack ps", "node ls") and chosen.q:
        return MANAGERS_TASKS
    return ENVIRONMENT if command == "service inspect" else ""


def _ssh(words: list[str]) -> str:
    parser = _Strict("ssh")
    parser.add_argument("-l")
    parser.add_argument("host")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    if parser.parse_args(words).command[:1] != ["docker"]:
        _refuse("ssh: wanted docker at the other end")
    return ""


def _curl(words: list[str]) -> str:
    parser = _Strict("curl")
    for flag in ("-s", "-S", "-I", "-i"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--max-time", type=float)
    parser.add_argument("--cacert", type=_file)
    for option in ("-o", "-w", "-H", "-b", "--resolve"):
        parser.add_argument(option)
    parser.add_argument("url", nargs=1)
    chosen = parser.parse_args(words)
    host, _, rest = (chosen.resolve or "").partition(":")
    if chosen.resolve and not (host in chosen.url[0] and rest.startswith("443:")):
        _refuse(f"curl: --resolve {chosen.resolve} is of no use for {chosen.url[0]}")
    if not chosen.url[0].startswith("https://"):
        _refuse(f"curl: {chosen.url[0]} is no address")
    return ""


def _getent(words: list[str]) -> str:
    return "" if len(words) == 2 and words[0] == "ahostsv4" else _refuse("getent: wanted ahostsv4 and a name")


def _turnutils_uclient(words: list[str]) -> str:
    parser = _Strict("turnutils_uclient")
    for flag in ("-y", "-c"):
        parser.add_argument(flag, action="store_true")
    for option in ("-n", "-p"):
        parser.add_argument(option, type=int)
    parser.add_argument("-W", required=True)
    parser.add_argument("address")
    if not parser.parse_args(words).W:
        _refuse("turnutils_uclient: the secret is empty")
    return ""


def _mktemp(words: list[str]) -> str:
    return "fresh-folder\n" if words == ["-d"] else _refuse("mktemp: wanted -d, for a folder")


def _chromium(words: list[str]) -> str:
    parser = _Strict("chromium")
    parser.add_argument("--host-resolver-rules")
    parser.add_argument("--user-data-dir", required=True)
    parser.add_argument("url")
    chosen = parser.parse_args(words)
    if chosen.user_data_dir != "fresh-folder":
        _refuse("chromium: a profile that is somebody's")
    return "" if chosen.url.startswith("https://") else _refuse(f"chromium: {chosen.url} is no address")


def main() -> int:
    """Note the call, check it, print what the real program might."""
    name, words = Path(sys.argv[0]).name, sys.argv[1:]
    with Path(os.environ[CALLS]).open("a") as calls:
        calls.write(json.dumps([name, *words]) + "\n")
    if "None" in words:
        _refuse(f"{name}: None is no argument")
    programs = {
        "docker": _docker,
        "ssh": _ssh,
        "curl": _curl,
        "getent": _getent,
        "turnutils_uclient": _turnutils_uclient,
        "chromium": _chromium,
        "mktemp": _mktemp,
    }
    sys.stdout.write(programs[name](words))
    return 0
