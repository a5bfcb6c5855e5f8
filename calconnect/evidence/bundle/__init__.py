"""Configuration evidence: what an administrator exported from Exchange and Active Directory, read-only, and when."""
