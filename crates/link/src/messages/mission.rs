//! Messages: missions, fences and rally points. Names, order, types and units of fields as in the
//! MAVLink definitions (mavlink.io, `common.xml` and `ardupilotmega.xml`).

use crate::wire::messages;

messages! {
    37 MISSION_REQUEST_PARTIAL_LIST MissionRequestPartialList {
        target_system: u8,
        target_component: u8,
        start_index: i16,
        end_index: i16,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
    }
    38 MISSION_WRITE_PARTIAL_LIST MissionWritePartialList {
        target_system: u8,
        target_component: u8,
        start_index: i16,
        end_index: i16,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
    }
    39 MISSION_ITEM MissionItem {
        target_system: u8,
        target_component: u8,
        seq: u16,
        frame: u8 = "MAV_FRAME",
        command: u16 = "MAV_CMD",
        current: u8,
        autocontinue: u8,
        param1: f32,
        param2: f32,
        param3: f32,
        param4: f32,
        x: f32,
        y: f32,
        z: f32,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
    }
    40 MISSION_REQUEST MissionRequest {
        target_system: u8,
        target_component: u8,
        seq: u16,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
    }
    41 MISSION_SET_CURRENT MissionSetCurrent {
        target_system: u8,
        target_component: u8,
        seq: u16,
    }
    42 MISSION_CURRENT MissionCurrent {
        seq: u16,
    } extensions {
        total: u16,
        mission_state: u8 = "MISSION_STATE",
        mission_mode: u8,
        mission_id: u32,
        fence_id: u32,
        rally_points_id: u32,
    }
    43 MISSION_REQUEST_LIST MissionRequestList {
        target_system: u8,
        target_component: u8,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
    }
    44 MISSION_COUNT MissionCount {
        target_system: u8,
        target_component: u8,
        count: u16,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
        opaque_id: u32,
    }
    45 MISSION_CLEAR_ALL MissionClearAll {
        target_system: u8,
        target_component: u8,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
    }
    46 MISSION_ITEM_REACHED MissionItemReached {
        seq: u16,
    }
    47 MISSION_ACK MissionAck {
        target_system: u8,
        target_component: u8,
        r#type: u8 = "MAV_MISSION_RESULT",
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
        opaque_id: u32,
    }
    51 MISSION_REQUEST_INT MissionRequestInt {
        target_system: u8,
        target_component: u8,
        seq: u16,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
    }
    73 MISSION_ITEM_INT MissionItemInt {
        target_system: u8,
        target_component: u8,
        seq: u16,
        frame: u8 = "MAV_FRAME",
        command: u16 = "MAV_CMD",
        current: u8,
        autocontinue: u8,
        param1: f32,
        param2: f32,
        param3: f32,
        param4: f32,
        x: i32,
        y: i32,
        z: f32,
    } extensions {
        mission_type: u8 = "MAV_MISSION_TYPE",
    }
    162 FENCE_STATUS FenceStatus {
        breach_status: u8,
        breach_count: u16,
        breach_type: u8 = "FENCE_BREACH",
        breach_time: u32 = "ms",
    } extensions {
        breach_mitigation: u8 = "FENCE_MITIGATE",
    }
}
