"""The offline layer of a PKI: root, intermediates, ceremony, audit log."""

__version__ = "0.1.0"
__released__ = "2026-11-01T00:00:00Z"
"""Before this moment no clock is right."""
