"""Create, look at and unlink many small files in a directory, and print how many of each a second. Runs on a guest."""

import json
import os
import sys
import time

directory, count = sys.argv[1], int(sys.argv[2])
paths = [os.path.join(directory, f"meta-{number:05}") for number in range(count)]


def create(path):
    with open(path, "xb") as file:
        file.write(b"x")


def per_second(work):
    begin = time.monotonic()
    for path in paths:
        work(path)
    return count / (time.monotonic() - begin)


print(json.dumps({work.__name__: per_second(work) for work in (create, os.stat, os.unlink)}))
