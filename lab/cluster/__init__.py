"""The Swarm itself: nodes, forming, deploying, repairing."""
