import httpx
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Preview(BaseModel):
    url: str


@app.post("/preview")
async def preview(wanted: Preview):
    async with httpx.AsyncClient() as client:
        # ruleid: ssrf
        answer = await client.get(wanted.url)
    return {"status": answer.status_code}
