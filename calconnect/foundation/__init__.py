"""What every other part stands on: problems, clocks, whole files, TOML with lines. Imports nothing of the rest."""
