"""Mutants of file systems and partition tables, mounted by a real kernel and read as the appliance reads a stick."""
