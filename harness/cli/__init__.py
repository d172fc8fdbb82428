"""The commands, one a module; `main` ties them together and turns errors into exit codes."""
