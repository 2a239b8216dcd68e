"""A function that can't start."""

raise RuntimeError("no configuration")
