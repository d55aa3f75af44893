"""Ask several addresses at once, again and again until a file says enough; note how many answered each time.

An answer is the text that is expected. All requests of a round begin at the same moment.
"""

import concurrent.futures
import os
import sys
import time
import urllib.request

notes, enough, text, *urls = sys.argv[1:]


def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read().decode() == text
    except OSError:
        return False


with open(notes, "w", encoding="utf-8") as counts, concurrent.futures.ThreadPoolExecutor(len(urls)) as pool:
    while not os.path.exists(enough):
        print(sum(pool.map(ask, urls)), file=counts, flush=True)
        time.sleep(0.2)
