from Crypto.Cipher import AES, DES


def locked(key, text):
    # ruleid: weak-cipher
    return AES.new(key, AES.MODE_ECB).encrypt(text), DES.block_size
