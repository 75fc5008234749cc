"""What only structure and flow show in Python: routes and their guards, request data and where
it ends. Reads syntax trees alone; nothing of the change is imported or run."""
