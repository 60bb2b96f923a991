"""Requests and policies that nobody wrote: `python -m tests.fuzz` for numbers, `./run test long` for the rest."""
