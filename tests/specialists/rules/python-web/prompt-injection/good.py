from flask import Flask, request
from openai import OpenAI

app = Flask(__name__)
client = OpenAI()


@app.post("/ask")
def ask():
    answer = client.chat.completions.create(
        model="m",
        messages=[
            {"role": "system", "content": "You help."},
            {"role": "user", "content": request.form["question"]},
        ],
    )
    return {"answer": answer.choices[0].message.content}
