import subprocess

from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
async def ping(host: str):
    # ruleid: command-injection
    return subprocess.check_output(f"ping -c 1 {host}", shell=True)


@app.get("/convert")
def convert(name: str):
    command = ["sh", "-c", "convert " + name]
    # ruleid: command-injection
    subprocess.run(["bash", "-c", "convert " + name])
    return {"done": len(command)}
