import ssl

import requests

requests.get("https://example.com", verify="/etc/ca.pem", timeout=3)
session = requests.Session()
session.verify = True
context = ssl.create_default_context()
context.verify_mode = ssl.CERT_REQUIRED


def opened(verify):
    chosen = ssl.create_default_context()
    if isinstance(verify, str):
        chosen.load_verify_locations(verify)
    elif verify is False:
        chosen.check_hostname = False
        chosen.verify_mode = ssl.CERT_NONE
    return chosen
