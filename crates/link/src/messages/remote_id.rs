//! Messages: Open Drone ID (remote identification). Names, order, types and units of fields as in the
//! MAVLink definitions (mavlink.io, `common.xml` and `ardupilotmega.xml`).

use crate::wire::{Text, messages};

messages! {
    12900 OPEN_DRONE_ID_BASIC_ID OpenDroneIdBasicId {
        target_system: u8,
        target_component: u8,
        id_or_mac: [u8; 20],
        id_type: u8 = "MAV_ODID_ID_TYPE",
        ua_type: u8 = "MAV_ODID_UA_TYPE",
        uas_id: [u8; 20],
    }
    12901 OPEN_DRONE_ID_LOCATION OpenDroneIdLocation {
        target_system: u8,
        target_component: u8,
        id_or_mac: [u8; 20],
        status: u8 = "MAV_ODID_STATUS",
        direction: u16 = "cdeg",
        speed_horizontal: u16 = "cm/s",
        speed_vertical: i16 = "cm/s",
        latitude: i32 = "degE7",
        longitude: i32 = "degE7",
        altitude_barometric: f32 = "m",
        altitude_geodetic: f32 = "m",
        height_reference: u8 = "MAV_ODID_HEIGHT_REF",
        height: f32 = "m",
        horizontal_accuracy: u8 = "MAV_ODID_HOR_ACC",
        vertical_accuracy: u8 = "MAV_ODID_VER_ACC",
        barometer_accuracy: u8 = "MAV_ODID_VER_ACC",
        speed_accuracy: u8 = "MAV_ODID_SPEED_ACC",
        timestamp: f32 = "s",
        timestamp_accuracy: u8 = "MAV_ODID_TIME_ACC",
    }
    12902 OPEN_DRONE_ID_AUTHENTICATION OpenDroneIdAuthentication {
        target_system: u8,
        target_component: u8,
        id_or_mac: [u8; 20],
        authentication_type: u8 = "MAV_ODID_AUTH_TYPE",
        data_page: u8,
        last_page_index: u8,
        length: u8 = "bytes",
        timestamp: u32 = "s",
        authentication_data: [u8; 23],
    }
    12903 OPEN_DRONE_ID_SELF_ID OpenDroneIdSelfId {
        target_system: u8,
        target_component: u8,
        id_or_mac: [u8; 20],
        description_type: u8 = "MAV_ODID_DESC_TYPE",
        description: Text<23>,
    }
    12904 OPEN_DRONE_ID_SYSTEM OpenDroneIdSystem {
        target_system: u8,
        target_component: u8,
        id_or_mac: [u8; 20],
        operator_location_type: u8 = "MAV_ODID_OPERATOR_LOCATION_TYPE",
        classification_type: u8 = "MAV_ODID_CLASSIFICATION_TYPE",
        operator_latitude: i32 = "degE7",
        operator_longitude: i32 = "degE7",
        area_count: u16,
        area_radius: u16 = "m",
        area_ceiling: f32 = "m",
        area_floor: f32 = "m",
        category_eu: u8 = "MAV_ODID_CATEGORY_EU",
        class_eu: u8 = "MAV_ODID_CLASS_EU",
        operator_altitude_geo: f32 = "m",
        timestamp: u32 = "s",
    }
    12905 OPEN_DRONE_ID_OPERATOR_ID OpenDroneIdOperatorId {
        target_system: u8,
        target_component: u8,
        id_or_mac: [u8; 20],
        operator_id_type: u8 = "MAV_ODID_OPERATOR_ID_TYPE",
        operator_id: Text<20>,
    }
    12918 OPEN_DRONE_ID_ARM_STATUS OpenDroneIdArmStatus {
        status: u8 = "MAV_ODID_ARM_STATUS",
        error: Text<50>,
    }
    12919 OPEN_DRONE_ID_SYSTEM_UPDATE OpenDroneIdSystemUpdate {
        target_system: u8,
        target_component: u8,
        operator_latitude: i32 = "degE7",
        operator_longitude: i32 = "degE7",
        operator_altitude_geo: f32 = "m",
        timestamp: u32 = "s",
    }
}
