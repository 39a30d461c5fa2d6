"""The machine that carries a lab: its engine, its networks, whose things are whose."""
