"""Signing requests: from the bytes of a file on a stick to one CSR, or to the reasons why there is none."""
