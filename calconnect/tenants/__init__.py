"""The sync core: tenants as calconnect sees them. Asks, and answers with observations; never judges."""
