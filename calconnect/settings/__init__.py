"""The settings of a run: the connection settings, the list of mailboxes, and where evidence lies."""
