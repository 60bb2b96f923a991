"""Stand-ins that are loud about it."""
