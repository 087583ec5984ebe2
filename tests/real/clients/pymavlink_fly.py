#!/usr/bin/env python3
"""Flies a simulated ArduPilot or PX4 vehicle with pymavlink and checks what it answers.

usage: pymavlink_fly.py ENDPOINT --autopilot ardupilot|px4 [--vehicle quad|fixed-wing] [--speed X]

ENDPOINT as pymavlink takes it (udpout:HOST:PORT, udpin:HOST:PORT, tcp:HOST:PORT).
Prints one JSON object; the exit code is 0 when every check passed.
"""

import argparse
import json
import math
import os
import struct
import sys
import threading
import time

os.environ["MAVLINK20"] = "1"
from pymavlink import mavutil  # noqa: E402

mav = mavutil.mavlink
CHECKS = {}
TEXTS = []
PHOTOS = []


def check(name, ok, detail=""):
    CHECKS[name] = bool(ok)
    if not ok:
        print(f"FAILED {name}: {detail}", file=sys.stderr)


class Vehicle:
    def __init__(self, endpoint, speed):
        self.speed = speed
        self.link = mavutil.mavlink_connection(endpoint, source_system=255, dialect="ardupilotmega")
        self.stop = False
        threading.Thread(target=self.beat, daemon=True).start()

    def beat(self):
        while not self.stop:
            self.link.mav.heartbeat_send(mav.MAV_TYPE_GCS, mav.MAV_AUTOPILOT_INVALID, 0, 0, 4)
            time.sleep(max(0.05, 1.0 / self.speed))

    def note(self, m):
        """Keeps what is asserted on later; True for a message of the vehicle."""
        if m is None or m.get_srcSystem() == 255:
            return False
        if m.get_type() == "STATUSTEXT":
            TEXTS.append(m.text)
        if m.get_type() in ("CAMERA_FEEDBACK", "CAMERA_IMAGE_CAPTURED"):
            PHOTOS.append(m)
        return True

    def recv(self, kinds, timeout, match=lambda m: True):
        """The next message of the kinds within `timeout` seconds of the vehicle's time."""
        end = time.time() + timeout / self.speed + 0.5
        while time.time() < end:
            m = self.link.recv_match(blocking=True, timeout=0.2)
            if self.note(m) and m.get_type() in kinds and match(m):
                return m
        return None

    def drain(self):
        """Takes what has come already: late answers must not be taken for new ones."""
        m = self.link.recv_match(blocking=False)
        while m is not None:
            self.note(m)
            m = self.link.recv_match(blocking=False)

    def command(self, command, *params, timeout=5.0):
        params = list(params) + [0.0] * (7 - len(params))
        for confirmation in range(3):
            self.link.mav.command_long_send(1, 1, command, confirmation, *params)
            ack = self.recv(["COMMAND_ACK"], timeout, lambda m: m.command == command)
            if ack is not None:
                return ack.result
        return None

    def rate(self, message, hz):
        return self.command(mav.MAV_CMD_SET_MESSAGE_INTERVAL, message, 1e6 / hz)

    def upload(self, items, kind):
        """Uploads items; the result, and how they were asked for.

        In fast time the vehicle's own time limit (PX4: 5 s) is a blink of the wall clock: begun again when it ran out.
        """
        for _ in range(3):
            result, asked = self.upload_once(items, kind)
            if result not in (None, mav.MAV_MISSION_OPERATION_CANCELLED):
                break
        return result, asked

    def upload_once(self, items, kind):
        asked, answered = set(), {}
        self.drain()
        self.link.mav.mission_count_send(1, 1, len(items), kind)
        while True:
            m = self.recv(["MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK"], 20.0,
                          lambda m: m.mission_type == kind)
            if m is None:
                return None, asked
            if m.get_type() == "MISSION_ACK":
                return m.type, asked
            asked.add(m.get_type())
            # A vehicle in fast time asks again before the answer can be there (PX4: each 250 ms of its own).
            if time.time() - answered.get(m.seq, 0.0) > 0.25:
                answered[m.seq] = time.time()
                self.link.mav.send(items[m.seq])

    def ask(self, question, kinds, match):
        """Asks up to five times, as the mission protocol wants it."""
        for _ in range(5):
            question()
            m = self.recv(kinds, 5.0, match)
            if m is not None:
                return m
        return None

    def download(self, kind):
        count = self.ask(lambda: self.link.mav.mission_request_list_send(1, 1, kind),
                         ["MISSION_COUNT"], lambda m: m.mission_type == kind)
        if count is None:
            return None
        items = []
        for seq in range(count.count):
            item = self.ask(lambda: self.link.mav.mission_request_int_send(1, 1, seq, kind),
                            ["MISSION_ITEM_INT"], lambda m: m.seq == seq and m.mission_type == kind)
            if item is None:
                return None
            items.append(item)
        self.link.mav.mission_ack_send(1, 1, 0, kind)
        return items


def item(seq, frame, command, p1=0.0, p2=0.0, p3=0.0, p4=0.0, x=0, y=0, z=0.0, kind=0):
    return mav.MAVLink_mission_item_int_message(
        1, 1, seq, frame, command, 0, 1, p1, p2, p3, p4, int(x), int(y), z, kind)


def offset(home, north, east):
    lat = home[0] + math.degrees(north / 6378137.0)
    lon = home[1] + math.degrees(east / (6378137.0 * math.cos(math.radians(home[0]))))
    return round(lat * 1e7), round(lon * 1e7)


def survey(home, vehicle, ardupilot):
    """Take-off, two lines with a photo each 25 m, return (or land)."""
    wing = vehicle == "fixed-wing"
    lead, length, up = (90.0, 500.0, 80.0) if wing else (0.0, 150.0, 50.0)
    places = []

    def at(command, north, east, z, p1=0.0, p2=0.0, p3=0.0, p4=0.0):
        x, y = offset(home, north, east)
        places.append((3, command, p1, p2, p3, p4, x, y, z))

    def act(command, p1=0.0, p2=0.0, p3=0.0, p4=0.0):
        places.append((2, command, p1, p2, p3, p4, 0, 0, 0.0))

    at(22, 200.0 if wing else 0.0, 0.0, up)
    for east, a, b in ((0.0, 100.0, 100.0 + length), (60.0, 100.0 + length, 100.0)):
        way = 1.0 if b > a else -1.0
        if wing:
            at(16, a - lead * way, east, up)
        at(16, a, east, up)
        act(206, 25.0, 0.0, 1.0)
        at(16, b + lead * way, east, up)
        act(206, 0.0)
    if wing:
        at(31, -700.0, 0.0, 40.0, p2=70.0)
        at(16, -350.0, 0.0, 40.0)
        at(21, 0.0, 0.0, 0.0)
    else:
        act(20)
    items = []
    if ardupilot:
        x, y = offset(home, 0.0, 0.0)
        items.append(item(0, 0, 16, x=x, y=y, z=home[2]))
    for frame, command, p1, p2, p3, p4, x, y, z in places:
        items.append(item(len(items), frame, command, p1, p2, p3, p4, x, y, z))
    return items, (2 * (int(length + (lead if wing else 0)) // 25 + 1))


def polygon(home, north, south, west, east, command, kind=1):
    corners = [offset(home, n, e) for n, e in ((north, west), (north, east), (south, east), (south, west))]
    return [item(i, 0, command, p1=4.0, x=x, y=y, kind=kind) for i, (x, y) in enumerate(corners)]


def same(sent, read, skip):
    """Places and commands equal; heights within a centimetre (rally of ArduPilot: a metre)."""
    if read is None or len(sent) != len(read):
        return False
    for a, b in list(zip(sent, read))[skip:]:
        if a.command != b.command or a.x != b.x or a.y != b.y or abs(a.z - b.z) > 0.011:
            return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("--autopilot", choices=["ardupilot", "px4"], required=True)
    parser.add_argument("--vehicle", default="quad")
    parser.add_argument("--speed", type=float, default=1.0)
    args = parser.parse_args()
    ardupilot = args.autopilot == "ardupilot"
    wing = args.vehicle == "fixed-wing"
    v = Vehicle(args.endpoint, args.speed)

    beat = v.recv(["HEARTBEAT"], 30.0)
    check("heartbeat", beat is not None and beat.autopilot == (3 if ardupilot else 12), beat)
    if beat is None:
        return finish(v)
    v.link.target_system, v.link.target_component = 1, 1

    # Version and streams.
    check("request_version", v.command(mav.MAV_CMD_REQUEST_MESSAGE, 148) == 0)
    version = v.recv(["AUTOPILOT_VERSION"], 5.0)
    if version is None:
        v.command(mav.MAV_CMD_REQUEST_MESSAGE, 148)
        version = v.recv(["AUTOPILOT_VERSION"], 5.0)
    check("version", version is not None and version.capabilities == (0xfbef if ardupilot else 0xe8ff), version)
    # Unasked telemetry: ArduPilot sends heartbeats only.
    unasked = v.recv(["ATTITUDE"], 3.0)
    check("unasked_streams", (unasked is None) == ardupilot, unasked)
    for message, hz in ((33, 4), (30, 4), (1, 1), (245, 2), (42, 1), (193 if ardupilot else 230, 1)):
        check(f"rate_{message}", v.rate(message, hz) == 0)
    check("stream_comes", v.recv(["ATTITUDE"], 5.0) is not None)

    # Modes that are not there.
    custom = 99
    result = v.command(mav.MAV_CMD_DO_SET_MODE, 1, custom, 0)
    check("unknown_mode", result == (4 if ardupilot else 1), result)
    if ardupilot:
        check("unknown_mode_text", any("No such mode 99" in t for t in TEXTS), TEXTS)
    else:
        check("available_modes", v.command(mav.MAV_CMD_REQUEST_MESSAGE, 435, 0) == 0)

    # Arming is refused until the position is good.
    early = v.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    if early != 0:
        check("refusal_text", any("Arm" in t for t in TEXTS) or v.recv(["STATUSTEXT"], 3.0) is not None, TEXTS)
    if early == 0:
        # Connected after it was ready: nothing to see.
        v.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 0)
    else:
        check("refused_early", early == (4 if ardupilot else 1), early)

    # Parameters: list, read, set.
    v.link.mav.param_request_list_send(1, 1)
    params, count = {}, None
    end = time.time() + 20
    while time.time() < end and (count is None or len(params) < count):
        m = v.recv(["PARAM_VALUE"], 5.0)
        if m is None:
            break
        count = m.param_count
        params[m.param_id] = m
    check("params", count is not None and len(params) == count and count >= 60, f"{len(params)} of {count}")
    name = ("WP_RADIUS" if wing else "RTL_ALT") if ardupilot else "RTL_RETURN_ALT"
    old = params.get(name)
    wanted = 55.0 if wing else (3000.0 if ardupilot else 40.0)
    v.link.mav.param_set_send(1, 1, name.encode(), wanted, old.param_type if old else 9)
    m = v.recv(["PARAM_VALUE"], 5.0, lambda m: m.param_id == name)
    check("param_set", m is not None and abs(m.param_value - wanted) < 1e-6, m)
    if ardupilot:
        v.link.mav.param_request_read_send(1, 1, b"NO_SUCH_PARAM", -1)
        check("unknown_param_silent", v.recv(["PARAM_VALUE"], 2.0) is None)
    else:
        as_int = struct.unpack("<f", struct.pack("<i", 3))[0]
        v.link.mav.param_set_send(1, 1, b"GF_ACTION", as_int, 6)
        m = v.recv(["PARAM_VALUE"], 5.0, lambda m: m.param_id == "GF_ACTION")
        check("param_int_bytes", m is not None and struct.unpack("<i", struct.pack("<f", m.param_value))[0] == 3, m)

    # Wait for the position: ArduPilot by its EKF, PX4 by the arming bit.
    began = time.time()
    if ardupilot:
        ready = v.recv(["EKF_STATUS_REPORT"], 90.0, lambda m: m.flags & 16 and not m.flags & 128)
    else:
        ready = v.recv(["SYS_STATUS"], 90.0, lambda m: m.onboard_control_sensors_health & 0x10000000)
    check("ready", ready is not None)
    ready_s = (time.time() - began) * args.speed
    position = v.recv(["GLOBAL_POSITION_INT"], 10.0, lambda m: m.lat != 0)
    if position is None:
        check("position", False)
        return finish(v)
    home = (position.lat * 1e-7, position.lon * 1e-7, (position.alt - position.relative_alt) / 1000.0)

    # Mission, fence and rally up and back.
    items, photos = survey(home, args.vehicle, ardupilot)
    result, asked = v.upload(items, 0)
    check("mission_upload", result == 0, result)
    check("asked_for", asked == ({"MISSION_REQUEST"} if ardupilot else {"MISSION_REQUEST_INT"}), asked)
    read = v.download(0)
    check("mission_read_back", same(items, read, 1 if ardupilot else 0), read)
    if read and not ardupilot:
        check("frame_6", all(b.frame == 6 for a, b in zip(items, read) if a.frame == 3))
    fence = polygon(home, 1200.0, -1200.0, -900.0, 900.0, 5001)
    result, _ = v.upload(fence, 1)
    check("fence_upload", result == 0, result)
    read = v.download(1)
    check("fence_read_back", same(fence, read, 0), read)
    x, y = offset(home, -20.0, 10.0)
    rally = [item(0, 3, 5100, x=x, y=y, z=30.0, kind=2)]
    result, _ = v.upload(rally, 2)
    check("rally_upload", result == 0, result)
    check("rally_read_back", same(rally, v.download(2), 0))
    bad = polygon(home, 100.0, -100.0, -100.0, 100.0, 5001)[:2]
    for b in bad:
        b.param1 = 2.0
    result, _ = v.upload(bad, 1)
    check("two_vertices_refused", result == 1, result)
    v.link.mav.mission_clear_all_send(1, 1, 2)
    ack = v.recv(["MISSION_ACK"], 5.0, lambda m: m.mission_type == 2)
    check("rally_cleared", ack is not None and ack.type == 0, ack)

    # Arm and start.
    if ardupilot:
        check("guided", v.command(mav.MAV_CMD_DO_SET_MODE, 1, 15 if wing else 4) == 0)
    else:
        v.recv(["NOTHING"], 6.0)  # time for the feasibility check
    arm = v.command(mav.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    check("arm", arm == 0, (arm, TEXTS[-3:]))
    start = v.command(mav.MAV_CMD_MISSION_START)
    check("mission_start", start == 0, (start, TEXTS[-3:]))

    # Fly: follow until disarmed.
    PHOTOS.clear()
    began = time.time()
    top, far, reached, armed, landed = 0.0, 0.0, set(), True, False
    while armed and (time.time() - began) * args.speed < 900:
        m = v.recv(["HEARTBEAT", "GLOBAL_POSITION_INT", "MISSION_ITEM_REACHED", "EXTENDED_SYS_STATE"], 10.0)
        if m is None:
            break
        kind = m.get_type()
        if kind == "HEARTBEAT":
            armed = bool(m.base_mode & 128)
        elif kind == "GLOBAL_POSITION_INT":
            top = max(top, m.relative_alt / 1000.0)
            far = max(far, math.radians(m.lat * 1e-7 - home[0]) * 6378137.0)
            last = m
        elif kind == "MISSION_ITEM_REACHED":
            reached.add(m.seq)
        else:
            landed = m.landed_state == 1
    flown_s = (time.time() - began) * args.speed
    landed = landed or v.recv(["EXTENDED_SYS_STATE"], 5.0, lambda m: m.landed_state == 1) is not None
    check("disarmed", not armed)
    check("landed", landed)
    check("climbed", (45.0 if not wing else 70.0) < top < 110.0, top)
    check("far", far > (240.0 if not wing else 590.0), far)
    check("reached", len(reached) >= 4, reached)
    near = math.hypot(math.radians(last.lat * 1e-7 - home[0]) * 6378137.0,
                      math.radians(last.lon * 1e-7 - home[1]) * 6378137.0 * math.cos(math.radians(home[0])))
    check("came_home", near < (60.0 if wing else 5.0), near)
    indices = [m.img_idx if ardupilot else m.image_index for m in PHOTOS]
    check("photos", abs(len(indices) - photos) <= (6 if wing else 2), (len(indices), photos))
    check("photo_indices", indices == list(range(indices[0], indices[0] + len(indices))) if indices else False, indices)
    finish(v, ready_s=round(ready_s), flown_s=round(flown_s), photos=len(indices), params=len(params), home_m=round(near, 1))


def finish(v, **facts):
    v.stop = True
    failed = [name for name, ok in CHECKS.items() if not ok]
    print(json.dumps({"checks": len(CHECKS), "failed": failed, **facts, "texts": TEXTS[-12:] if failed else []}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
