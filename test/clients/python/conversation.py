"""How a client under test talks with the test that runs it: one JSON object a line, and the answers on stdin."""

import json
import sys

#: What the test passes on the command line: server, client_id, client_secret, redirect_uri and the like.
settings = json.loads(sys.argv[1])


def say(**message):
    print(json.dumps(message), flush=True)


def visit(url):
    """Has a person sign in at `url`; returns the URL at which the browser came back."""
    say(visit=url)
    return sys.stdin.readline().strip()
