"""Faults made for real: system calls that fail or kill, full and read-only disks, power cuts, tampering."""
