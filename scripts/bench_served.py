"""The whole benchmark at the size of 294 small languages: fetched from a server, measured, shown; and killed again and again.

    python3 scripts/bench_served.py PROGRAM FOLDER [KILLS]

PROGRAM makes up vectors of 5,000 x 100 and test sets for all 294 languages in FOLDER/made (1.5 GB in all); a server on this machine serves
the vectors as fastText does. `data fetch` brings them to FOLDER/data, `bench` measures them and writes the page, and the time and the
most memory of both are printed. Then the same is measured in FOLDER/killed with KILLS (20) kills at random moments (seed 1), and the rows of
both runs are compared, sorted, byte for byte.
"""

import http.server
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path


class Handler(http.server.SimpleHTTPRequestHandler):
    """A file of made-up vectors under the name that fastText gives it."""

    def translate_path(self, path):
        name = Path(path).name.removeprefix("wiki.")
        return str(Path(self.directory) / name)

    def log_message(self, *_):
        pass


def timed(name, command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begin
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{name}: {seconds:.0f} s; most memory of any command so far {peak:.0f} MB", flush=True)
    return seconds


def rows(folder):
    return sorted((folder / "results.jsonl").read_bytes().splitlines())


def kill_again_and_again(command, kills, longest):
    rng = random.Random(1)
    for _ in range(kills):
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.05, longest))
        run.send_signal(signal.SIGKILL)
        run.wait()


def main():
    program, folder = os.path.abspath(sys.argv[1]), Path(sys.argv[2])
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    made, data = folder / "made", folder / "data"
    subprocess.run([program, "bench", "--quiet", "--mock=5000x100", "--tasks", "health", "--out", made], check=True, stdout=subprocess.DEVNULL)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=made / "data/vectors"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    shutil.rmtree(data, ignore_errors=True)
    fetch = [program, "data", "fetch", "--quiet", "--all", "--into", data, "--endpoint", endpoint]
    seconds = timed("fetch", fetch)
    for sets in (made / "data").iterdir():
        if sets.name != "vectors":
            shutil.copytree(sets, data / sets.name, dirs_exist_ok=True)
    for out in ("whole", "killed"):
        shutil.rmtree(folder / out, ignore_errors=True)
    bench = [program, "bench", "--quiet", "--from", data, "--out"]
    measured = timed("bench and page", [*bench, folder / "whole"])
    print(f"all: {seconds + measured:.0f} s")
    kill_again_and_again([*bench, folder / "killed"], kills, measured / kills)
    timed(f"the rest after {kills} kills", [*bench, folder / "killed"])
    print("rows are the same" if rows(folder / "killed") == rows(folder / "whole") else "ROWS DIFFER")


main()
