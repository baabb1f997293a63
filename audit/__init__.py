"""Who looked at what, and what they were told."""
