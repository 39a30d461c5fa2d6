"""Kills what brings labs up, runs them and takes them down, at random moments: what is left, and does it heal?"""
