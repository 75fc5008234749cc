import subprocess


def run(command):
    subprocess.run(command, shell=True)  # nosec


def allowed(user):
    return user == "admin‮"  # right to left


adm​in = True
name = "café"
