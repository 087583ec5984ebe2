//! Geometries of GeoJSON.

use super::FORMAT;
use crate::Area;
use crate::format::FormatError;
use crate::format::found::Gathered;
use crate::format::ring::opened;
use serde_json::Value;
use whimbrel_geo::{Crs, LatLon};

/// What a geometry is.
#[derive(Debug)]
pub(crate) enum What {
    Area(Area),
    Line(Vec<LatLon>),
    Point(LatLon),
}

/// A geometry and the object that it stands in.
#[derive(Debug)]
pub(crate) struct Shape<'a> {
    pub what: What,
    pub object: &'a Value,
}

/// Reads geometries in one coordinate system.
pub(crate) struct Shapes<'a> {
    pub crs: Option<&'a Crs>,
}

fn syntax(place: &str, reason: impl Into<String>) -> FormatError {
    FormatError::syntax(FORMAT, place.trim_end_matches('.'), reason)
}

impl Shapes<'_> {
    /// All geometries inside a geometry.
    pub(crate) fn of<'v>(
        &self,
        geometry: &'v Value,
        place: &str,
        into: &mut Gathered,
    ) -> Result<Vec<Shape<'v>>, FormatError> {
        let mut shapes = Vec::new();
        self.collect(geometry, place, into, &mut shapes)?;
        Ok(shapes)
    }

    // The recursion is bounded by the parser: serde_json reads 128 levels.
    fn collect<'v>(
        &self,
        geometry: &'v Value,
        place: &str,
        into: &mut Gathered,
        shapes: &mut Vec<Shape<'v>>,
    ) -> Result<(), FormatError> {
        let kind = geometry.get("type").and_then(Value::as_str);
        let list = |key: &str| array(geometry.get(key), &format!("{place}{key}"));
        let mut push = |what| {
            shapes.push(Shape {
                what,
                object: geometry,
            });
        };
        match kind {
            Some("GeometryCollection") => {
                for (i, inner) in list("geometries")?.iter().enumerate() {
                    self.collect(inner, &format!("{place}geometries[{i}]."), into, shapes)?;
                }
            }
            Some("Polygon") => push(What::Area(self.polygon(
                list("coordinates")?,
                place,
                into,
            )?)),
            Some("MultiPolygon") => {
                for rings in list("coordinates")? {
                    push(What::Area(self.polygon(
                        array(Some(rings), place)?,
                        place,
                        into,
                    )?));
                }
            }
            Some("LineString") => push(What::Line(self.places(
                list("coordinates")?,
                place,
                into,
            )?)),
            Some("MultiLineString") => {
                for line in list("coordinates")? {
                    push(What::Line(self.places(
                        array(Some(line), place)?,
                        place,
                        into,
                    )?));
                }
            }
            Some("Point") => {
                into.vertices(1)?;
                let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
                push(What::Point(self.place(coordinates, place)?));
            }
            Some("MultiPoint") => {}
            Some(other) => return Err(syntax(place, format!("unknown type {other:?}"))),
            None => return Err(syntax(place, "no \"type\"")),
        }
        Ok(())
    }

    fn polygon(
        &self,
        rings: &[Value],
        place: &str,
        into: &mut Gathered,
    ) -> Result<Area, FormatError> {
        let mut area = Area::new(Vec::new());
        for (index, ring) in rings.iter().enumerate() {
            let place = format!("{place}coordinates[{index}]");
            let ring = opened(self.places(array(Some(ring), &place)?, &place, into)?);
            if index == 0 {
                area.outer = ring.unwrap_or_default();
            } else {
                area.holes.extend(ring);
            }
        }
        Ok(area)
    }

    fn places(
        &self,
        positions: &[Value],
        place: &str,
        into: &mut Gathered,
    ) -> Result<Vec<LatLon>, FormatError> {
        into.vertices(positions.len())?;
        positions.iter().map(|p| self.place(p, place)).collect()
    }

    fn place(&self, value: &Value, place: &str) -> Result<LatLon, FormatError> {
        let [x, y] = position(value)
            .ok_or_else(|| syntax(place, "a position is not [longitude, latitude]"))?;
        match self.crs {
            Some(crs) => crs
                .unproject([x, y])
                .map_err(|e| syntax(place, e.to_string())),
            None => LatLon::from_deg(y, x).map_err(|e| {
                let metres = x.abs() > 360.0 || y.abs() > 360.0;
                let advice = if metres {
                    "; these look like metres: save the file in WGS 84 (EPSG:4326)"
                } else {
                    ""
                };
                syntax(place, format!("{e}{advice}"))
            }),
        }
    }
}

/// Longitude first (RFC 7946 §3.1.1).
pub(crate) fn position(value: &Value) -> Option<[f64; 2]> {
    Some([value.get(0)?.as_f64()?, value.get(1)?.as_f64()?])
}

fn array<'v>(value: Option<&'v Value>, place: &str) -> Result<&'v [Value], FormatError> {
    value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(|| syntax(place, "not an array"))
}
