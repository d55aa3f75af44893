"""PUT files through an app on every host that may run it, again and again until a file says enough.

Each file is called after the host that it went through. What was acknowledged is noted: the app's port and the file.
"""

import concurrent.futures
import os
import sys
import time
import urllib.request

notes, enough, *addresses = sys.argv[1:]


def put(number, address):
    host, port = address.split(":")
    name = f"{host}-{number}.txt"
    request = urllib.request.Request(f"http://{address}/{name}", data=name.encode(), method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return f"{port} {name}" if answer.status in (201, 204) else ""
    except OSError:
        return ""


with open(notes, "w", encoding="utf-8") as kept, concurrent.futures.ThreadPoolExecutor(len(addresses)) as pool:
    number = 0
    while not os.path.exists(enough):
        number += 1
        for line in pool.map(put, [number] * len(addresses), addresses):
            if line:
                print(line, file=kept, flush=True)
        time.sleep(0.3)
