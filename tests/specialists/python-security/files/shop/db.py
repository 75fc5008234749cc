import hashlib
import pickle
import subprocess

import requests
import yaml


def find(connection, name):
    return connection.execute("SELECT * FROM users WHERE name = '%s'" % name)


def convert(path):
    subprocess.run("convert " + path, shell=True)  # nosec


def load(data, text):
    return pickle.loads(data), yaml.load(text, Loader=yaml.Loader)  # noqa: S301, S506


def fetch(url):
    return requests.get(url, verify=False)


def digest(data):
    return hashlib.md5(data).hexdigest()


def quiet(path):
    try:
        return open(path).read()
    except Exception:
        pass


def run(arguments):
    assert arguments
    return subprocess.run(arguments, check=True)
