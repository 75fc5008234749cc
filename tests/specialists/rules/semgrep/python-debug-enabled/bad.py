from flask import Flask

app = Flask(__name__)
# ruleid: python-debug-enabled
app.config["DEBUG"] = True

if __name__ == "__main__":
    # ruleid: python-debug-enabled
    app.run(host="0.0.0.0", debug=True)
