"""The offline layer of a PKI: root, intermediates, ceremony, audit log."""

__version__ = "0.1.0"
