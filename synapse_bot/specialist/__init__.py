"""Specialists: declared in YAML, at work in a sandbox, answering with an Outcome."""
