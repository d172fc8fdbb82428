"""The mutation score: how many of a target's seeded bugs are caught, by what, and how soon."""
