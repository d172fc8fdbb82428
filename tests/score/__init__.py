"""The mutation score."""
