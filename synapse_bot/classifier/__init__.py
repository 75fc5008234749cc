"""Which route a change takes, and which files nobody should read."""
