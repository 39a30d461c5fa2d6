"""What a person wants to see of a running lab."""

from rich.console import Console
from rich.table import Table

from lab.cluster import stack_deploy
from lab.cluster.handle import Lab
from lab.text.shell import Line, Output, Word, command_line, docker_command, operands, url_words
from lab.tools import lab_view

DASHBOARD = "/dashboard/"
ANSWERS = {"api": "/health", "webrtc": "/health", "traefik": DASHBOARD}
"""What a host answers 200 to, by the first part of its name, where that is not the root."""


def show(lab: Lab, console: Console) -> None:
    """Nodes, tasks by node, hosts with a ready curl line, the Docker API, what this kernel lacks."""
    nodes = Table(
        "node", "state", "role", "address", title=f"lab {lab.name} ({lab.state.subnet})", title_justify="left"
    )
    for node in lab_view.nodes(lab):
        nodes.add_row(node.name, node.state, node.role, node.address or "?")
    console.print(nodes)
    _show_services(lab, console)
    ca = lab.ca_file
    for host, address in lab.state.hosts.items():
        if host != stack_deploy.MEDIA_HOST and _is_served(lab, host):
            console.print(_curl_line(lab, host, address), soft_wrap=True, highlight=False)
    console.print(
        f"{stack_deploy.MEDIA_HOST}: {lab.state.hosts[stack_deploy.MEDIA_HOST]}, UDP 40000-40009, TURN 3478",
        highlight=False,
    )
    certificate, key = lab.client_files
    console.print(
        docker_command(
            "--tlsverify", "--tlscacert", str(ca), "--tlscert", str(certificate), "--tlskey", str(key),
            "-H", lab_view.swarm_api(lab), "node", "ls",
        ),
        soft_wrap=True, highlight=False,
    )  # fmt: skip
    if lab.state.stack:
        password = ca.parent / "secrets" / "dashboard_password"
        where = f"https://traefik.{stack_deploy.DOMAIN}/dashboard/"
        console.print(
            f"dashboard: {where} as {stack_deploy.DASHBOARD_USER}, password in {password}",
            soft_wrap=True,
            highlight=False,
        )
        console.print(browser_line(lab), soft_wrap=True, highlight=False)
    for text in lab_view.unexercised(lab.state.kernel):
        console.print(f"not exercised on this kernel: {text}", highlight=False)


def _is_served(lab: Lab, host: str) -> bool:
    """Whether the deployed stack may answer for it: a lab knows hosts of stacks that it does not run."""
    file = lab.ca_file.parent / "stack.yml"
    return host in stack_deploy.EDGE_HOSTS or (file.is_file() and host in file.read_text())


def _curl_line(lab: Lab, host: str, address: str) -> Line:
    """A line to paste that is answered 200."""
    path = ANSWERS.get(host.partition(".")[0], "/")
    secret = lab.ca_file.parent / "secrets" / "dashboard_password"
    password = Output(command_line(["cat", *operands(str(secret))]), before=f"{stack_deploy.DASHBOARD_USER}:")
    user: tuple[Word, ...] = ("-u", password) if path == DASHBOARD else ()
    words = ("curl", "--cacert", str(lab.ca_file), "--resolve", f"{host}:443:{address}")
    return command_line([*words, *user, *url_words(f"https://{host}{path}")])


def browser_line(lab: Lab) -> Line:
    """A Chromium that finds the lab's hosts and trusts its edge's key, in a profile of its own."""
    rules = ", ".join(f"MAP {host} {address}" for host, address in lab.state.hosts.items())
    pin = (lab.ca_file.parent / "edge-pin").read_text()
    return command_line([
        "chromium", Output(command_line(["mktemp", "-d"]), before="--user-data-dir="), f"--host-resolver-rules={rules}",
        f"--ignore-certificate-errors-spki-list={pin}", f"https://{stack_deploy.DOMAIN}/",
    ])  # fmt: skip


def _show_services(lab: Lab, console: Console) -> None:
    services = lab_view.services(lab)
    if not services:
        console.print("no stack is deployed")
        return
    table = Table("service", "running", "nodes", "image")
    for each in services:
        want = "global" if each.wanted is None else each.wanted
        table.add_row(each.name, f"{each.running}/{want}", ", ".join(each.nodes), each.image)
    console.print(table)
