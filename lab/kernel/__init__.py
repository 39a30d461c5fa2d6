"""The suite on a kernel like those that users have: a guest with IPVS, ESP, netem and cgroup v2, carried by a container."""
