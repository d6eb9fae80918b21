"""WHIP and WHEP as a program speaks them that knows nothing of the hub but an address."""
import json
import sys
import urllib.parse
import urllib.request


def post(endpoint, offer):
    """Posts the offer; returns the answer and the session's own address."""
    request = urllib.request.Request(endpoint, offer.encode(), {"content-type": "application/sdp"}, method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode(), urllib.parse.urljoin(endpoint, response.headers["location"])


def delete(session):
    urllib.request.urlopen(urllib.request.Request(session, method="DELETE"), timeout=10).close()


def say(**what):
    """One line of JSON for the test."""
    print(json.dumps(what), flush=True)


def told():
    """The test has had enough: it closes our standard input."""
    sys.stdin.read()
