"""What was seen: observations, redacted as they are made, and their file."""
