"""The corpus of requests in tests/vectors/requests: what makes it, and what is expected of it."""
