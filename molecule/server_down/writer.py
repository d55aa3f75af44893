"""Put numbered files on a web server until a file says enough; note each number once the server has acknowledged it.

The notes are on this host's own disk. A write that is refused ends the program with an error.
"""

import itertools
import os
import sys
import time
import urllib.request

url, notes, enough = sys.argv[1:]
with open(notes, "w", encoding="utf-8") as acknowledged:
    for number in itertools.count():
        request = urllib.request.Request(f"{url}/write-{number}.txt", data=f"write {number}".encode(), method="PUT")
        with urllib.request.urlopen(request, timeout=500) as answer:
            if answer.status in (201, 204):
                print(number, file=acknowledged, flush=True)
        if os.path.exists(enough):
            break
        time.sleep(0.3)
