"""Put numbered files on a web server; note each number on this host's own disk once the server has acknowledged it."""

import sys
import time
import urllib.request

url, count, notes = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(notes, "w", encoding="utf-8") as acknowledged:
    for number in range(int(count)):
        request = urllib.request.Request(f"{url}/write-{number}.txt", data=f"write {number}".encode(), method="PUT")
        with urllib.request.urlopen(request, timeout=500) as answer:
            if answer.status in (201, 204):
                print(number, file=acknowledged, flush=True)
        time.sleep(0.3)
