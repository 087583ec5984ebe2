//! GeoJSON (RFC 7946): areas in, plans out.

use super::{FormatError, MAX_AREAS, MAX_VERTICES, check_size};
use crate::Area;
use serde_json::{Map, Value, json};
use whimbrel_geo::{Amsl, LatLon, Position};

const FORMAT: &str = "GeoJSON";

fn syntax(place: &str, reason: impl Into<String>) -> FormatError {
    FormatError::Syntax {
        format: FORMAT,
        place: place.into(),
        reason: reason.into(),
    }
}

/// Reads all polygons: of a FeatureCollection, Feature, Polygon, MultiPolygon
/// or GeometryCollection. Other geometries are passed over.
///
/// # Errors
/// What is wrong and where, or [`FormatError::NoArea`].
pub fn read_areas(bytes: &[u8]) -> Result<Vec<Area>, FormatError> {
    check_size(bytes)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Value = serde_json::from_slice(bytes).map_err(|e| syntax("", e.to_string()))?;
    let mut reader = Reader {
        areas: Vec::new(),
        vertices: 0,
    };
    reader.object(&document, "")?;
    if reader.areas.is_empty() {
        Err(FormatError::NoArea(FORMAT))
    } else {
        Ok(reader.areas)
    }
}

struct Reader {
    areas: Vec<Area>,
    vertices: usize,
}

impl Reader {
    fn object(&mut self, value: &Value, place: &str) -> Result<(), FormatError> {
        let list = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_array)
                .ok_or_else(|| syntax(place, format!("no array \"{key}\"")))
        };
        match value.get("type").and_then(Value::as_str) {
            Some("FeatureCollection") => {
                for (i, feature) in list("features")?.iter().enumerate() {
                    self.object(feature, &format!("{place}features[{i}]."))?;
                }
            }
            Some("Feature") => {
                if let Some(geometry) = value.get("geometry").filter(|g| !g.is_null()) {
                    self.object(geometry, &format!("{place}geometry."))?;
                }
            }
            Some("GeometryCollection") => {
                for (i, geometry) in list("geometries")?.iter().enumerate() {
                    self.object(geometry, &format!("{place}geometries[{i}]."))?;
                }
            }
            Some("Polygon") => self.polygon(list("coordinates")?, place)?,
            Some("MultiPolygon") => {
                for rings in list("coordinates")? {
                    let rings = rings
                        .as_array()
                        .ok_or_else(|| syntax(place, "not an array"))?;
                    self.polygon(rings, place)?;
                }
            }
            Some("Point" | "MultiPoint" | "LineString" | "MultiLineString") => {}
            Some(other) => return Err(syntax(place, format!("unknown type {other:?}"))),
            None => return Err(syntax(place, "no \"type\"")),
        }
        Ok(())
    }

    fn polygon(&mut self, rings: &[Value], place: &str) -> Result<(), FormatError> {
        let mut rings = rings.iter();
        let Some(outer) = rings.next() else {
            return Ok(());
        };
        let outer = self.ring(outer, place)?;
        let holes = rings
            .map(|r| self.ring(r, place))
            .collect::<Result<_, _>>()?;
        if self.areas.len() >= MAX_AREAS {
            return Err(FormatError::TooMany {
                what: "areas",
                limit: MAX_AREAS,
            });
        }
        self.areas.push(Area { outer, holes });
        Ok(())
    }

    fn ring(&mut self, ring: &Value, place: &str) -> Result<Vec<LatLon>, FormatError> {
        let positions = ring
            .as_array()
            .ok_or_else(|| syntax(place, "a ring is not an array"))?;
        self.vertices += positions.len();
        if self.vertices > MAX_VERTICES {
            return Err(FormatError::TooMany {
                what: "vertices",
                limit: MAX_VERTICES,
            });
        }
        let mut places = Vec::with_capacity(positions.len());
        for position in positions {
            // RFC 7946 §3.1.1: longitude first.
            let number = |i: usize| position.get(i).and_then(Value::as_f64);
            let (Some(lon), Some(lat)) = (number(0), number(1)) else {
                return Err(syntax(place, "a position is not [longitude, latitude]"));
            };
            places.push(LatLon::from_deg(lat, lon).map_err(|e| syntax(place, e.to_string()))?);
        }
        if places.len() > 1 && places.first() == places.last() {
            places.pop();
        }
        Ok(places)
    }
}

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
