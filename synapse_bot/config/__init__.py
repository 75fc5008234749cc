"""Settings: read once at the door, each value with its origin and its trust class."""
