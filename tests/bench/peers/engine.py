"""A warm engine process as one would drive it by hand: a line of JSON in, the testcard as base64 in a line out."""

import base64
import json
import sys

from workers_kit.engines.testcard_picture import testcard

for line in sys.stdin:
    asked = json.loads(line)
    picture = testcard(asked["width"], asked["height"], asked["seed"])
    print(base64.b64encode(picture).decode("ascii"), flush=True)
