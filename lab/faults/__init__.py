"""Ways to break a lab: inject, prove that it took, heal, prove that it healed."""
