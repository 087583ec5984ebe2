#!/usr/bin/env python3
"""Gives a .waypoints file to a vehicle with MAVProxy, lists it, and compares what the vehicle then holds.

usage: mavproxy_load.py ENDPOINT FILE.waypoints      (ENDPOINT: tcp:HOST:PORT)
Prints one JSON object; the exit code is 0 when the vehicle holds what the file says.
MAVProxy (GPL) runs as a process of its own, without its windows; nothing of it is part of Whimbrel.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

POSITIONS = (16, 17, 18, 19, 21, 22, 31, 82, 84, 85)


class Proxy:
    """MAVProxy behind a pipe; what it says is kept."""

    def __init__(self, endpoint, folder):
        program = os.path.join(os.path.dirname(sys.executable), "mavproxy.py")
        self.said, self.lines = [], queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, program, f"--master={endpoint}", f"--state-basedir={folder}", "--default-modules=wp"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
            cwd=folder, env={**os.environ, "HOME": folder, "PYTHONUNBUFFERED": "1"})
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def until(self, words, seconds):
        """Waits for a line with the words; stops with an error when it does not come."""
        end = time.time() + seconds
        while time.time() < end:
            try:
                line = self.lines.get(timeout=0.2)
            except queue.Empty:
                continue
            if line is None:
                break
            self.said.append(line.rstrip())
            if words in line:
                return line
        sys.exit(f"MAVProxy did not say {words!r}; its last words: " + " | ".join(self.said[-12:]))

    def do(self, command):
        self.process.stdin.write(command + "\n")

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def rows(path):
    with open(path, encoding="ascii") as file:
        assert file.readline().strip() == "QGC WPL 110", path
        return [[float(word) for word in line.split()] for line in file if line.strip()]


def different(sent, back):
    """What is not the same, home apart: MAVProxy writes six decimals, ArduPilot keeps heights in centimetres."""
    if len(sent) != len(back):
        return [f"{len(sent)} rows sent, {len(back)} came back"]
    faults = []
    for a, b in list(zip(sent, back))[1:]:
        same = a[3] == b[3] and abs(a[8] - b[8]) < 1e-6 and abs(a[9] - b[9]) < 1e-6 and abs(a[10] - b[10]) < 0.011
        same = same and all(abs(p - q) <= 1e-6 + 1e-6 * abs(p) for p, q in zip(a[4:8], b[4:8]))
        # The frame says something about places only; of other commands ArduPilot keeps none.
        if not same or (a[3] in POSITIONS and a[2] != b[2]):
            faults.append(f"{a} came back as {b}")
    return faults


def main():
    endpoint, path = sys.argv[1:3]
    sent = rows(path)
    with tempfile.TemporaryDirectory() as folder:
        proxy = Proxy(endpoint, folder)
        proxy.until("online system", 40)
        for _ in range(10):
            proxy.do(f"wp load {path}")
            proxy.until(f"Loaded {len(sent)} waypoints", 20)
            # ArduPilot refuses everything ("Only 0 items are supported") until its storage is up.
            if "NO_SPACE" not in proxy.until("MISSION_ACK: TYPE_MISSION: ", 60):
                break
            time.sleep(1)
        if "ACCEPTED" not in proxy.said[-1]:
            sys.exit(f"the mission was refused: {proxy.said[-1]}")
        proxy.do("wp list")
        proxy.until(f"Requesting {len(sent)} waypoints", 20)
        proxy.until(f"Saved {len(sent)} waypoints", 60)
        back = os.path.join(folder, "back.waypoints")
        proxy.do(f"wp save {back}")
        proxy.until(back, 60)
        proxy.end()
        faults = different(sent, rows(back))
    print(json.dumps({"items": len(sent), "different": faults}))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
