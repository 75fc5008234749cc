from flask import render_template_string, request


@app.get("/preview")
def preview():
    return render_template_string("<div>{{ body }}</div>", body=request.form["body"])
