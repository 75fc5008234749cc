def wait(seconds):
    """Wait for ``milliseconds``, at most a minute."""
    sleep(min(seconds, 60))
