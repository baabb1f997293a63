"""The domain: what the company remembers."""
