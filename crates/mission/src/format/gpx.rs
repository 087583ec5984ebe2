//! GPX 1.0 and 1.1 (topografix.com/gpx/1/1): tracks and routes as lines.
//! Waypoints are passed over.

use super::FormatError;
use super::found::Gathered;
use super::xml::{Piece, Walk, attribute};
use whimbrel_geo::LatLon;

const FORMAT: &str = "GPX";
/// Longest name that is kept, characters.
const MAX_NAME: usize = 200;

/// Reads each `trkseg` and each `rte` as one line.
pub(crate) fn read_into(bytes: &[u8], into: &mut Gathered) -> Result<(), FormatError> {
    let mut walk = Walk::new(bytes, FORMAT)?;
    let mut name = String::new();
    let mut places: Vec<LatLon> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut waypoints = 0_usize;
    while let Some(piece) = walk.next()? {
        match piece {
            Piece::Start(element) => {
                let local = element.local_name().as_ref().to_owned();
                match local.as_str() {
                    "trk" | "rte" => name.clear(),
                    "trkpt" | "rtept" => {
                        let number = |key| attribute(&element, key)?.parse::<f64>().ok();
                        let (Some(lat), Some(lon)) = (number("lat"), number("lon")) else {
                            return Err(walk.syntax(format!(
                                "a {local} has no numbers in its attributes lat and lon"
                            )));
                        };
                        into.vertices(1)?;
                        places.push(
                            LatLon::from_deg(lat, lon).map_err(|e| walk.syntax(e.to_string()))?,
                        );
                    }
                    "wpt" => waypoints += 1,
                    _ => {}
                }
                path.push(local);
            }
            Piece::Text(text) => {
                if let [.., parent, last] = path.as_slice()
                    && last == "name"
                    && (parent == "trk" || parent == "rte")
                {
                    let room = MAX_NAME.saturating_sub(name.chars().count());
                    name.extend(text.chars().take(room));
                }
            }
            Piece::End(element) => {
                path.pop();
                if element == "trkseg" || element == "rte" {
                    into.line(name.trim(), core::mem::take(&mut places), None, true)?;
                }
            }
        }
    }
    if waypoints > 0 {
        into.note(format!(
            "{waypoints} waypoints of the GPX file are passed over"
        ));
    }
    Ok(())
}
