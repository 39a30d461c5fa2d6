#!/bin/sh
# Runs once in a short-lived container before the nodes start: says what this kernel can do, and gives each
# node's volume the store's images by hard links.
#   prepare.sh VOLUMES_DIR STORE NODE_VOLUME...      (no STORE: only the probe)
# The last line of stdout is the answer, as JSON. Exit 3: the store is incomplete; 4: links fail here.
volumes=$1; store=$2; shift 2
can() { "$@" >/dev/null 2>&1 && echo true || echo false; }
for module in overlay vxlan bridge ip_tables ip_vs esp4 sch_netem xt_u32; do modprobe "$module" 2>/dev/null; done
# A node image with busybox's ip cannot be asked: null, which speaks neither for nor against.
link() { if ip -V 2>/dev/null | grep -q iproute2; then can ip link add "$@"; else echo null; fi; }
vxlan=$(link probe-vx type vxlan id 4711 dev lo dstport 4789)
bridge=$(link probe-br type bridge)
veth=$(link probe-a type veth peer name probe-b)
iptables=$(can iptables -w -t nat -L -n)
netem=$(can tc qdisc add dev lo root netem delay 1ms)
# With the cipher that Docker's overlays use: a key of 16 bytes, a salt of 4, a check value of 64 bits.
esp=$(can ip xfrm state add src 127.0.0.1 dst 127.0.0.2 proto esp spi 1 mode transport aead 'rfc4106(gcm(aes))' 0x00112233445566778899aabbccddeeff01020304 64)
u32=$(can iptables -w -A INPUT -p udp --dport 4789 -m u32 --u32 '56&0xFF=6' -j DROP)
ipvs=$(can test -e /proc/net/ip_vs)
overlay=$(can grep -qw overlay /proc/filesystems)
facts="{\"vxlan\":$vxlan,\"bridge\":$bridge,\"veth\":$veth,\"iptables\":$iptables,\"overlay\":$overlay,\"ipvs\":$ipvs,\"esp\":$esp,\"netem\":$netem,\"u32\":$u32}"
if [ -n "$store" ]; then
  from=$volumes/$store/_data
  [ -f "$from/.complete" ] || { echo "$facts"; exit 3; }
  for node in "$@"; do
    to=$volumes/$node/_data
    # Image layers are never written to, so links are safe; every other file is small, and written to: copied.
    ( cp -al "$from/overlay2" "$to/" && cp -a "$from/image" "$to/" ) &
    jobs="${jobs:-} $!"
  done
  for job in $jobs; do wait "$job" || { echo "$facts"; exit 4; }; done
fi
echo "$facts"
