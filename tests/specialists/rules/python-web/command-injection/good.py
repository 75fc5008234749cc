import shlex
import subprocess

from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
async def ping(host: str):
    return subprocess.check_output(["ping", "-c", "1", host])


@app.get("/list")
def listing(folder: str):
    return subprocess.check_output("ls " + shlex.quote(folder), shell=True)


@app.get("/top")
def top(count: int):
    return subprocess.check_output(f"ps | head -n {count}", shell=True)
