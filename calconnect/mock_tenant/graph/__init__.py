"""Microsoft Graph as HTTP clients meet it; what it answers from stands in ``state/online``."""
