from cryptography.hazmat.primitives.asymmetric import rsa

# ruleid: weak-key
KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
