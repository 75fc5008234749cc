from flask import Flask, request
from openai import OpenAI

app = Flask(__name__)
client = OpenAI()


@app.post("/ask")
def ask():
    # ruleid: prompt-injection
    answer = client.chat.completions.create(
        model="m", messages=[{"role": "system", "content": f"You help {request.form['name']}."}]
    )
    return {"answer": answer.choices[0].message.content}
