"""A stack file with every key that Docker knows, and the normal form of each."""

from typing import Any

EVERY_KEY = """
version: "3.13"
x-anything: {at: [all]}
services:
  every:
    x-own: 1
    image: nginx
    command: serve "a b"
    entrypoint: [/bin/sh, -c]
    environment: {A: 1, B: true-ish, C: 1.50, D: }
    labels: [a.b=c, bare]
    deploy:
      mode: replicated
      endpoint_mode: vip
      replicas: 2
      labels: {x: 1}
      update_config:
        {parallelism: 1, delay: 1m, monitor: 5s, max_failure_ratio: 0.5, failure_action: rollback, order: start-first}
      rollback_config: {parallelism: 0, delay: 1s, monitor: 2s, max_failure_ratio: 0, failure_action: pause, order: stop-first}
      resources:
        limits: {cpus: "0.50", memory: 64M, pids: 100}
        reservations:
          cpus: "0.25"
          memory: 32M
          generic_resources: [{discrete_resource_spec: {kind: gpu, value: 1}}]
      restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3, window: 2m}
      placement: {constraints: [node.role == worker], preferences: [{spread: node.labels.z}], max_replicas_per_node: 1}
    ports:
      - 80:81/udp
      - {target: 5, published: 6, protocol: tcp, mode: host}
    networks:
      near: {aliases: [web], ipv4_address: 10.0.0.5, ipv6_address: "fd00::5"}
      plain:
    volumes:
      - data:/data
      - {type: bind, source: ./sub, target: /sub, read_only: true, consistency: cached, bind: {propagation: rslave}}
      - {type: volume, source: data, target: /more, volume: {nocopy: true}}
      - {type: tmpfs, target: /t, tmpfs: {size: 1000}}
    configs:
      - conf
      - {source: conf, target: /c, uid: "1", gid: "2", mode: 0440}
    secrets: [sec, {source: sec, target: s, uid: "1", gid: "2", mode: 0400}]
    healthcheck:
      {test: curl x, interval: 1m30s, retries: 3, timeout: 5s, start_period: 10s, start_interval: 500ms, disable: false}
    logging: {driver: json-file, options: {max-size: 1m, max-file: 3}}
    ulimits: {nproc: 65535, nofile: {soft: 1, hard: 2}}
    stop_grace_period: 1m
    stop_signal: SIGINT
    cap_add: [NET_ADMIN]
    cap_drop: [ALL]
    dns: 10.0.0.1
    dns_search: a.test
    tmpfs: /run
    extra_hosts: ["a:10.0.0.1"]
    sysctls: [net.core.somaxconn=1024]
    hostname: h
    user: "1:1"
    working_dir: /w
    isolation: default
    init: true
    read_only: true
    stdin_open: true
    tty: true
    credential_spec: {file: spec.json}
networks:
  near:
    name: here
    driver: overlay
    driver_opts: {encrypted: "true", n: 5}
    ipam: {config: [{subnet: 10.0.0.0/24}]}
    internal: true
    attachable: true
    labels: {a: 1}
  plain:
  other: {external: {name: theirs}}
volumes:
  data: {name: d, driver: local, driver_opts: {a: 1}, labels: [x=y]}
  far: {external: true}
  bare:
secrets:
  sec: {name: s, file: ./s.txt, labels: {a: b}}
  there: {external: true}
configs:
  conf: {name: c, file: /abs/c.conf, labels: [k=v], template_driver: golang}
"""
SERVICE = {
    "image": "nginx",
    "command": ["serve", "a b"],
    "entrypoint": ["/bin/sh", "-c"],
    "environment": {"A": "1", "B": "true-ish", "C": "1.5", "D": None},
    "labels": {"a.b": "c", "bare": ""},
    "deploy": {
        "mode": "replicated", "endpoint_mode": "vip", "replicas": 2, "labels": {"x": "1"},
        "update_config": {"parallelism": 1, "delay": "60s", "monitor": "5s", "max_failure_ratio": 0.5,
                          "failure_action": "rollback", "order": "start-first"},
        "rollback_config": {"parallelism": 0, "delay": "1s", "monitor": "2s", "failure_action": "pause", "order": "stop-first"},
        "resources": {
            "limits": {"cpus": "0.50", "memory": "67108864", "pids": 100},
            "reservations": {"cpus": "0.25", "memory": "33554432",
                             "generic_resources": [{"discrete_resource_spec": {"kind": "gpu", "value": 1}}]},
        },
        "restart_policy": {"condition": "on-failure", "delay": "5s", "max_attempts": 3, "window": "120s"},
        "placement": {"constraints": ["node.role == worker"], "preferences": [{"spread": "node.labels.z"}],
                      "max_replicas_per_node": 1},
    },
    "ports": [
        {"mode": "ingress", "target": 81, "published": 80, "protocol": "udp"},
        {"mode": "host", "target": 5, "published": 6, "protocol": "tcp"},
    ],
    "networks": {
        "near": {"aliases": ["web"], "ipv4_address": "10.0.0.5", "ipv6_address": "fd00::5"},
        "plain": None,
    },
    "volumes": [
        {"type": "volume", "source": "data", "target": "/data"},
        {"type": "bind", "source": "sub", "target": "/sub", "read_only": True, "consistency": "cached",
         "bind": {"propagation": "rslave"}},
        {"type": "volume", "source": "data", "target": "/more", "volume": {"nocopy": True}},
        {"type": "tmpfs", "target": "/t", "tmpfs": {"size": 1000}},
    ],
    "configs": [{"source": "conf"}, {"source": "conf", "target": "/c", "uid": "1", "gid": "2", "mode": 0o440}],
    "secrets": [{"source": "sec"}, {"source": "sec", "target": "s", "uid": "1", "gid": "2", "mode": 0o400}],
    "healthcheck": {"test": ["CMD-SHELL", "curl x"], "interval": "90s", "retries": 3, "timeout": "5s",
                    "start_period": "10s", "start_interval": "0.5s"},
    "logging": {"driver": "json-file", "options": {"max-size": "1m", "max-file": "3"}},
    "ulimits": {"nproc": 65535, "nofile": {"soft": 1, "hard": 2}},
    "stop_grace_period": "60s", "stop_signal": "SIGINT", "cap_add": ["NET_ADMIN"], "cap_drop": ["ALL"],
    "dns": ["10.0.0.1"], "dns_search": ["a.test"], "tmpfs": ["/run"], "extra_hosts": ["a:10.0.0.1"],
    "sysctls": {"net.core.somaxconn": "1024"}, "hostname": "h", "user": "1:1",
    "working_dir": "/w", "isolation": "default", "init": True, "read_only": True, "stdin_open": True, "tty": True,
    "credential_spec": {"file": "spec.json"},
}  # fmt: skip
OBJECTS: dict[str, dict[str, Any]] = {
    "networks": {
        "near": {"name": "here", "driver": "overlay", "driver_opts": {"encrypted": "true", "n": "5"},
                 "ipam": {"config": [{"subnet": "10.0.0.0/24"}]}, "internal": True, "attachable": True, "labels": {"a": "1"}},
        "plain": {}, "other": {"external": True, "name": "theirs"},
    },
    "volumes": {
        "data": {"name": "d", "driver": "local", "driver_opts": {"a": "1"}, "labels": {"x": "y"}},
        "far": {"external": True, "name": "far"}, "bare": {},
    },
    "secrets": {"sec": {"name": "s", "file": "s.txt", "labels": {"a": "b"}}, "there": {"external": True, "name": "there"}},
    "configs": {"conf": {"name": "c", "file": "/abs/c.conf", "labels": {"k": "v"}, "template_driver": "golang"}},
}  # fmt: skip
