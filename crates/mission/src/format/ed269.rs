//! EUROCAE ED-269 (2020): UAS geographical zones as JSON.

use super::FormatError;
use super::found::Gathered;
use super::geojson::{Shapes, What, position};
use super::ring::circle;
use crate::Area;
use crate::zone::{FOOT_M, Limit, Rule, Zone};
use serde_json::Value;
use whimbrel_geo::{Height, LatLon};

const FORMAT: &str = "ED-269";
/// Largest radius of a zone.
const MAX_RADIUS_M: f64 = 1.0e6;

/// The zones of a document: `features`, `UASZoneList` or the document itself.
fn list(document: &Value) -> Option<&Vec<Value>> {
    ["features", "UASZoneList"]
        .iter()
        .find_map(|key| document.get(key))
        .unwrap_or(document)
        .as_array()
}

/// Whether a document is of this standard: its geometries are arrays.
pub(crate) fn looks_like(document: &Value) -> bool {
    list(document).is_some_and(|zones| {
        zones
            .iter()
            .any(|z| z.pointer("/geometry/0/horizontalProjection").is_some())
    })
}

/// What a restriction type asks for.
pub(crate) fn rule(restriction: &str) -> Option<Rule> {
    Some(match restriction {
        "PROHIBITED" => Rule::Prohibited,
        "REQ_AUTHORISATION" | "REQ_AUTHORIZATION" | "USPACE" => Rule::Authorisation,
        "CONDITIONAL" => Rule::Conditional,
        "NO_RESTRICTION" => Rule::Free,
        _ => return None,
    })
}

/// A limit of a value, its reference and its unit; `none` where the value is
/// missing.
pub(crate) fn limit(
    value: Option<&Value>,
    reference: Option<&Value>,
    metres: bool,
    none: Limit,
) -> Result<Limit, String> {
    let Some(value) = value.filter(|v| !v.is_null()) else {
        return Ok(none);
    };
    let number = value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
        .filter(|n| n.abs() < 1.0e6)
        .ok_or_else(|| format!("the limit {value} is not a height"))?;
    let m = if metres { number } else { number * FOOT_M };
    match reference
        .and_then(Value::as_str)
        .map(str::to_ascii_uppercase)
        .as_deref()
    {
        Some("AMSL" | "MSL") => Ok(Limit::Amsl(Height::from_m(m))),
        Some("WGS84") => Ok(Limit::Ellipsoid(Height::from_m(m))),
        Some("AGL") => Ok(Limit::Agl(Height::from_m(m))),
        // The ground is the same height in every reference.
        None if number == 0.0 => Ok(Limit::GROUND),
        other => Err(format!(
            "the limit {value} is measured from {:?}: it must be AGL, AMSL or WGS84",
            other.unwrap_or("nothing")
        )),
    }
}

/// Reads all zones.
pub(crate) fn read_into(document: &Value, into: &mut Gathered) -> Result<(), FormatError> {
    for (index, feature) in list(document).into_iter().flatten().enumerate() {
        zone(feature, &format!("features[{index}]"), into)?;
    }
    Ok(())
}

fn zone(feature: &Value, place: &str, into: &mut Gathered) -> Result<(), FormatError> {
    let text = |key: &str| {
        feature
            .get(key)
            .and_then(Value::as_str)
            .filter(|t| !t.is_empty())
    };
    let name = text("name")
        .or_else(|| text("identifier"))
        .unwrap_or_default();
    let class = text("restriction").unwrap_or("PROHIBITED");
    let times = feature
        .get("applicability")
        .filter(|a| a.pointer("/0/permanent").and_then(Value::as_str) != Some("YES"))
        .filter(|a| a.as_array().is_some_and(|a| !a.is_empty()))
        .map(ToString::to_string);
    let volumes = feature.get("geometry").and_then(Value::as_array);
    for (index, volume) in volumes.into_iter().flatten().enumerate() {
        let place = format!("{place}.geometry[{index}]");
        let syntax = |reason: String| FormatError::syntax(FORMAT, place.as_str(), reason);
        let metres = match volume.get("uomDimensions").and_then(Value::as_str) {
            None | Some("M" | "m") => true,
            Some("FT" | "ft") => false,
            Some(other) => return Err(syntax(format!("the unit {other:?} is neither M nor FT"))),
        };
        let side = |value: &str, reference: &str, none: Limit| {
            limit(volume.get(value), volume.get(reference), metres, none).map_err(syntax)
        };
        let lower = side("lowerLimit", "lowerVerticalReference", Limit::GROUND)?;
        let upper = side("upperLimit", "upperVerticalReference", Limit::Unlimited)?;
        let projection = volume
            .get("horizontalProjection")
            .ok_or_else(|| syntax("no \"horizontalProjection\"".into()))?;
        for area in areas(projection, &place, into)? {
            into.zone(Zone {
                name: name.to_owned(),
                class: class.to_owned(),
                rule: rule(class).unwrap_or(Rule::Prohibited),
                area,
                lower,
                upper,
                times: times.clone(),
            })?;
        }
    }
    Ok(())
}

fn areas(projection: &Value, place: &str, into: &mut Gathered) -> Result<Vec<Area>, FormatError> {
    let syntax = |reason: String| FormatError::syntax(FORMAT, place, reason);
    if projection.get("type").and_then(Value::as_str) == Some("Circle") {
        let centre = projection.get("center").and_then(position);
        let radius_m = projection.get("radius").and_then(Value::as_f64);
        let (Some([lon, lat]), Some(radius_m)) = (centre, radius_m) else {
            return Err(syntax("a circle without center and radius".into()));
        };
        if !(radius_m > 0.0 && radius_m <= MAX_RADIUS_M) {
            return Err(syntax(format!(
                "the radius {radius_m} is not 0 to {MAX_RADIUS_M} m"
            )));
        }
        let centre = LatLon::from_deg(lat, lon).map_err(|e| syntax(e.to_string()))?;
        let ring = circle(centre, radius_m);
        into.vertices(ring.len())?;
        return Ok(vec![Area::new(ring)]);
    }
    let shapes =
        Shapes { crs: None }.of(projection, &format!("{place}.horizontalProjection."), into)?;
    Ok(shapes
        .into_iter()
        .filter_map(|shape| match shape.what {
            What::Area(area) => Some(area),
            _ => None,
        })
        .collect())
}
