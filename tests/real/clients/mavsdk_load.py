#!/usr/bin/env python3
"""Reads a .plan with MAVSDK as QGroundControl's, gives it to a PX4 vehicle, and compares what it then holds.

usage: mavsdk_load.py ENDPOINT FILE.plan      (ENDPOINT: tcpout:HOST:PORT)
Prints one JSON object; the exit code is 0 when the vehicle holds what the file says.
"""

import json
import math
import sys

from mavsdk import ComponentType, Configuration, Mavsdk
from mavsdk.plugins.mission_raw import MissionRaw

POSITIONS = (16, 17, 18, 19, 21, 22, 31, 82, 84, 85)


def number(value):
    return math.nan if value is None else float(value)


def written(path):
    """Command, parameters and place of each item, from the file itself."""
    with open(path, encoding="utf-8") as file:
        plan = json.load(file)
    items = [(i["command"], [number(p) for p in i["params"]]) for i in plan["mission"]["items"]]
    corners = [c for p in plan["geoFence"]["polygons"] for c in p["polygon"]]
    return items, corners


def close(a, b, within):
    return (math.isnan(a) and math.isnan(b)) or abs(a - b) <= within


def same(item, command, params):
    """PX4 keeps places to 1e-7 degrees and the rest as single floats."""
    ok = item.command == command
    ok = ok and all(close(p, q, 1e-5 * max(1.0, abs(p)))
                    for p, q in zip(params[:4], (item.param1, item.param2, item.param3, item.param4)))
    if command in POSITIONS:
        ok = ok and abs(params[4] * 1e7 - item.x) <= 1.0 and abs(params[5] * 1e7 - item.y) <= 1.0
        ok = ok and abs(params[6] - item.z) < 1e-3
    return ok


def main():
    endpoint, path = sys.argv[1:3]
    scheme, rest = endpoint.split(":", 1)
    sdk = Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION))
    sdk.add_any_connection(f"{scheme}://{rest}")
    system = sdk.first_autopilot(40.0)
    if system is None:
        sys.exit("no autopilot was found")
    raw = MissionRaw(system)
    items, corners = written(path)
    plan = raw.import_qgroundcontrol_mission(path)
    faults = []

    def compare(what, got):
        if len(got) != len(items):
            faults.append(f"{what}: {len(got)} of {len(items)} items")
        faults.extend(f"{what}: {vars(g)} for {c} {p}" for g, (c, p) in zip(got, items) if not same(g, c, p))

    compare("read from the file", plan.mission_items)
    raw.upload_mission(plan.mission_items)
    compare("read back", raw.download_mission())
    raw.upload_geofence(plan.geofence_items)
    fence = raw.download_geofence()
    if [(round(lat * 1e7), round(lon * 1e7)) for lat, lon in corners] != [(f.x, f.y) for f in fence]:
        faults.append(f"fence: {[(f.x, f.y) for f in fence]} for {corners}")
    print(json.dumps({"items": len(items), "fence": len(fence), "different": faults}))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
