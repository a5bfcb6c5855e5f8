"""The sweep: one probe against every mailbox of a list, as fast as the server allows, and resumable."""
