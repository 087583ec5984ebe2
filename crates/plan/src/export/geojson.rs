//! A plan as GeoJSON.

use super::heights::Heights;
use crate::request::Plan;
use serde_json::{Map, Value, json};
use whimbrel_geo::{Height, Terrain};
use whimbrel_mission::HeightReference;
use whimbrel_mission::format::geojson::Writer;

fn properties(pairs: Value) -> Map<String, Value> {
    match pairs {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn rounded(m: f64) -> f64 {
    (m * 100.0).round() / 100.0
}

impl Plan {
    /// All sorties as one GeoJSON document: segments with `role`,
    /// `height_reference` and heights (in that reference, above sea level and
    /// above the ground of `ground`), photo points, home places, the airspace.
    /// What is not known is null.
    #[must_use]
    pub fn geojson(&self, ground: &dyn Terrain) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.area(&self.airspace, properties(json!({ "role": "airspace" })));
        let reference = match self.height_reference {
            HeightReference::Amsl => "amsl",
            HeightReference::AboveHome => "above_home",
        };
        for (index, sortie) in self.sorties.iter().enumerate() {
            let heights = Heights::of(self, sortie, ground);
            for segment in &sortie.segments {
                let mut points = segment.points.clone();
                for p in &mut points {
                    p.height = Height::from_m(heights.shown_m(p));
                }
                let list = |of: &dyn Fn(&_) -> Option<f64>| -> Value {
                    segment.points.iter().map(|p| of(p).map(rounded)).collect()
                };
                writer.line(
                    &points,
                    properties(json!({
                        "role": segment.role.name(),
                        "sortie": index + 1,
                        "vehicle": sortie.vehicle,
                        "height_reference": reference,
                        "height_m": list(&|p| Some(heights.shown_m(p))),
                        "height_amsl_m": list(&|p| heights.amsl_m(p)),
                        "height_agl_m": list(&|p| heights.agl_m(p)),
                        "radio_in_sight": segment.in_sight.map(rounded),
                        "lowest_agl_m": heights.lowest_agl_m(&segment.points).map(rounded),
                    })),
                );
            }
            for (number, photo) in sortie.photos.iter().enumerate() {
                let mut place = *photo;
                place.height = Height::from_m(heights.shown_m(photo));
                writer.point(
                    &place,
                    properties(json!({
                        "role": "photo_point",
                        "sortie": index + 1,
                        "number": number + 1,
                        "height_reference": reference,
                        "height_m": rounded(place.height.m()),
                        "height_amsl_m": heights.amsl_m(photo).map(rounded),
                        "height_agl_m": heights.agl_m(photo).map(rounded),
                    })),
                );
            }
        }
        writer.finish()
    }
}
