//! QGC WPL 110, the `.waypoints` text format (mavlink.io, "File formats"):
//! tab-separated index, current, frame, command, four parameters, x, y, z,
//! autocontinue. Row 0 is the home place, as ArduPilot's tools write it.

use super::FormatError;
use super::limits::{MAX_ITEMS, check_size};
use crate::item::{Item, command, degrees_e7, frame};
use crate::mission::Mission;
use core::fmt::Write as _;
use whimbrel_geo::{Amsl, Height, LatLon, Position};

const FORMAT: &str = "QGC WPL 110";

/// Writes a mission. Fence and rally points have no place in this format.
#[must_use]
pub fn write(mission: &Mission) -> Vec<u8> {
    let mut text = String::from("QGC WPL 110\n");
    let home = mission.home.or_else(|| mission.path().first().copied());
    let home = home.map_or_else(
        || Item::action(command::NAV_WAYPOINT, [0.0; 4]),
        |home| Item::at(command::NAV_WAYPOINT, home, [0.0; 4]),
    );
    let home = Item {
        frame: frame::GLOBAL,
        ..home
    };
    for (index, item) in core::iter::once(&home).chain(&mission.items).enumerate() {
        // The readers of this format know no NaN; 0 means "the autopilot's own"
        // for the yaw of a waypoint there.
        let [p1, p2, p3, p4] = item.params.map(|p| if p.is_nan() { 0.0 } else { p });
        let current = u8::from(index == 0);
        let _ = write!(
            text,
            "{index}\t{current}\t{}\t{}\t{p1}\t{p2}\t{p3}\t{p4}\t",
            item.frame, item.command
        );
        let _ = if frame::is_global(item.frame) {
            write!(
                text,
                "{:.7}\t{:.7}\t",
                f64::from(item.x) / 1e7,
                f64::from(item.y) / 1e7
            )
        } else {
            write!(text, "{}\t{}\t", item.x, item.y)
        };
        let _ = writeln!(text, "{}\t{}", item.z, u8::from(item.autocontinue));
    }
    text.into_bytes()
}

/// Reads a mission; row 0 becomes its home.
///
/// # Errors
/// The line that does not fit.
pub fn read(bytes: &[u8]) -> Result<Mission, FormatError> {
    check_size(bytes)?;
    let syntax = |line: usize, reason: &str| FormatError::Syntax {
        format: FORMAT,
        place: format!("line {line}"),
        reason: reason.into(),
    };
    let text = core::str::from_utf8(bytes).map_err(|_| syntax(1, "not UTF-8 text"))?;
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    match lines.next() {
        Some((_, first)) if first.trim() == "QGC WPL 110" => {}
        _ => return Err(syntax(1, "the first line is not \"QGC WPL 110\"")),
    }
    let mut mission = Mission::default();
    let mut rows = 0_usize;
    for (index, line) in lines {
        let number = index + 1;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if rows > MAX_ITEMS {
            return Err(FormatError::TooMany {
                what: "items",
                limit: MAX_ITEMS,
            });
        }
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[seq, _current, frame, command, p1, p2, p3, p4, x, y, z, auto] = fields.as_slice()
        else {
            return Err(syntax(number, "not twelve columns"));
        };
        let float = |s: &str| s.parse::<f64>().map_err(|_| syntax(number, "not a number"));
        let seq: usize = seq
            .parse()
            .map_err(|_| syntax(number, "index is not a number"))?;
        if seq != rows {
            return Err(syntax(number, "indices do not count up from 0"));
        }
        let frame: u8 = frame
            .parse()
            .map_err(|_| syntax(number, "frame is not a number"))?;
        let command = command
            .parse()
            .map_err(|_| syntax(number, "command is not a number"))?;
        let (x, y) = (float(x)?, float(y)?);
        let global = frame::is_global(frame);
        if global && !(x.abs() <= 90.0 && y.abs() <= 180.0) {
            return Err(syntax(number, "latitude or longitude out of range"));
        }
        let item = Item {
            frame,
            command,
            params: [
                float(p1)? as f32,
                float(p2)? as f32,
                float(p3)? as f32,
                float(p4)? as f32,
            ],
            x: if global {
                degrees_e7(x)
            } else {
                x.round() as i32
            },
            y: if global {
                degrees_e7(y)
            } else {
                y.round() as i32
            },
            z: float(z)? as f32,
            autocontinue: auto != "0",
        };
        if rows == 0 {
            let at = LatLon::from_deg(x, y).map_err(|e| syntax(number, &e.to_string()))?;
            if item.x != 0 || item.y != 0 {
                let height = Height::<Amsl>::from_m(f64::from(item.z));
                mission.home = Some(Position::new(at, height));
            }
        } else {
            mission.items.push(item);
        }
        rows += 1;
    }
    Ok(mission)
}
