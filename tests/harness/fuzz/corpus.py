"""Bad inputs, small, one of each kind that once hung a run, exhausted it or ended it in a traceback; and what is said."""

DEEP_LIST = "[" * 100_000
LAUGHS = "".join(f"x-{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9) if n else 'x'}]\n" for n in range(10))
MERGES = "".join(f"x-{n}: &x{n} {{<<: [{', '.join([f'*x{n - 1}'] * 9) if n else ''}]}}\n" for n in range(10))
DIGITS = "9" * 400
RANGES = '["1-65535:1-65535", "1-65535:1-65535/udp"]'


def service(text: str) -> str:
    """A stack of one service."""
    return f"services:\n  a:\n    image: x\n    {text}\n"


STACKS = {
    "an alias in itself": ("a: &a [*a]\n", "stack.yml:1: is no YAML: the anchor 'a' holds itself"),
    "a merge of itself": ("a: &a {<<: [*a, *a]}\n", "stack.yml:1: is no YAML: `<<` merges without end"),
    "aliases of aliases": (LAUGHS, "is no YAML: nearly all of it comes of aliases of aliases: write it out"),
    "merges of merges": (f"{MERGES}services: {{}}\n", "is no YAML: nearly all of it comes of aliases of aliases: write it out"),
    "deep brackets": (f"a: {DEEP_LIST}", "stack.yml:1: is no YAML: nested deeper than 10000 levels"),
    "one long text many times": (
        f"a: &a {'x' * 500_000}\nb: [{', '.join(['*a'] * 100)}]\n", "more than 8388608 characters, its aliases followed",
    ),
    "a tag that lies": (service('hostname: !!bool "x"'), "stack.yml:4: is no YAML: services.a.hostname: x is no bool"),
    "a day that is none": (service("hostname: !!timestamp 2026-99-99"), "2026-99-99 is no timestamp"),
    "a day": (service("hostname: !!timestamp 2026-01-01"), "services.a.hostname: '2026-01-01 00:00:00 +0000 UTC': wanted a text"),
    "a list for a key": ("? [a]\n: b\n", "stack.yml:1: is no YAML: a key must be a text"),
    "NUL": ('x-over: "a\\0"\n', "stack.yml:1: is no YAML: x-over: a text that holds NUL"),
    "a control character in a key": ('"a\\e": 1\n', "the key a\\x1b holds a control character"),
    "many digits": (service(f"oom_score_adj: {DIGITS}"), "services.a.oom_score_adj: '9999"),
    "much memory": (service(f"deploy: {{resources: {{limits: {{memory: '{DIGITS}'}}}}}}"), "limits.memory: '99"),
    "a long time": (service("stop_grace_period: 99999999999h"), "stack.yml:4: services.a.stop_grace_period: '99999999999h'"),
    "digits of another script": (service('deploy: {resources: {limits: {cpus: "²"}}}'), "limits.cpus: '²': wanted a number"),
    "all ports twice": (service(f"ports: {RANGES}"), "services.a.ports.0: with it the file publishes more than 40000 ports"),
    "a port of 5000 characters": (service(f"ports: ['{':' * 5000}']"), "is no port: write 80:80"),
    "a bind mount of nothing": (service("volumes: [{type: bind, target: /x}]"), "services.a.volumes.0: needs `source:`"),
    "a config without source": (service("configs: [{target: /x}]"), "stack.yml:4: services.a.configs: needs `source:`"),
    "a number for a key": (service("labels: {8080: x}"), "stack.yml:4: is no YAML: the key 8080 is no text"),
    "a key of two versions": ("version: '3.1'\n" + service("init: true"), "stack.yml:5: services.a.init: True: version 3.1"),
    "a name with markup": ("services: {'[red]x[/red]': {image: x}}\n", "services.[red]x[/red]: is no name"),
    "an env file that is a device": (service("env_file: /dev/zero"), "env_file: /dev/zero: cannot be read: it is a device"),
    "an env file that is a pipe": (service("env_file: fifo"), "services.a.env_file: fifo: cannot be read: it is a pipe"),
    "a base that is a pipe": ("x-over: fifo\n", "fifo: cannot be read: it is a pipe"),
    "a base that is a list": ("x-over: [a]\n", "stack.yml:1: x-over: a list: wanted the path of a stack file"),
    "only a comment": ("# nothing\n", "holds no mapping; it must start with `services:`"),
    "nothing": ("", "holds no mapping"),
    "a list": ("- a\n", "holds no mapping"),
    "variables without end": (service(f'hostname: "{"${A-" * 100_000}"'), "services.a.hostname: is no form that"),
}  # fmt: skip
ENV_FILES = {
    "no name": ("=x\n", "env_file: its.env: line 1: =x is no variable's name: write NAME=value"),
    "export": ("A=1\n\nexport B=2\n", "its.env: line 3: export B is no variable's name"),
}
TARGETS = {
    "nested lists": (f"a = {DEEP_LIST}", "target.toml: is nested deeper than 64 levels, on line 1"),
    "a dotted key": (f"\n{'a.' * 10_000}a = 1\n", "target.toml: is nested deeper than 64 levels, on line 2"),
    "a dotted table": (f"[{'a.' * 10_000}a]\n", "target.toml: is nested deeper than 64 levels, on line 1"),
    "many digits": (f"limits = {{call_frames = {DIGITS}}}\n", "line 1 holds a number of 400 digits"),
    "many digits in a text": (f'limits = {{call_frames = "{DIGITS}"}}\n', "target.toml:1: call_frames = 99"),
    "a table for a limit": ("[limits]\ncall_frames = {a = 1}\n", "target.toml:1: call_frames: wanted a number"),
    "without end": ("[limits]\ncall_frames = inf\n", "call_frames = inf: wanted"),
    "a path with NUL": ('[reach]\nca_file = "a\\u0000"\n', "target.toml:2: reach.ca_file: holds a control character"),
    "a long path": (f'[reach]\nca_file = "{"a" * 5000}"\n', "cannot be read: File name too long"),
    "a CA that is a pipe": ("[reach]\nca_file = 'fifo'\n", "target.toml:2: reach.ca_file .*fifo cannot be read: it is a pipe"),
    "nobody's home": ("[reach]\nca_file = '~nosuchuser/ca.pem'\n", "target.toml:2: reach.ca_file: ~nosuchuser/ca.pem: there is"),
    "half an address": ("[swarm]\napi = 'tcp://[::1'\n", r"target.toml:2: swarm.api tcp://\[::1: invalid ipv6 url; wanted ssh"),
    "a port too high": ("[swarm]\napi = 'tcp://h:99999'\n", "swarm.api tcp://h:99999: port out of range"),
    "a password in half an address": ("[swarm]\napi = 'tcp://u:geheim@[::1'\n", r"swarm.api tcp://\*\*\*@\[::1: invalid ipv6"),
    "a domain with markup": ("domain = '[bold]x'\n", r"target.toml:1: domain: \[bold\]x is no host's name"),
    "a stack with a blank": ("stack = 'a b'\n", "target.toml:1: stack: a b is no stack's name"),
    "a day that is none": ("name = 2026-99-99\n", "target.toml: is not TOML: Expected newline .*at line 1"),
}  # fmt: skip
PLANS = {
    "a pipe": ("extends = 'fifo'\n", "fifo: cannot be read: it is a pipe"),
    "NUL": ('extends = "a\\u0000"\n', "plan.toml:1: extends: holds a control character"),
    "much memory": (f"memory_limit = '{DIGITS}'", "memory_limit = .*: wanted memory as Docker writes it"),
    "an origin that is none": ("http://[bad", "wanted an origin, as in https://host.example"),
    "many replicas": ("replicas = 1000000000000", "replicas = 1000000000000: wanted 1000 or less"),
    "a host with a blank": ("www jbcalling", r"hosts\[1\].name = \"www jbcalling\": wanted a name"),
}
REPORTS = {
    "deep": (f'{{"a": {DEEP_LIST}', "is nested deeper than 64 levels, on line 1"),
    "not a number": ('{"a": NaN}', "is not JSON: NaN is no finite number"),
    "many digits": (f'{{"a": {DIGITS}}}', "is not JSON: a number of 400 digits"),
    "a key twice": ('{"a": 1, "a": 2}', "is not JSON: the key a is given twice"),
    "half a character": ('{"a": "\\ud800"}', "a: holds half a character"),
    "empty": ("", "is not JSON"),
}
VARIABLES = {
    "a newline": ({"TARGET_HOSTS": "a\nb"}, r"TARGET_HOSTS=a\\nb: holds a control character"),
    "an escape": ({"TARGET_LIMITS": "\x1b[31m"}, r"TARGET_LIMITS=\\x1b\[31m: holds a control character"),
    "no UTF-8": ({"TARGET_SWARM_CONTEXT": "\udcff"}, r"TARGET_SWARM_CONTEXT=\\udcff: holds a control"),
    "no UTF-8 for Docker": ({"DOCKER_CONTEXT": "\udcff"}, r"DOCKER_CONTEXT: no Docker context \\udcff"),
    "half an address": (
        {"TARGET_SWARM_API": "ssh://["},
        r"TARGET_SWARM_API: swarm.api ssh://\[: invalid ipv6",
    ),
    "half an address of Docker's": (
        {"DOCKER_HOST": "ssh://["},
        r"DOCKER_HOST: swarm.api ssh://\[: invalid ipv6",
    ),
    "a pipe": (
        {"TARGET_CA_FILE": "fifo"},
        "TARGET_CA_FILE: reach.ca_file .*fifo cannot be read: it is a pipe",
    ),
    "a name of 5000 characters": ({"TARGET": "a" * 5000}, "TARGET=a.*5008 characters.*: no such target"),
    "nobody's home": (
        {"TARGET_CA_FILE": "~nosuchuser/x"},
        "TARGET_CA_FILE=~nosuchuser/x: there is no such user",
    ),
    "a name twice": ({"TARGET_LIMITS": "call_frames=1,call_frames=2"}, "a name is given twice"),
}
WORDS = {
    "another script's digit": (["up", "--nodes", "٣"], "--nodes: invalid int value"),
    "a sign and a blank": (["up", "--nodes", "+3 "], "--nodes: invalid int value"),
    "a pipe": (["deploy", "fifo"], "stack file fifo: cannot be read: it is a pipe"),
    "a newline": (["deploy", "a\nb"], r"stack file a\\nb: cannot be read"),
    "an escape": (["deploy", "\x1b[31m"], r"stack file \\x1b\[31m: cannot be read"),
    "what cannot be written": (
        ["bench", "--json", "/proc/x"],
        "--json /proc/x: cannot be written: No such file",
    ),
    "a long name": (["bench", "--json", "a" * 5000], "cannot be written: File name too long"),
    "an unknown option": (["up", "--\x1b[31m"], r"unrecognized arguments: --\\x1b\[31m"),
}
