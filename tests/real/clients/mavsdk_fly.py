#!/usr/bin/env python3
"""Flies a simulated PX4 multirotor with MAVSDK-Python and checks what it answers.

usage: mavsdk_fly.py ENDPOINT [--speed X]      (ENDPOINT: udpout:HOST:PORT, udpin:HOST:PORT)
Prints one JSON object; the exit code is 0 when every check passed.
"""

import argparse
import json
import math
import sys
import time

from mavsdk import ComponentType, Configuration, Mavsdk
from mavsdk.plugins.action import Action
from mavsdk.plugins.info import Info
from mavsdk.plugins.mavlink_direct import MavlinkDirect
from mavsdk.plugins.mission_raw import MissionItem, MissionRaw
from mavsdk.plugins.param import Param
from mavsdk.plugins.telemetry import FlightMode, LandedState, Telemetry

CHECKS = {}


def check(name, ok, detail=""):
    CHECKS[name] = bool(ok)
    if not ok:
        print(f"FAILED {name}: {detail}", file=sys.stderr)
    return ok


def wait(until, seconds):
    end = time.time() + seconds
    while time.time() < end:
        if until():
            return True
        time.sleep(0.02)
    return False


def attempt(name, call, *args):
    try:
        result = call(*args)
        CHECKS[name] = True
        return result
    except Exception as error:  # every MAVSDK error fails the check
        check(name, False, repr(error))
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("--autopilot", default="px4")
    parser.add_argument("--vehicle", default="quad")
    parser.add_argument("--speed", type=float, default=1.0)
    args = parser.parse_args()
    scheme, rest = args.endpoint.split(":", 1)
    sdk = Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION))
    sdk.add_any_connection(f"{scheme}://{rest}")
    system = sdk.first_autopilot(20.0)
    if not check("discovered", system is not None):
        return finish()
    action, telemetry = Action(system), Telemetry(system)
    raw, param, info = MissionRaw(system), Param(system), Info(system)
    photos = []
    direct = MavlinkDirect(system)
    direct.subscribe_message("CAMERA_IMAGE_CAPTURED", lambda m, _: photos.append(json.loads(m.fields_json)))

    version = attempt("version", info.get_version)
    check("version_1_18", version is not None and (version.flight_sw_major, version.flight_sw_minor) == (1, 18), version)
    attempt("takeoff_altitude", action.set_takeoff_altitude, 20.0)
    check("takeoff_altitude_back", abs(attempt("get_takeoff_altitude", action.get_takeoff_altitude) - 20.0) < 1e-3)
    attempt("param_set_int", param.set_param_int, "COM_LOW_BAT_ACT", 2)
    check("param_int", attempt("param_get_int", param.get_param_int, "COM_LOW_BAT_ACT") == 2)
    everything = attempt("all_params", param.get_all_params)
    if everything is not None:
        count = len(everything.int_params) + len(everything.float_params)
        check("param_count", count >= 60, count)

    check("health_all_ok", wait(telemetry.health_all_ok, 30 + 40 / args.speed), telemetry.health())
    home = telemetry.home()
    check("home", abs(home.latitude_deg) > 0.1, home)

    def at(north, east):
        lat = home.latitude_deg + math.degrees(north / 6378137.0)
        lon = home.longitude_deg + math.degrees(east / (6378137.0 * math.cos(math.radians(home.latitude_deg))))
        return round(lat * 1e7), round(lon * 1e7)

    items = []

    def add(frame, command, p1=0.0, p2=0.0, p3=0.0, p4=math.nan, x=0, y=0, z=0.0):
        items.append(MissionItem(len(items), frame, command, 1 if not items else 0, 1, p1, p2, p3, p4, x, y, z, 0))

    x, y = at(0, 0)
    add(6, 22, x=x, y=y, z=40.0)
    for north, east, distance in ((60, 0, 20.0), (160, 0, 0.0), (160, 40, 20.0), (60, 40, 0.0)):
        x, y = at(north, east)
        add(6, 16, x=x, y=y, z=40.0)
        add(2, 206, p1=distance, p3=1.0 if distance else 0.0, p4=0.0)
    add(2, 20, p4=0.0)
    attempt("mission_upload", raw.upload_mission, items)
    back = attempt("mission_download", raw.download_mission) or []
    check("mission_equal", [(i.command, i.x, i.y, i.z) for i in back] == [(i.command, i.x, i.y, i.z) for i in items], back)
    fence_items = []
    for i, (north, east) in enumerate(((400, -200), (400, 300), (-200, 300), (-200, -200))):
        fx, fy = at(north, east)
        fence_items.append(MissionItem(i, 5, 5001, 0, 1, 4.0, 0.0, 0.0, 0.0, fx, fy, 0.0, 1))
    attempt("fence_upload", raw.upload_geofence, fence_items)
    back = attempt("fence_download", raw.download_geofence) or []
    check("fence_equal", [(i.command, i.x, i.y) for i in back] == [(i.command, i.x, i.y) for i in fence_items], back)
    rx, ry = at(-10, 10)
    attempt("rally_upload", raw.upload_rally_points, [MissionItem(0, 6, 5100, 0, 1, 0.0, 0.0, 0.0, 0.0, rx, ry, 30.0, 2)])

    back = attempt("rally_download", raw.download_rallypoints) or []
    check("rally_equal", [(i.command, i.x, i.y, i.z) for i in back] == [(5100, rx, ry, 30.0)], back)

    time.sleep(6.0 / args.speed)
    attempt("arm", action.arm)
    attempt("start_mission", raw.start_mission)
    check("mission_mode", wait(lambda: telemetry.flight_mode() == FlightMode.MISSION, 5), telemetry.flight_mode())
    check("in_air", wait(telemetry.in_air, 10 + 30 / args.speed))
    top = 0.0

    def north_of_home():
        nonlocal top
        p = telemetry.position()
        top = max(top, p.relative_altitude_m)
        return math.radians(p.latitude_deg - home.latitude_deg) * 6378137.0

    check("flies_the_line", wait(lambda: north_of_home() > 100.0, 20 + 120 / args.speed), north_of_home())
    check("height", abs(telemetry.position().relative_altitude_m - 40.0) < 4.0, telemetry.position())
    # Hold in the middle, go on, then come home by order.
    attempt("hold", action.hold)
    check("hold_mode", wait(lambda: telemetry.flight_mode() == FlightMode.HOLD, 5), telemetry.flight_mode())
    attempt("continue", raw.start_mission)
    check("mission_again", wait(lambda: telemetry.flight_mode() == FlightMode.MISSION, 5), telemetry.flight_mode())
    check("end_of_line", wait(lambda: north_of_home() > 150.0, 20 + 60 / args.speed), north_of_home())
    check("photos", len(photos) >= 4 and [p["image_index"] for p in photos] == list(range(len(photos))), photos[:3])
    attempt("return", action.return_to_launch)
    check("return_mode", wait(lambda: telemetry.flight_mode() == FlightMode.RETURN_TO_LAUNCH, 5), telemetry.flight_mode())
    check("landed", wait(lambda: telemetry.landed_state() == LandedState.ON_GROUND, 30 + 240 / args.speed), telemetry.landed_state())
    check("disarmed", wait(lambda: not telemetry.armed(), 10 + 30 / args.speed))

    # Take off and land by order, without a mission.
    attempt("arm_again", action.arm)
    attempt("takeoff", action.takeoff)
    reached = wait(lambda: telemetry.position().relative_altitude_m > 17.0, 10 + 60 / args.speed)
    check("takeoff_height", reached, telemetry.position())
    attempt("land", action.land)
    check("disarmed_again", wait(lambda: not telemetry.armed(), 20 + 120 / args.speed), telemetry.landed_state())
    battery = telemetry.battery()
    check("battery", 0.0 < battery.remaining_percent <= 100.0 and battery.voltage_v > 15.0, battery)
    finish(top_m=round(top, 1), battery_v=round(battery.voltage_v, 2), photos=len(photos))


def finish(**facts):
    failed = [name for name, ok in CHECKS.items() if not ok]
    print(json.dumps({"checks": len(CHECKS), "failed": failed, **facts}))
    sys.stdout.flush()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
