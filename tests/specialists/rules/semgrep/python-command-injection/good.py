import shlex
import subprocess

from flask import request


@app.route("/ping")
def ping():
    host = request.args["host"]
    subprocess.run(["ping", "-c", "1", host], check=True)
    subprocess.run("ping -c 1 " + shlex.quote(host), shell=True)
    subprocess.run("df -h", shell=True)


def backup(folder):
    os.system("tar cf backup.tar " + folder)
