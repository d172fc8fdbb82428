"""How fast the bundled stores are, beside others on the same machine in the same run."""
