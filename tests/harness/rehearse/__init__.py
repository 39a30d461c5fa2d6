"""The real Traefik on a Swarm made up from a stack file."""
