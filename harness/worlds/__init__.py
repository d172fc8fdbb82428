"""Where a test happens: one small interface (`harness.worlds.world`), several worlds behind it."""
