"""The rehearsal: what Cronofy will do in one mailbox, done step by step before it is let in."""
