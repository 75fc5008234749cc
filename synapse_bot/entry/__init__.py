"""The doors: the command line today; text comes in, an exit code goes out."""
