"""What only a change and its base together show: what it broke, moved, loosened or left behind.

Everything here parses text; nothing of the change or of its base is imported or run.
"""
