#!/bin/sh
# Runs once in a short-lived container before the nodes start: says what this kernel can do, and gives each
# volume the store's images: as hard links of its own, or as links to where its node sees the store.
#   prepare.sh VOLUMES_DIR STORE SEEN_AT VOLUME...      (no STORE: only the probe; no SEEN_AT: hard links)
# The last line of stdout is the answer, as JSON. Exit 3: the store is incomplete; 4: links fail here.
volumes=$1; store=$2; seen_at=$3; shift 3
can() { "$@" >/dev/null 2>&1 && echo true || echo false; }
# A node image with busybox's ip cannot be asked: null, which speaks neither for nor against.
link() { if ip -V 2>/dev/null | grep -q iproute2; then can ip link add "$@"; else echo null; fi; }
vxlan=$(link probe-vx type vxlan id 4711 dev lo dstport 4789)
bridge=$(link probe-br type bridge)
veth=$(link probe-a type veth peer name probe-b)
iptables=$(can iptables -w -t nat -L -n)
netem=$(can tc qdisc add dev lo root netem delay 1ms)
u32=$(can iptables -w -A INPUT -p udp --dport 4789 -m u32 --u32 '56&0xFF=6' -j DROP)
# What Docker's overlay driver needs to encrypt. Its cipher: a key of 16 bytes, a salt of 4, a check value of 64 bits.
# A mark on what is to be encrypted, chosen by bpf (engines before 24 try u32 first); and what came in the clear dropped.
encrypts() {
  ip xfrm state add src 127.0.0.1 dst 127.0.0.2 proto esp spi 1 mode transport aead 'rfc4106(gcm(aes))' 0x00112233445566778899aabbccddeeff01020304 64 || return 1
  ip xfrm policy add src 127.0.0.1/32 dst 127.0.0.2/32 proto udp dport 4789 dir out mark 0xd0c4e3 tmpl src 127.0.0.1 dst 127.0.0.2 proto esp spi 1 mode transport || return 1
  bpf='4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0'
  iptables -w -t mangle -A OUTPUT -p udp --dport 4789 -m bpf --bytecode "$bpf" -j MARK --set-mark 13681891 || [ "$u32" = true ] || return 1
  iptables -w -A INPUT -m policy --dir in --pol none -p udp --dport 4789 -j DROP
}
esp=$(can encrypts)
# Service addresses: IPVS itself, and the match by which its answers leave through the node that was asked.
balances() { test -e /proc/net/ip_vs && iptables -w -t nat -A POSTROUTING -m ipvs --ipvs -j MASQUERADE; }
ipvs=$(can balances)
overlay=$(can grep -qw overlay /proc/filesystems)
facts="{\"vxlan\":$vxlan,\"bridge\":$bridge,\"veth\":$veth,\"iptables\":$iptables,\"overlay\":$overlay,\"ipvs\":$ipvs,\"esp\":$esp,\"netem\":$netem,\"u32\":$u32}"
if [ -n "$store" ]; then
  from=$volumes/$store/_data
  [ -f "$from/.complete" ] || { echo "$facts"; exit 3; }
  layers=$from/overlay2
  # What the engine keeps beside a layer's files is small; the files, which it only reads, it finds behind the link.
  outlined() (
    set -e
    mkdir -m 710 "$1"; cp -a "$from/overlay2/l" "$1/"
    for files in "$from"/overlay2/*/diff; do
      one=${files%/diff}; id=${one##*/}
      mkdir -m 710 "$1/$id"; ln -s "$seen_at/overlay2/$id/diff" "$1/$id/diff"
      for each in committed link lower work; do
        if [ -e "$one/$each" ]; then cp -a "$one/$each" "$1/$id/"; fi
      done
    done
  )
  # Image layers are never written to, so links are safe; every other file is small, and written to: copied.
  given() { cp "$1" "$layers" "$2/" && cp -a "$from/image" "$2/"; }
  # Whoever loads the images instead must find nothing of them.
  fail() { for node in "$@"; do rm -rf "$volumes/$node/_data/overlay2" "$volumes/$node/_data/image"; done; echo "$facts"; exit 4; }
  how=-al
  if [ -n "$seen_at" ] && [ $# -gt 0 ]; then
    how=-a; layers=$(mktemp -d)/overlay2
    outlined "$layers"  # by itself: in a condition `set -e` would not hold in it
    [ $? = 0 ] || fail "$@"
  fi
  for node in "$@"; do
    given "$how" "$volumes/$node/_data" &
    jobs="${jobs:-} $!"
  done
  for job in ${jobs:-}; do wait "$job" || failed=yes; done
  [ -z "${failed:-}" ] || fail "$@"
fi
echo "$facts"
