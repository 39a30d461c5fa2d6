#!/bin/sh
# Put before prepare.sh and node_entrypoint.sh: loads what a Swarm uses and this host has as modules, before anything
# is judged by what is there. A freshly booted kernel has loaded next to nothing, and a container's own programs are
# the only ones that ask for ip_vs. What is built in, or is not there at all, is no error here.
#   overlay networks: vxlan, bridge, br_netfilter, veth; their names and ports: iptables' tables and matches
#   service addresses and the mesh: ip_vs with its schedulers (Docker uses rr), the match that its answers leave by
#   encrypted overlays: xfrm_user, esp4, the cipher rfc4106(gcm(aes)), and the matches policy, bpf and u32
#   faults: sch_netem, sch_tbf
for module in overlay vxlan bridge br_netfilter veth ip_tables iptable_nat iptable_filter iptable_mangle nf_nat \
  nf_conntrack nf_conntrack_netlink xt_conntrack xt_addrtype xt_mark xt_MASQUERADE ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh \
  xt_ipvs xfrm_user xfrm_algo esp4 gcm ctr ghash_generic seqiv xt_policy xt_bpf xt_u32 xt_length sch_netem sch_tbf; do
  modprobe -q "$module" 2>/dev/null
done
