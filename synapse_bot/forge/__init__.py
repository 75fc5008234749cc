"""Where a change lives, and how its diff and its files are read."""
