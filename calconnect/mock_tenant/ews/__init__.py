"""Exchange Web Services: the envelope, who asks for whom, and one file per operation."""
