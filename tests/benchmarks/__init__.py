"""Measurements that a person runs: what the suite costs, printed as tables."""
