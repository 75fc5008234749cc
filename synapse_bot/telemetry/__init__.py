"""Who listens to domain events: hooks and logs."""
