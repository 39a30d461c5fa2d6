"""Mutation testing: small faults are put into our own code, one at a time, and its tests must turn red."""
