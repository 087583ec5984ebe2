"""A vehicle made of MAVSDK's server plugins: takes missions, arms, starts.

Usage: mavsdk_vehicle.py PORT. Prints what it was given, one line each.
"""
import sys
import time

from mavsdk.component_type import ComponentType
from mavsdk.mavsdk import Configuration, Mavsdk
from mavsdk.plugins.action_server import ActionServer
from mavsdk.plugins.mission_raw_server import MissionRawServer

vehicle = Mavsdk(Configuration.create_with_component_type(ComponentType.AUTOPILOT))
result = vehicle.add_any_connection(f"udpout://127.0.0.1:{sys.argv[1]}")
print("connection", result, flush=True)
component = vehicle.server_component()
missions = MissionRawServer(component)
actions = ActionServer(component)
actions.set_armable(True, True)
actions.set_disarmable(True, True)


def incoming(*given):
    plan = given[1] if len(given) > 1 else given[0]
    items = getattr(plan, "mission_items", [])
    print("mission", len(items), flush=True)


missions.subscribe_incoming_mission(incoming)
time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 60)
