"""The bundled stores without a test: `splitbrain store` starts a node, `store ctl` talks to it."""
