//! Features: areas, lines, and the zones of ED-318 and of the FAA's grids.

use super::FORMAT;
use super::shapes::{Shapes, What};
use crate::format::found::{FileKind, Gathered};
use crate::format::{FormatError, ed318, faa};
use serde_json::Value;
use whimbrel_geo::Crs;

/// Properties that are taken as names, in order.
const NAMES: [&str; 8] = ["name", "Name", "NAME", "title", "label", "NAMN", "id", "ID"];
/// Roles that plans written by Whimbrel give to what is not an area.
const OWN_ROLES: [&str; 6] = ["photo", "turn", "transit", "climb", "photo_point", "home"];

fn syntax(place: &str, reason: impl Into<String>) -> FormatError {
    FormatError::syntax(FORMAT, place, reason)
}

/// Reads a FeatureCollection, a Feature, an array of features or a geometry.
pub(crate) fn read_into(document: &Value, into: &mut Gathered) -> Result<(), FormatError> {
    let crs = crs(document)?;
    let shapes = Shapes { crs: crs.as_ref() };
    let features = match document {
        Value::Array(list) => Some(list),
        other if other.get("type").and_then(Value::as_str) == Some("FeatureCollection") => Some(
            other
                .get("features")
                .and_then(Value::as_array)
                .ok_or_else(|| syntax("", "no array \"features\""))?,
        ),
        _ => None,
    };
    let Some(features) = features else {
        return feature(document, "", &shapes, false, into);
    };
    // A plan holds its area and its airspace: the area is what is meant.
    let of_a_plan = features.iter().any(|f| role(f) == Some("area"));
    for (i, item) in features.iter().enumerate() {
        feature(item, &format!("features[{i}]."), &shapes, of_a_plan, into)?;
    }
    Ok(())
}

fn role(feature: &Value) -> Option<&str> {
    feature.pointer("/properties/role").and_then(Value::as_str)
}

fn feature(
    value: &Value,
    place: &str,
    shapes: &Shapes<'_>,
    of_a_plan: bool,
    into: &mut Gathered,
) -> Result<(), FormatError> {
    let is_feature = value.get("type").and_then(Value::as_str) == Some("Feature");
    let nothing = Value::Null;
    let properties = value.get("properties").unwrap_or(&nothing);
    let (geometry, place) = if is_feature {
        match value.get("geometry") {
            None | Some(Value::Null) => return Ok(()),
            Some(geometry) => (geometry, format!("{place}geometry.")),
        }
    } else {
        (value, place.to_owned())
    };
    if role(value).is_some_and(|r| OWN_ROLES.contains(&r) || (of_a_plan && r == "airspace")) {
        return Ok(());
    }
    let found = shapes.of(geometry, &place, into)?;
    if is_feature && faa::is_cell(properties) {
        into.set_kind(FileKind::FaaGrid);
        return faa::cell(properties, found, into);
    }
    if is_feature && ed318::is_zone(properties, &found) {
        into.set_kind(FileKind::Ed318);
        return ed318::zone(properties, found, &place, into);
    }
    let name = name(properties);
    for shape in found {
        match shape.what {
            What::Area(area) => into.area(&name, area)?,
            What::Line(places) => into.line(&name, places, None, false)?,
            What::Point(_) => {}
        }
    }
    Ok(())
}

fn name(properties: &Value) -> String {
    NAMES
        .iter()
        .find_map(|key| match properties.get(key)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        })
        .unwrap_or_default()
}

/// The coordinate system that GeoJSON of 2008 may name; RFC 7946 has none but
/// WGS 84. Longitude or easting comes first there whatever the registry says.
fn crs(document: &Value) -> Result<Option<Crs>, FormatError> {
    let Some(name) = document
        .pointer("/crs/properties/name")
        .and_then(Value::as_str)
    else {
        return Ok(None);
    };
    let code = name.rsplit(':').next().unwrap_or_default();
    if code.eq_ignore_ascii_case("CRS84") || code == "4326" || code.eq_ignore_ascii_case("CRS84h") {
        return Ok(None);
    }
    let epsg: u32 = code.parse().map_err(|_| {
        syntax(
            "crs",
            format!("{name:?} is not known: save the file in WGS 84 (EPSG:4326)"),
        )
    })?;
    Crs::from_epsg(epsg)
        .map(Some)
        .map_err(|e| syntax("crs", e.to_string()))
}
