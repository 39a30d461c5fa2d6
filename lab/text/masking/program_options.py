"""Short options of well-known programs that take a secret: `curl -u`, `redis-cli -a`, `docker login -p`, `mysql -p`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from lab.text.masking.view import Span


class Holds(Enum):
    """What of an option's value is secret."""

    ALL = "all of it"
    AFTER_COLON = "what stands behind the name of a user"
    AFTER_PASS = "what stands behind `pass:`"


@dataclass(frozen=True)
class Program:
    """`apart`: options whose value is the next word, or what follows in the same one; `joined`: the latter alone."""

    apart: Mapping[str, Holds] = field(default_factory=dict)
    joined: tuple[str, ...] = ()
    only_with: frozenset[str] = frozenset()
    """One of these subcommands must have been named."""


_ALL, _COLON, _PASS = Holds.ALL, Holds.AFTER_COLON, Holds.AFTER_PASS
_LOGIN = Program(
    {"-p": _ALL, "--password": _ALL, "--token": _ALL, "--creds": _COLON}, only_with=frozenset({"login"})
)
_COPY = Program({"--creds": _COLON, "--src-creds": _COLON, "--dest-creds": _COLON, "-p": _ALL})
_SQL = Program({"--password": _ALL}, ("-p",))
_LDAP = Program({"-w": _ALL, "-s": _ALL})
_MONGO = Program({"-p": _ALL, "--password": _ALL})
_MQTT = Program({"-P": _ALL, "--pw": _ALL})
_TURN = Program({"-w": _ALL, "-W": _ALL})
_HTTPIE = Program({"-a": _COLON, "--auth": _COLON})
_CURL = Program({
    "-u": _COLON, "--user": _COLON, "-U": _COLON, "--proxy-user": _COLON, "-b": _ALL, "--cookie": _ALL, "-E": _COLON,
    "--cert": _COLON, "--pass": _ALL, "--oauth2-bearer": _ALL, "--proxy-pass": _ALL, "--tlspassword": _ALL,
})  # fmt: skip
_ZIP = Program({"-P": _ALL, "--password": _ALL})
PROGRAMS: Mapping[str, Program] = {
    "curl": _CURL,
    "docker": _LOGIN, "podman": _LOGIN, "nerdctl": _LOGIN, "buildah": _LOGIN, "helm": _LOGIN, "oc": _LOGIN, "az": _LOGIN,
    "crane": _LOGIN, "oras": _LOGIN, "argocd": _LOGIN, "skopeo": _COPY,
    "redis-cli": Program({"-a": _ALL, "--pass": _ALL, "-u": _ALL}), "valkey-cli": Program({"-a": _ALL, "--pass": _ALL}),
    "keydb-cli": Program({"-a": _ALL}), "redis-benchmark": Program({"-a": _ALL}),
    "mysql": _SQL, "mysqldump": _SQL, "mysqladmin": _SQL, "mariadb": _SQL, "mariadb-dump": _SQL, "mariadb-admin": _SQL,
    "mongo": _MONGO, "mongosh": _MONGO, "mongodump": _MONGO, "mongorestore": _MONGO, "influx": _MONGO, "cqlsh": _MONGO,
    "ssh-keygen": Program({"-N": _ALL, "-P": _ALL}),
    "sshpass": Program({"-p": _ALL}), "mosquitto_pub": _MQTT, "mosquitto_sub": _MQTT, "mosquitto_rr": _MQTT,
    "mosquitto_passwd": Program({"-b": _ALL}),
    "ldapsearch": _LDAP, "ldapadd": _LDAP, "ldapmodify": _LDAP, "ldapdelete": _LDAP, "ldapwhoami": _LDAP, "ldappasswd": _LDAP,
    "turnutils_uclient": _TURN, "turnutils_stunclient": _TURN, "turnutils_oauth": _TURN,
    "turnserver": Program({"-u": _COLON, "--user": _COLON}), "turnadmin": Program({"-p": _ALL, "-s": _ALL, "-P": _ALL}),
    "wget": Program({"--password": _ALL, "--http-password": _ALL, "--ftp-password": _ALL, "--proxy-password": _ALL}),
    "http": _HTTPIE, "https": _HTTPIE, "xh": _HTTPIE, "hey": Program({"-a": _COLON}), "ab": Program({"-A": _COLON, "-P": _COLON}),
    "openssl": Program({
        "-passin": _PASS, "-passout": _PASS, "-pass": _PASS, "-passwd": _ALL, "-k": _ALL, "-K": _ALL, "-password": _PASS,
        "-hmac": _ALL, "-psk": _ALL,
    }, only_with=frozenset({
        "enc", "rsa", "ec", "pkcs12", "pkcs8", "pkey", "req", "x509", "genrsa", "genpkey", "dgst", "ca", "s_client", "s_server",
        "dsa", "cms", "smime",
    })),
    "zip": _ZIP, "unzip": _ZIP, "7z": Program(joined=("-p",)), "7za": Program(joined=("-p",)),
    "unrar": Program(joined=("-p", "-hp")),
    "smbclient": Program({"-U": _COLON, "--user": _COLON}), "rpcclient": Program({"-U": _COLON}), "lftp": Program({"-u": _COLON}),
    "ipmitool": Program({"-P": _ALL}), "sqlcmd": Program({"-P": _ALL}), "bcp": Program({"-P": _ALL}),
    "isql": Program({"-P": _ALL}),
    "snmpwalk": Program({"-A": _ALL, "-X": _ALL, "-c": _ALL}), "snmpget": Program({"-A": _ALL, "-X": _ALL, "-c": _ALL}),
    "etcdctl": Program({"--user": _COLON}), "vncpasswd": Program({"-f": _ALL}), "xfreerdp": Program({"/p:": _ALL}),
    "rdesktop": Program({"-p": _ALL}), "kubectl": Program({"--token": _ALL, "--password": _ALL}),
    "amqp-publish": Program({"--password": _ALL}), "clickhouse-client": Program({"--password": _ALL}),
    "gpg": Program({"--passphrase": _ALL}), "ansible-vault": Program({"--vault-password": _ALL}),
    "wscat": Program({"--auth": _COLON}), "vault": Program({"-token": _ALL}), "consul": Program({"-token": _ALL}),
    "keytool": Program({"-storepass": _ALL, "-keypass": _ALL, "-srcstorepass": _ALL, "-deststorepass": _ALL}),
}  # fmt: skip
_NAMES = sorted(PROGRAMS, key=len, reverse=True)
_PROGRAM = re.compile(
    rf"(?<![\w.=:@-])(?:{'|'.join(map(re.escape, _NAMES))})(?:\.exe)?(?=[\s\"',])(?!\s*[:=])"
)
_WORD = re.compile(
    r"\"(?P<double>(?:[^\"\\\n]|\\.)*+)\"|'(?P<single>[^'\n]*+)'|(?P<bare>(?:[^\s\"',\[\]\\]|\\.|(?<=[^\s,\[(])[\"'](?=[^\s,\])])|,(?=[^\s\"']))++)"
)
_SEPARATORS = re.compile(r"[\s,\[\]\"'\\]")
_USER = re.compile(r"[^:,%\s]{0,128}[:,%]")
_REFERENCE = re.compile(r"[\"']?\$[({A-Z_]|<\(|@")


def spans(text: str, small: str) -> Iterator[Span]:
    """Each line that names one of the programs is read once, word by word, from the name on."""
    at = 0
    while (found := _PROGRAM.search(text, at)) is not None:
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        # behind the quote where the name is one text of a list
        begin = found.end() + (text[found.end()] in "\"'")
        yield from _of_a_line(text, begin, end, PROGRAMS[found[0].removesuffix(".exe")])
        at = end


def _of_a_line(text: str, at: int, end: int, program: Program) -> Iterator[Span]:
    subcommands, wanted = set[str](), None
    while at < end:
        word = _WORD.match(text, at, end)
        if word is None or word.end() == at:
            at += 1
            continue
        kind = word.lastgroup or "bare"
        said, start = word[kind], word.start(kind)
        at = word.end()
        if wanted is not None:
            yield from _secret(text, said, start, wanted)
            wanted = None
        elif (name := said.rpartition("/")[2]) in PROGRAMS:
            program, subcommands = PROGRAMS[name], set()
        elif said in ("|", "&&", ";", "||"):
            program = Program()
        elif not said.startswith(("-", "/p:")):
            subcommands.add(said)
        elif not program.only_with or program.only_with & subcommands:
            wanted = program.apart.get(said)
            if wanted is None:
                yield from _joined(text, program, said, start)


def _joined(text: str, program: Program, said: str, start: int) -> Iterator[Span]:
    """The value behind the option in the same word: `-psecret`, `--user=me:secret`."""
    for option, holds in (*program.apart.items(), *((each, Holds.ALL) for each in program.joined)):
        if not said.startswith(option) or len(said) == len(option):
            continue
        rest = said[len(option) :]
        if (
            option.startswith("--")
            or said.startswith("--")
            or (option.startswith("-") and len(option) > 2 and option != "-hp")
        ):
            if not rest.startswith("="):
                continue
            rest = rest[1:]
        yield from _secret(text, rest, start + len(said) - len(rest), holds)
        return


def _secret(text: str, said: str, start: int, holds: Holds) -> Iterator[Span]:
    if _REFERENCE.match(said):
        return
    end, begin = start + len(said), start
    if holds is not Holds.ALL:
        user = _USER.match(said)
        if user is None or (holds is Holds.AFTER_PASS and not said.startswith("pass:")):
            return
        begin += user.end()
    if begin < end and not _REFERENCE.match(text, begin, end):
        yield begin, end
