"""The course's API: a greeting at the root, and a counter kept in redis for the exercise."""

import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    return "Hello, world!\n"


@app.route("/who")
def who():
    """Which pod answered."""
    return os.uname().nodename + "\n"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
