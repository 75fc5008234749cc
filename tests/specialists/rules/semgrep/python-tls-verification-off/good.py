import ssl

import requests

requests.get("https://example.com", verify="/etc/ca.pem", timeout=3)
session = requests.Session()
session.verify = True
context = ssl.create_default_context()
context.verify_mode = ssl.CERT_REQUIRED
