import random
import secrets


def reset_token():
    return secrets.token_urlsafe()


def shuffled(cards):
    return random.sample(cards, len(cards))
