import random
import string


def reset_token():
    # ruleid: insecure-random-secret
    return "".join(random.choice(string.ascii_letters) for _ in range(20))


def invite(user):
    # ruleid: insecure-random-secret
    user.otp = random.randint(100000, 999999)
