//! A PROJ definition from the parameters of WKT 1.

use super::advice;
use super::tree::Node;
use core::fmt::Write as _;

/// Names of projections (without `_` and case) and PROJ's.
const PROJECTIONS: [(&str, &str); 17] = [
    ("TRANSVERSEMERCATOR", "tmerc"),
    ("GAUSSKRUGER", "tmerc"),
    ("LAMBERTCONFORMALCONIC", "lcc"),
    ("LAMBERTCONFORMALCONIC1SP", "lcc"),
    ("LAMBERTCONFORMALCONIC2SP", "lcc"),
    ("ALBERS", "aea"),
    ("ALBERSCONICEQUALAREA", "aea"),
    ("LAMBERTAZIMUTHALEQUALAREA", "laea"),
    ("MERCATOR", "merc"),
    ("MERCATOR1SP", "merc"),
    ("MERCATOR2SP", "merc"),
    ("DOUBLESTEREOGRAPHIC", "sterea"),
    ("OBLIQUESTEREOGRAPHIC", "sterea"),
    ("STEREOGRAPHIC", "stere"),
    ("POLARSTEREOGRAPHIC", "stere"),
    ("CASSINI", "cass"),
    ("CASSINISOLDNER", "cass"),
];

/// Names of parameters (without `_` and case) and PROJ's; lengths are in the
/// unit of the system.
const PARAMETERS: [(&str, &str, bool); 11] = [
    ("FALSEEASTING", "x_0", true),
    ("FALSENORTHING", "y_0", true),
    ("CENTRALMERIDIAN", "lon_0", false),
    ("LONGITUDEOFCENTER", "lon_0", false),
    ("LONGITUDEOFORIGIN", "lon_0", false),
    ("LATITUDEOFORIGIN", "lat_0", false),
    ("LATITUDEOFCENTER", "lat_0", false),
    ("CENTRALPARALLEL", "lat_0", false),
    ("STANDARDPARALLEL1", "lat_1", false),
    ("STANDARDPARALLEL2", "lat_2", false),
    ("SCALEFACTOR", "k", false),
];

fn bare(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

pub(super) fn definition(root: &Node) -> Result<String, String> {
    let geographic = match root.word.as_str() {
        "GEOGCS" => root,
        "PROJCS" => root
            .child("GEOGCS")
            .ok_or_else(|| advice("the coordinate system has no GEOGCS"))?,
        other => {
            return Err(advice(&format!(
                "a coordinate system of kind {other:?} is not known"
            )));
        }
    };
    let datum = datum(geographic)?;
    if root.word == "GEOGCS" {
        return Ok(format!("+proj=longlat {datum} +no_defs"));
    }
    let projection = root
        .child("PROJECTION")
        .map(|p| bare(&p.text))
        .unwrap_or_default();
    let proj = PROJECTIONS
        .iter()
        .find(|(name, _)| *name == projection)
        .map(|(_, proj)| *proj)
        .ok_or_else(|| advice(&format!("the projection {projection:?} is not known")))?;
    let unit_m = root
        .children
        .iter()
        .rfind(|c| c.word == "UNIT")
        .and_then(|u| u.numbers().first().copied())
        .filter(|m| *m > 0.0)
        .unwrap_or(1.0);
    let mut text = format!("+proj={proj}");
    let mut parallels = 0;
    for parameter in root.children.iter().filter(|c| c.word == "PARAMETER") {
        let name = bare(&parameter.text);
        let Some(value) = parameter.numbers().first().copied() else {
            return Err(advice(&format!("the parameter {name} has no number")));
        };
        let Some((_, key, length)) = PARAMETERS.iter().find(|(known, ..)| *known == name) else {
            if value == 0.0 {
                continue;
            }
            return Err(advice(&format!("the parameter {name} is not known")));
        };
        parallels += usize::from(key.starts_with("lat_1") || key.starts_with("lat_2"));
        let key = match (proj, *key) {
            ("merc" | "stere", "lat_1") => "lat_ts",
            (_, key) => key,
        };
        let _ = write!(
            text,
            " +{key}={}",
            if *length { value * unit_m } else { value }
        );
    }
    // A Lambert cone of one parallel touches at the latitude of origin.
    if proj == "lcc" && parallels == 0 {
        let origin = root
            .children
            .iter()
            .find(|c| bare(&c.text) == "LATITUDEOFORIGIN");
        let latitude = origin
            .and_then(|o| o.numbers().first().copied())
            .unwrap_or(0.0);
        let _ = write!(text, " +lat_1={latitude}");
    }
    let _ = write!(text, " {datum} +to_meter={unit_m} +no_defs");
    Ok(text)
}

/// Ellipsoid and shift. Without a written shift only systems that agree with
/// WGS 84 within a metre or two (GRS 80 and WGS 84 ellipsoids: ETRS89, NAD83,
/// GDA, SIRGAS, …) are taken.
fn datum(geographic: &Node) -> Result<String, String> {
    let datum = geographic.child("DATUM");
    let numbers = datum
        .and_then(|d| d.child("SPHEROID").or_else(|| d.child("ELLIPSOID")))
        .map(Node::numbers)
        .unwrap_or_default();
    let &[a, rf, ..] = numbers.as_slice() else {
        return Err(advice("the coordinate system has no ellipsoid"));
    };
    if let Some(meridian) = geographic
        .child("PRIMEM")
        .and_then(|p| p.numbers().first().copied())
        && meridian != 0.0
    {
        return Err(advice(
            "the coordinate system does not count from Greenwich",
        ));
    }
    let shift = datum
        .and_then(|d| d.child("TOWGS84"))
        .map(Node::numbers)
        .filter(|n| n.len() >= 3);
    let modern = (a - 6_378_137.0).abs() < 0.5 && (rf - 298.257_22).abs() < 0.001;
    let shift = match shift {
        Some(shift) => shift
            .iter()
            .take(7)
            .map(f64::to_string)
            .collect::<Vec<_>>()
            .join(","),
        None if modern => "0,0,0".into(),
        None => {
            let name = datum.map_or("?", |d| d.text.as_str());
            return Err(advice(&format!(
                "the shift of the datum {name:?} to WGS 84 is not known"
            )));
        }
    };
    // By its flattening: proj4rs 0.1 takes `+b` with a wrong one.
    let figure = if rf > 0.0 {
        format!("+a={a} +rf={rf}")
    } else {
        format!("+R={a}")
    };
    Ok(format!("{figure} +towgs84={shift}"))
}
