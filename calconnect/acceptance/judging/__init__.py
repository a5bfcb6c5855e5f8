"""What an observation proves. Pure functions from observations to findings; codes decide, never message texts."""
