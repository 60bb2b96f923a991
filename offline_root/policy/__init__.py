"""What a root may sign, as people wrote it down."""
