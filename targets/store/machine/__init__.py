"""State machines: what the commands of the log mean. Deterministic, so that all nodes agree."""
