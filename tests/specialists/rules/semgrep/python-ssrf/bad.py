import urllib.request

import httpx
import requests
from flask import request


@app.get("/fetch")
def fetch():
    # ruleid: python-ssrf
    return requests.get(request.args["url"], timeout=5).text


@app.get("/proxy")
async def proxy(url: str):
    # ruleid: python-ssrf
    return httpx.get(f"http://{url}/status").text


def avatar(request):
    # ruleid: python-ssrf
    return urllib.request.urlopen(request.POST["avatar"]).read()
