"""Runs the suite: scenarios over observations, verdicts out of scenarios, events for whoever listens."""
