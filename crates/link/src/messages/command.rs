//! Messages: commands and parameters. Names, order, types and units of fields as in the
//! MAVLink definitions (mavlink.io, `common.xml` and `ardupilotmega.xml`).

use crate::wire::{Text, messages};

messages! {
    20 PARAM_REQUEST_READ ParamRequestRead {
        target_system: u8,
        target_component: u8,
        param_id: Text<16>,
        param_index: i16,
    }
    21 PARAM_REQUEST_LIST ParamRequestList {
        target_system: u8,
        target_component: u8,
    }
    22 PARAM_VALUE ParamValue {
        param_id: Text<16>,
        param_value: f32,
        param_type: u8 = "MAV_PARAM_TYPE",
        param_count: u16,
        param_index: u16,
    }
    23 PARAM_SET ParamSet {
        target_system: u8,
        target_component: u8,
        param_id: Text<16>,
        param_value: f32,
        param_type: u8 = "MAV_PARAM_TYPE",
    }
    75 COMMAND_INT CommandInt {
        target_system: u8,
        target_component: u8,
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
    }
    76 COMMAND_LONG CommandLong {
        target_system: u8,
        target_component: u8,
        command: u16 = "MAV_CMD",
        confirmation: u8,
        param1: f32,
        param2: f32,
        param3: f32,
        param4: f32,
        param5: f32,
        param6: f32,
        param7: f32,
    }
    77 COMMAND_ACK CommandAck {
        command: u16 = "MAV_CMD",
        result: u8 = "MAV_RESULT",
    } extensions {
        progress: u8,
        result_param2: i32,
        target_system: u8,
        target_component: u8,
    }
    80 COMMAND_CANCEL CommandCancel {
        target_system: u8,
        target_component: u8,
        command: u16 = "MAV_CMD",
    }
    110 FILE_TRANSFER_PROTOCOL FileTransferProtocol {
        target_network: u8,
        target_system: u8,
        target_component: u8,
        payload: [u8; 251],
    }
    345 PARAM_ERROR ParamError {
        target_system: u8,
        target_component: u8,
        param_id: Text<16>,
        param_index: i16,
        error: u8 = "MAV_PARAM_ERROR",
    }
}
