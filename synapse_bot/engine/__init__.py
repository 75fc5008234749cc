"""What runs the story: a step is one effect, timed and named."""
