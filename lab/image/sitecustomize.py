"""Keep the compiled form of what is imported from archives, as Python does with files, and collect garbage seldom.

Ansible sends modules as archives of source. To compile that takes an emulated processor longer than most modules work.
What they import is no garbage, and to find that out is a twenty-fifth of what their start takes.
"""

import _imp
import contextlib
import gc
import marshal
import os
import zipimport

DIRECTORY = "/var/cache/lab-python"
compile_source = zipimport._compile_source


def remember_source(path, source, *others):
    """The code of a source, found by a hash of it; without the directory, or a right to it, compiled anew."""
    file = f"{DIRECTORY}/{_imp.source_hash(0, source).hex()}"
    code = read_code(file)
    if code is None:
        code = compile_source(path, source, *others)
        keep_code(file, code)
    return code


def read_code(file):
    """What is kept in a file, None where that is nothing whole."""
    try:
        with open(file, "rb") as kept:
            return marshal.loads(kept.read())
    except (OSError, EOFError, ValueError, TypeError):
        return None


def keep_code(file, code):
    """Keep it where that can be had; other processes see it whole or not at all."""
    with contextlib.suppress(OSError):
        with open(f"{file}.{os.getpid()}", "wb") as kept:
            kept.write(marshal.dumps(code))
        os.replace(kept.name, file)


zipimport._compile_source = remember_source
if os.path.isdir(DIRECTORY):
    gc.set_threshold(50_000)
