"""The sync: every mailbox of a list loaded once, then followed by its changes, as Cronofy does it."""
