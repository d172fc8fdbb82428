"""Many tests: which to run, on how many processes, and what came of all of them."""
