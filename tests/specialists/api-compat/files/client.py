class Client:
    def __init__(self, base_url, *, token, timeout_s):
        self.base_url = base_url
        self.token = token
        self.timeout_s = timeout_s
