"""The course's API: a greeting at the root, and a counter kept in redis for the exercise."""

import os
import signal
import sys

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
    # The first process of a container ends on SIGTERM only if it says so itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app.run(host="0.0.0.0", port=5000)
