"""The organisation that the server speaks for: directory, mailboxes, rights, clock. Knows nothing of HTTP."""
