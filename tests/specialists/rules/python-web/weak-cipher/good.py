from Crypto.Cipher import AES


def locked(key, text, nonce):
    return AES.new(key, AES.MODE_GCM, nonce=nonce).encrypt_and_digest(text)
