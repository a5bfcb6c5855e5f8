"""What people lay over verdicts: waivers, which accept a risk for a time, and attestations of what cannot be seen."""
