import random
import secrets

token = secrets.token_urlsafe(32)
dice = random.randint(1, 6)
tokens_per_second = random.uniform(1, 5)
secret_colour = random.choice(["red", "green"])
