import ssl

import requests

# ruleid: python-tls-verification-off
requests.get("https://example.com", verify=False, timeout=3)
session = requests.Session()
# ruleid: python-tls-verification-off
session.verify = False
context = ssl.create_default_context()
# ruleid: python-tls-verification-off
context.verify_mode = ssl.CERT_NONE


def opened(verify):
    chosen = ssl.create_default_context()
    if verify is False:
        chosen.load_default_certs()
    else:
        # ruleid: python-tls-verification-off
        chosen.verify_mode = ssl.CERT_NONE
    return chosen
