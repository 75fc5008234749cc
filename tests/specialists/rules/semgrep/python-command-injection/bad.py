import os
import subprocess

from flask import request


@app.route("/ping")
def ping():
    host = request.args["host"]
    # ruleid: python-command-injection
    os.system("ping -c 1 " + host)
    # ruleid: python-command-injection
    return subprocess.check_output(f"nslookup {host}", shell=True)


@app.post("/convert")
def convert(name: str):
    # ruleid: python-command-injection
    subprocess.run(["sh", "-c", "convert " + name], check=True)
