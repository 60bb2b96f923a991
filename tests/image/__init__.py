"""The image: its parts alone, and in a machine that boots it."""
