"""Calendars as Graph shows and takes them: JSON from the state of a mailbox, and changes to it. No HTTP."""
