//! How the demo's processes are started.

use super::setting::{CAMERA, FLEET, Setting};

/// The simulated radio: rate, loss, and how long nothing gets through in the middle of the flight.
const RADIO_BIT_S: f64 = 8e6;
const RADIO_LOSS: &str = "20%";
const OUTAGE_S: f64 = 30.0;

/// Arguments of `whimbrel serve`.
pub fn serve_args(setting: &Setting, listen: &str, mavlink: &str, receive: &str) -> Vec<String> {
    let mut args: Vec<String> = ["serve", "--simulated", "--listen", listen, "--mavlink"]
        .map(str::to_owned)
        .into();
    args.extend([
        format!("udpin:{mavlink}"),
        "--receive".into(),
        format!("udp:{receive}"),
    ]);
    for craft in &FLEET {
        args.extend([
            "--key".into(),
            setting.arg(&format!("keys/{}.key", craft.system)),
        ]);
    }
    args.extend([
        "--data".into(),
        setting.arg("data"),
        "--dem".into(),
        setting.arg("dem.tif"),
    ]);
    args.extend(["--map-gsd".into(), format!("{}m", setting.state.gsd_m)]);
    args.extend(setting.clock_args());
    args
}

/// Arguments of `whimbrel sim`.
pub fn sim_args(
    setting: &Setting,
    mavlink: &str,
    receive: &str,
    radio: &str,
    outage_at_s: f64,
) -> Vec<String> {
    let mut args = vec!["sim".to_owned()];
    for craft in &FLEET {
        let home = setting.home(craft);
        args.extend([
            "--vehicle".into(),
            craft.vehicle.into(),
            "--autopilot".into(),
            craft.autopilot.into(),
        ]);
        args.push(format!(
            "--home={:.7},{:.7},,0",
            home.lat_deg(),
            home.lon_deg()
        ));
    }
    let centre = setting.centre();
    args.push(format!(
        "--landscape-centre={:.7},{:.7}",
        centre.lat_deg(),
        centre.lon_deg()
    ));
    args.extend([
        "--landscape".into(),
        format!("{}m", setting.landscape_side_m()),
    ]);
    args.extend([
        "--seed".into(),
        setting.state.seed.to_string(),
        "--photos".into(),
        setting.arg("photos"),
        "--camera".into(),
        CAMERA.into(),
    ]);
    args.extend([
        "--mavlink".into(),
        format!("udpout:{mavlink}"),
        "--radio".into(),
        format!("udp:{radio}"),
        "--radio-to".into(),
        format!("udp:{receive}"),
    ]);
    args.extend([
        "--rate".into(),
        format!("{RADIO_BIT_S}bit"),
        "--loss".into(),
        RADIO_LOSS.into(),
    ]);
    args.extend(["--outage".into(), format!("{outage_at_s:.0},{OUTAGE_S}")]);
    args.extend(setting.clock_args());
    args
}

/// Arguments of `whimbrel air`.
pub fn air_args(setting: &Setting, system: u8, radio: &str) -> Vec<String> {
    let mut args: Vec<String> = vec![
        "air".into(),
        "--photos".into(),
        setting.arg(&format!("photos/{system}")),
        "--to".into(),
        format!("udp:{radio}"),
    ];
    args.extend([
        "--key".into(),
        setting.arg(&format!("keys/{system}.key")),
        "--name".into(),
        system.to_string(),
    ]);
    args.extend([
        "--rate".into(),
        format!("{}bit", RADIO_BIT_S / FLEET.len() as f64),
    ]);
    args.extend(setting.clock_args());
    args
}
