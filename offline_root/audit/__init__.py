"""The audit log: its lines, their Merkle tree, signed checkpoints, the verification of it all, and the file itself."""
