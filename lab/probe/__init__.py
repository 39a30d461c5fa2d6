"""What passes between the nodes: entered, measured, read."""
