"""Trust in the checker: every model against brute force, from the public face down."""
