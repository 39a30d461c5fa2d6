"""A three-node Swarm in containers, usable by a person with no pytest at all: `python -m lab up`."""
