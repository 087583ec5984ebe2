//! Sensor widths of cameras that tell their focal length but not their sensor.
//!
//! From the makers' data sheets: format (1/2.3″, 1″, …) and its customary active width.

/// (part of the model's name, sensor width in mm).
const SENSORS: &[(&str, f64)] = &[
    ("ELPH 300 HS", 6.17), // 1/2.3″
    ("IXUS 220 HS", 6.17), // the same camera elsewhere
    ("FC220", 6.17),       // Mavic Pro, 1/2.3″
    ("FC300", 6.17),       // Phantom 3 (FC300S, FC300X, FC300C), 1/2.3″
    ("FC330", 6.17),       // Phantom 4, 1/2.3″
    ("FC350", 6.17),       // Zenmuse X3, 1/2.3″
    ("FC6310", 13.2),      // Phantom 4 Pro, 1″
    ("FC6360", 4.87),      // Phantom 4 Multispectral, 1/2.9″
    ("FC6510", 13.0),      // Zenmuse X4S, 1″
    ("FC6520", 17.3),      // Zenmuse X5S, four thirds
    ("FC7203", 6.17),      // Mavic Mini, 1/2.3″
    ("FC7303", 6.17),      // Mini 2, 1/2.3″
    ("FC3170", 6.4),       // Mavic Air 2, 1/2″
    ("FC3411", 13.2),      // Air 2S, 1″
    ("L1D-20c", 13.2),     // Mavic 2 Pro, 1″
    ("L2D-20c", 17.3),     // Mavic 3, four thirds
    ("M3E", 17.3),         // Mavic 3 Enterprise, four thirds
    ("ZenmuseP1", 35.9),   // full frame
    ("ILCE-6000", 23.5),   // APS-C
    ("ILCE-6100", 23.5),   // APS-C
    ("ILCE-7R", 35.9),     // full frame
    ("DSC-RX1R", 35.9),    // full frame
    ("DSC-RX0", 13.2),     // 1″
    ("DSC-WX220", 6.17),   // 1/2.3″, eBee
    ("EP600", 13.2),       // 1″
    ("GR III", 23.5),      // APS-C
];

/// The sensor's width by the camera's name.
pub(crate) fn sensor_width_mm(model: &str) -> Option<f64> {
    SENSORS
        .iter()
        .find(|(name, _)| model.contains(name))
        .map(|(_, width)| *width)
}
