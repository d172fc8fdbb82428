"""Faults: one fault, one file. Each says what it asks of a world and proves that it took effect."""
