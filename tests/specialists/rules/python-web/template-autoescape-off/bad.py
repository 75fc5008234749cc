from flask import Flask

app = Flask(__name__)
# ruleid: template-autoescape-off
app.config["TEMPLATES_AUTO_ESCAPE"] = False
