"""What of the repository helps to read a change: symbols, an index of them, excerpts, guidance."""
