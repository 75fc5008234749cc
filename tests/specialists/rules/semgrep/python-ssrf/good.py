import requests
from flask import request


@app.get("/user")
def user():
    name = request.args["name"]
    requests.get(f"https://api.example.com/users/{name}", timeout=5)
    requests.get("https://api.example.com/users/" + name, timeout=5)
    return requests.get("https://api.example.com/users", params={"name": name}, timeout=5).json()


def health(url):
    return requests.get(url, timeout=5).ok


FEEDS = {"news": "https://news.example.com/feed"}


@app.get("/feed/<name>")
def feed(name):
    return requests.get(FEEDS.get(name), timeout=5).json()
