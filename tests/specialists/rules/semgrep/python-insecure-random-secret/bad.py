import random
import string

# ruleid: python-insecure-random-secret
token = "".join(random.choice(string.ascii_letters) for _ in range(32))


def reset(user):
    # ruleid: python-insecure-random-secret
    user.reset_token = random.randint(100000, 999999)
