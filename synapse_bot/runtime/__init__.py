"""The runner: review.py tells the story; plan, fanout, select and cover are its details."""
