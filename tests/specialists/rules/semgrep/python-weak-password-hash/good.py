import hashlib


def store(user, password, salt, body, password_file):
    user.digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
    user.etag = hashlib.sha256(body).hexdigest()
    return hashlib.sha1(password_file.read_bytes()).hexdigest()
