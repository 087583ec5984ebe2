//! Documents under construction.

use crate::Area;
use serde_json::{Map, Value, json};
use whimbrel_geo::{Amsl, Position};

/// A GeoJSON document under construction.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    features: Vec<Value>,
}

impl Writer {
    /// Adds a line with its heights as third coordinate.
    pub fn line(&mut self, points: &[Position<Amsl>], properties: Map<String, Value>) {
        let coordinates: Vec<Value> = points.iter().map(position).collect();
        self.feature("LineString", Value::Array(coordinates), properties);
    }

    /// Adds a point with its height as third coordinate.
    pub fn point(&mut self, point: &Position<Amsl>, properties: Map<String, Value>) {
        self.feature("Point", position(point), properties);
    }

    /// Adds an area.
    pub fn area(&mut self, area: &Area, properties: Map<String, Value>) {
        let rings: Vec<Value> = core::iter::once(&area.outer)
            .chain(&area.holes)
            .map(|ring| {
                let closed = ring.iter().chain(ring.first());
                closed
                    .map(|at| json!([degrees(at.lon_deg()), degrees(at.lat_deg())]))
                    .collect()
            })
            .collect();
        self.feature("Polygon", Value::Array(rings), properties);
    }

    fn feature(&mut self, kind: &str, coordinates: Value, properties: Map<String, Value>) {
        self.features.push(json!({
            "type": "Feature",
            "properties": properties,
            "geometry": { "type": kind, "coordinates": coordinates },
        }));
    }

    /// The document.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let document = json!({ "type": "FeatureCollection", "features": self.features });
        let mut bytes = document.to_string().into_bytes();
        bytes.push(b'\n');
        bytes
    }
}

fn position(p: &Position<Amsl>) -> Value {
    let height = (p.height.m() * 1000.0).round() / 1000.0;
    json!([degrees(p.at.lon_deg()), degrees(p.at.lat_deg()), height])
}

/// Nine decimals: 0.1 mm, and no digits that mean nothing.
fn degrees(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}
