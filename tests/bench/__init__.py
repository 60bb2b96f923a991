"""Measurements: `python -m tests.bench [NAME…]` runs every `bench_*.py` here, or those named, and prints figures.

A figure that has a limit must keep it, else the exit code is 1. Limits are ratios, or counts: no machine's seconds.
"""
