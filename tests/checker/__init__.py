"""The checker, held against what linearizability means."""
