"""The detection matrix: every tenant of the catalogue audited, and what was found held against what must be found."""
