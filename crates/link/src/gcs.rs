//! The ground's side of the services.

use crate::messages::MissionItemInt;
use crate::quirks::PlanKind;
use whimbrel_mission::Item;

/// An item with its address.
#[must_use]
pub fn item_int(peer: (u8, u8), seq: u16, plan: PlanKind, item: &Item) -> MissionItemInt {
    let [param1, param2, param3, param4] = item.params;
    MissionItemInt {
        target_system: peer.0,
        target_component: peer.1,
        seq,
        frame: item.frame,
        command: item.command,
        current: 0,
        autocontinue: u8::from(item.autocontinue),
        param1,
        param2,
        param3,
        param4,
        x: item.x,
        y: item.y,
        z: item.z,
        mission_type: plan.mav(),
    }
}
