"""Workloads: what the clients do, and the specification their history is held against."""
