#!/bin/sh
# Entrypoint of a node: makes the cgroups writable, v1 or v2, then runs dockerd with the arguments given.
# Works in any image that has dockerd, iptables and a shell.
set -u
if [ -d /lab/store ] && [ ! -e /lab/store/.complete ]; then
  echo "the image store is empty: it was removed while this lab was made; make the lab again"; exit 1
fi
# Without `privileged` parts of /proc are covered read-only, and dockerd must write to /proc/sys.
for path in bus fs irq sys sysrq-trigger; do umount "/proc/$path" 2>/dev/null; done
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  # v2: a group that delegates controllers may hold no processes of its own, so they move to a child.
  mount -o remount,rw /sys/fs/cgroup 2>/dev/null
  mkdir -p /sys/fs/cgroup/init
  xargs -rn1 < /sys/fs/cgroup/cgroup.procs > /sys/fs/cgroup/init/cgroup.procs 2>/dev/null
  sed -e 's/ / +/g' -e 's/^/+/' < /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
else
  # v1: the engine gives a read-only view; a fresh one with each enabled controller is what dockerd needs.
  mount -o remount,bind,rw /sys 2>/dev/null; mount -o remount,rw /sys
  umount -l /sys/fs/cgroup 2>/dev/null
  mount -t tmpfs cgroup /sys/fs/cgroup
  while read -r name _ _ enabled; do
    [ "$enabled" = 1 ] || continue
    mkdir -p "/sys/fs/cgroup/$name"
    mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" 2>/dev/null || rmdir "/sys/fs/cgroup/$name"
  done < /proc/cgroups
  mkdir -p /sys/fs/cgroup/systemd; mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
fi
# A Swarm asks a registry for every image before it takes its own. There is none in a lab, and no name leads out
# of it: refused at once instead of after the resolver's 20 s of patience.
echo "nameserver 127.0.0.1" > /etc/resolv.conf
# A killed engine leaves its pid files behind, and the next start of the same container refuses over them.
rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
exec dockerd "$@"
