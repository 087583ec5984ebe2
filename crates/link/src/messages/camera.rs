//! Messages: cameras and their photos. Names, order, types and units of fields as in the
//! MAVLink definitions (mavlink.io, `common.xml` and `ardupilotmega.xml`).

use crate::wire::{Text, messages};

messages! {
    112 CAMERA_TRIGGER CameraTrigger {
        time_usec: u64 = "us",
        seq: u32,
    }
    180 CAMERA_FEEDBACK CameraFeedback {
        time_usec: u64 = "us",
        target_system: u8,
        cam_idx: u8,
        img_idx: u16,
        lat: i32 = "degE7",
        lng: i32 = "degE7",
        alt_msl: f32 = "m",
        alt_rel: f32 = "m",
        roll: f32 = "deg",
        pitch: f32 = "deg",
        yaw: f32 = "deg",
        foc_len: f32 = "mm",
        flags: u8 = "CAMERA_FEEDBACK_FLAGS",
    } extensions {
        completed_captures: u16,
    }
    259 CAMERA_INFORMATION CameraInformation {
        time_boot_ms: u32 = "ms",
        vendor_name: [u8; 32],
        model_name: [u8; 32],
        firmware_version: u32,
        focal_length: f32 = "mm",
        sensor_size_h: f32 = "mm",
        sensor_size_v: f32 = "mm",
        resolution_h: u16 = "pix",
        resolution_v: u16 = "pix",
        lens_id: u8,
        flags: u32 = "CAMERA_CAP_FLAGS",
        cam_definition_version: u16,
        cam_definition_uri: Text<140>,
    } extensions {
        gimbal_device_id: u8,
        camera_device_id: u8,
    }
    260 CAMERA_SETTINGS CameraSettings {
        time_boot_ms: u32 = "ms",
        mode_id: u8 = "CAMERA_MODE",
    } extensions {
        zoomLevel: f32,
        focusLevel: f32,
        camera_device_id: u8,
    }
    261 STORAGE_INFORMATION StorageInformation {
        time_boot_ms: u32 = "ms",
        storage_id: u8,
        storage_count: u8,
        status: u8 = "STORAGE_STATUS",
        total_capacity: f32 = "MiB",
        used_capacity: f32 = "MiB",
        available_capacity: f32 = "MiB",
        read_speed: f32 = "MiB/s",
        write_speed: f32 = "MiB/s",
    } extensions {
        r#type: u8 = "STORAGE_TYPE",
        name: Text<32>,
        storage_usage: u8 = "STORAGE_USAGE_FLAG",
    }
    262 CAMERA_CAPTURE_STATUS CameraCaptureStatus {
        time_boot_ms: u32 = "ms",
        image_status: u8,
        video_status: u8,
        image_interval: f32 = "s",
        recording_time_ms: u32 = "ms",
        available_capacity: f32 = "MiB",
    } extensions {
        image_count: i32,
        camera_device_id: u8,
    }
    263 CAMERA_IMAGE_CAPTURED CameraImageCaptured {
        time_boot_ms: u32 = "ms",
        time_utc: u64 = "us",
        camera_id: u8,
        lat: i32 = "degE7",
        lon: i32 = "degE7",
        alt: i32 = "mm",
        relative_alt: i32 = "mm",
        q: [f32; 4],
        image_index: i32,
        capture_result: i8 = "MAV_BOOL",
        file_url: Text<205>,
    }
}
