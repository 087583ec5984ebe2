//! Plans as files.

use crate::request::Plan;
use serde_json::{Map, Value, json};
use whimbrel_mission::HeightReference;
use whimbrel_mission::format::{FormatError, geojson, kml, plan_json, waypoints};

fn properties(pairs: Value) -> Map<String, Value> {
    match pairs {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// To two digits.
fn rounded(v: f64) -> f64 {
    (v * 100.0).round() / 100.0
}

impl Plan {
    /// Each sortie as a QGC `.plan`.
    ///
    /// # Errors
    /// Does not happen for plans made here.
    pub fn plan_files(&self) -> Result<Vec<Vec<u8>>, FormatError> {
        self.sorties
            .iter()
            .map(|s| plan_json::write(&s.mission))
            .collect()
    }

    /// Each sortie as a `.waypoints` file.
    #[must_use]
    pub fn waypoints_files(&self) -> Vec<Vec<u8>> {
        self.sorties
            .iter()
            .map(|s| waypoints::write(&s.mission))
            .collect()
    }

    fn reference(&self) -> &'static str {
        match self.height_reference {
            HeightReference::Amsl => "amsl",
            HeightReference::AboveHome => "above_home",
        }
    }

    /// Height of a place in the plan's reference, metres.
    fn shown_m(&self, sortie: usize, amsl_m: f64) -> f64 {
        match (self.height_reference, self.sorties.get(sortie)) {
            (HeightReference::AboveHome, Some(sortie)) => amsl_m - sortie.zero.m(),
            _ => amsl_m,
        }
    }

    /// All sorties as one GeoJSON document: segments with `role`,
    /// `height_reference` and heights, photo points, the airspace.
    #[must_use]
    pub fn geojson(&self) -> Vec<u8> {
        let mut writer = geojson::Writer::default();
        writer.area(&self.airspace, properties(json!({ "role": "airspace" })));
        let reference = self.reference();
        for (index, sortie) in self.sorties.iter().enumerate() {
            for segment in &sortie.segments {
                let mut points = segment.points.clone();
                for p in &mut points {
                    p.height = whimbrel_geo::Height::from_m(self.shown_m(index, p.height.m()));
                }
                let heights: Vec<f64> = points
                    .iter()
                    .map(|p| (p.height.m() * 100.0).round() / 100.0)
                    .collect();
                writer.line(
                    &points,
                    properties(json!({
                        "role": segment.role,
                        "sortie": index + 1,
                        "vehicle": sortie.vehicle,
                        "height_reference": reference,
                        "height_m": heights,
                        "height_agl_m": segment.agl_m.iter().map(|m| m.map(rounded)).collect::<Vec<_>>(),
                        "radio_in_sight": segment.in_sight.map(rounded),
                    })),
                );
            }
            for (number, photo) in sortie.photos.iter().enumerate() {
                let mut place = *photo;
                place.height = whimbrel_geo::Height::from_m(self.shown_m(index, photo.height.m()));
                writer.point(
                    &place,
                    properties(json!({
                        "role": "photo_point",
                        "sortie": index + 1,
                        "number": number + 1,
                        "height_reference": reference,
                        "height_m": (place.height.m() * 100.0).round() / 100.0,
                    })),
                );
            }
        }
        writer.finish()
    }

    /// All sorties as one KML document, heights above sea level.
    #[must_use]
    pub fn kml(&self) -> Vec<u8> {
        let mut writer = kml::Writer::default();
        writer.area("airspace", kml::Colour::Green, &self.airspace);
        for (index, sortie) in self.sorties.iter().enumerate() {
            for segment in &sortie.segments {
                let role = serde_json::to_value(segment.role).unwrap_or_default();
                let role = role.as_str().unwrap_or("");
                let name = format!("sortie {} {role}", index + 1);
                writer.line(&name, "", kml::Colour::Blue, &segment.points);
            }
        }
        writer.finish()
    }
}
