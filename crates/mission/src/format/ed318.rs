//! EUROCAE ED-318 (2022): UAS geographical zones as GeoJSON with `layer` and
//! `extent` in the geometries.

use super::FormatError;
use super::ed269::{limit, rule};
use super::found::Gathered;
use super::geojson::{Shape, What};
use super::ring::circle;
use crate::Area;
use crate::zone::{Limit, Rule, Zone};
use serde_json::Value;

/// CodeZoneType of the standard, and what older data sets write.
const TYPES: [&str; 6] = [
    "USPACE",
    "PROHIBITED",
    "REQ_AUTHORIZATION",
    "REQ_AUTHORISATION",
    "CONDITIONAL",
    "NO_RESTRICTION",
];
/// Largest radius of a zone.
const MAX_RADIUS_M: f64 = 1.0e6;

/// Whether a feature is a zone.
pub(crate) fn is_zone(properties: &Value, shapes: &[Shape<'_>]) -> bool {
    let kind = properties.get("type").and_then(Value::as_str);
    shapes.iter().any(|s| s.object.get("layer").is_some())
        || (kind.is_some_and(|k| TYPES.contains(&k)) && properties.get("identifier").is_some())
}

/// Keeps the zones of a feature, one a geometry.
pub(crate) fn zone(
    properties: &Value,
    shapes: Vec<Shape<'_>>,
    place: &str,
    into: &mut Gathered,
) -> Result<(), FormatError> {
    let syntax =
        |reason: String| FormatError::syntax("ED-318", place.trim_end_matches('.'), reason);
    let text = |key: &str| properties.get(key).and_then(Value::as_str);
    let name = localised(properties.get("name"))
        .or_else(|| text("identifier"))
        .unwrap_or_default()
        .to_owned();
    let class = text("type").unwrap_or("PROHIBITED");
    let times = properties
        .get("limitedApplicability")
        .filter(|v| v.as_array().is_some_and(|a| !a.is_empty()))
        .map(ToString::to_string);
    for shape in shapes {
        let radius_m = shape
            .object
            .pointer("/extent/radius")
            .and_then(Value::as_f64);
        let area = match (shape.what, radius_m) {
            (What::Area(area), _) => area,
            (What::Point(centre), Some(r)) if r > 0.0 && r <= MAX_RADIUS_M => {
                let ring = circle(centre, r);
                into.vertices(ring.len())?;
                Area::new(ring)
            }
            (What::Point(_), Some(r)) => {
                return Err(syntax(format!(
                    "the radius {r} is not 0 to {MAX_RADIUS_M} m"
                )));
            }
            _ => {
                into.note("points and lines of the ED-318 file are passed over");
                continue;
            }
        };
        let layer = shape.object.get("layer");
        let side = |value: &str, reference: &str, none: Limit| -> Result<Limit, FormatError> {
            let Some(layer) = layer else { return Ok(none) };
            let metres = !layer
                .get("uom")
                .and_then(Value::as_str)
                .is_some_and(|u| u.eq_ignore_ascii_case("ft"));
            limit(layer.get(value), layer.get(reference), metres, none).map_err(syntax)
        };
        into.zone(Zone {
            name: name.clone(),
            class: class.to_owned(),
            rule: rule(class).unwrap_or(Rule::Prohibited),
            area,
            lower: side("lower", "lowerReference", Limit::GROUND)?,
            upper: side("upper", "upperReference", Limit::Unlimited)?,
            times: times.clone(),
        })?;
    }
    Ok(())
}

/// A text in several languages (`[{text, lang}]`): English, else the first.
fn localised(value: Option<&Value>) -> Option<&str> {
    let list = match value? {
        Value::String(text) => return Some(text),
        list => list.as_array()?,
    };
    let text = |v: &'_ Value| v.get("text").and_then(Value::as_str).map(str::len);
    let english = list.iter().filter(|v| text(v).is_some()).find(|v| {
        v.get("lang")
            .and_then(Value::as_str)
            .is_some_and(|l| l.starts_with("en"))
    });
    english.or_else(|| list.first())?.get("text")?.as_str()
}
