//! The areas.

use std::path::PathBuf;
use whimbrel_geo::{Ellipsoid, Height, LatLon, LocalFrame, Polygon, Position};
use whimbrel_mission::Area;

/// An area in metres and the distance of lines over it.
pub struct Case {
    pub name: String,
    pub polygon: Polygon,
    pub swath: f64,
}

impl Case {
    pub fn area(&self) -> Area {
        Area::from_polygon(&self.polygon, &frame())
    }
}

pub fn frame() -> LocalFrame {
    let at = LatLon::from_deg(47.4, 8.5).expect("a place");
    LocalFrame::new(Position::new(at, Height::<Ellipsoid>::from_m(0.0)))
}

/// The ten shapes of the shared folder.
pub fn shapes() -> Vec<Case> {
    let Some(bytes) = shared("fields/shapes.json") else {
        return Vec::new();
    };
    let json: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bytes).expect("shapes.json");
    json.iter()
        .map(|(name, shape)| {
            let rings: Vec<Vec<[f64; 2]>> =
                serde_json::from_value(shape["rings"].clone()).expect("rings");
            let mut rings = rings.into_iter();
            Case {
                name: name.clone(),
                polygon: Polygon {
                    outer: rings.next().unwrap_or_default(),
                    holes: rings.collect(),
                },
                swath: shape["spacing_m"].as_f64().expect("spacing"),
            }
        })
        .collect()
}

/// A file of the shared data folder.
pub fn shared(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("WHIMBREL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("data").join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!(
            "skipped: {} is missing (set WHIMBREL_SHARED)",
            path.display()
        );
    }
    bytes
}
