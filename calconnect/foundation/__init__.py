"""What every other part stands on: problems, clocks, atomic files, TOML with line numbers. Imports nothing of the rest."""
