"""The systems under test: the bundled stores, and adapters to real ones."""
