//! Obstacles: points, lines and polygons with a height, from GeoJSON or a table.
//!
//! Heights: `height_m`, `height` or `agl_m` above the ground at the foot; `top_m`, `top_amsl_m`,
//! `amsl_m` or `elevation_m` above sea level. Widths: `radius_m` or `half_width_m`, `width_m`.
//! A number may carry its unit (`60 m`, `200 ft`).

use super::FormatError;
use super::found::{FileKind, Gathered};
use super::geojson::{Shapes, What};
use super::limits::check_size;
use super::wkt;
use ::csv::{ReaderBuilder, StringRecord, Trim};
use serde_json::Value;
use whimbrel_geo::{LatLon, Obstacle, ObstacleTop};

/// Most obstacles of one file.
pub const MAX_OBSTACLES: usize = 100_000;
/// How far an obstacle reaches beside its place or course when the file does not say: what a survey
/// of power lines is off by, with their arms.
const HALF_WIDTH_M: f64 = 8.0;
/// Nothing on Earth stands higher.
const MAX_HEIGHT_M: f64 = 1_000.0;
const FOOT_M: f64 = 0.3048;

const AGL: [&str; 5] = ["heightm", "height", "aglm", "agl", "heightaglm"];
const AMSL: [&str; 6] = [
    "topm",
    "topamslm",
    "amslm",
    "amsl",
    "elevationm",
    "heightamslm",
];
const RADII: [&str; 3] = ["radiusm", "halfwidthm", "radius"];
const WIDTHS: [&str; 2] = ["widthm", "width"];
const GEOMETRIES: [&str; 4] = ["wkt", "geometry", "wktgeom", "geom"];
const LATITUDES: [&str; 4] = ["lat", "latitude", "latdeg", "y"];
const LONGITUDES: [&str; 5] = ["lon", "lng", "long", "longitude", "x"];

fn syntax(
    format: &'static str,
    place: impl Into<String>,
    reason: impl Into<String>,
) -> FormatError {
    FormatError::syntax(format, place, reason)
}

/// Reads obstacles.
///
/// # Errors
/// What is wrong and where; an obstacle without a height.
pub fn read_obstacles(bytes: &[u8]) -> Result<Vec<Obstacle>, FormatError> {
    check_size(bytes)?;
    let text = core::str::from_utf8(bytes)
        .map_err(|_| syntax("obstacles", "", "it is neither GeoJSON nor a table (CSV)"))?;
    let text = text.trim_start_matches('\u{feff}');
    let found = if text.trim_start().starts_with(['{', '[']) {
        geojson(text)?
    } else {
        table(text)?
    };
    if found.is_empty() {
        return Err(syntax("obstacles", "", "there are none in it"));
    }
    Ok(found)
}

fn bare(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// A length with its unit, metres without.
fn length_m(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || ['.', '-', '+'].contains(&c)))
        .unwrap_or(text.len());
    let value: f64 = text.get(..split)?.parse().ok()?;
    let unit = match text.get(split..)?.trim().to_ascii_lowercase().as_str() {
        "" | "m" => 1.0,
        "ft" | "'" | "feet" => FOOT_M,
        _ => return None,
    };
    let m = value * unit;
    m.is_finite().then_some(m)
}

/// Height and width by the names of properties or columns.
fn dimensions(
    value: impl Fn(&[&str]) -> Option<String>,
    format: &'static str,
    place: &str,
) -> Result<(ObstacleTop, f64), FormatError> {
    let number = |names: &[&str]| match value(names) {
        Some(text) if !text.trim().is_empty() => {
            let wrong = || {
                syntax(
                    format,
                    place,
                    format!("{text:?} is not a length in m or ft"),
                )
            };
            length_m(&text).map(Some).ok_or_else(wrong)
        }
        _ => Ok(None),
    };
    let top = match (number(&AGL)?, number(&AMSL)?) {
        (_, Some(m)) if m.abs() <= 10_000.0 => ObstacleTop::AmslM(m),
        (Some(m), None) if (0.0..=MAX_HEIGHT_M).contains(&m) => ObstacleTop::AglM(m),
        (None, None) => {
            return Err(syntax(
                format,
                place,
                "it has no height: give height_m (above ground) or top_m (above sea level)",
            ));
        }
        (a, b) => {
            let m = b.or(a).unwrap_or_default();
            return Err(syntax(
                format,
                place,
                format!("a height of {m} m is not one of this Earth"),
            ));
        }
    };
    let half = match (number(&RADII)?, number(&WIDTHS)?) {
        (Some(m), _) => m,
        (None, Some(m)) => 0.5 * m,
        (None, None) => HALF_WIDTH_M,
    };
    if !(0.0..=MAX_HEIGHT_M).contains(&half) {
        return Err(syntax(
            format,
            place,
            format!("a half width of {half} m is too much"),
        ));
    }
    Ok((top, half))
}

fn push(
    into: &mut Vec<Obstacle>,
    what: What,
    (top, half_width_m): (ObstacleTop, f64),
) -> Result<(), FormatError> {
    if into.len() >= MAX_OBSTACLES {
        return Err(FormatError::TooMany {
            what: "obstacles",
            limit: MAX_OBSTACLES,
        });
    }
    let (points, area) = match what {
        What::Area(area) => (area.outer, true),
        What::Line(points) => (points, false),
        What::Point(at) => (vec![at], false),
    };
    // Outlines are surveyed well enough.
    let half_width_m = if area && half_width_m == HALF_WIDTH_M {
        0.0
    } else {
        half_width_m
    };
    into.push(Obstacle {
        points,
        area,
        top,
        half_width_m,
    });
    Ok(())
}

fn geojson(text: &str) -> Result<Vec<Obstacle>, FormatError> {
    const FORMAT: &str = "obstacles (GeoJSON)";
    let document: Value =
        serde_json::from_str(text).map_err(|e| syntax(FORMAT, "", e.to_string()))?;
    let features = match &document {
        Value::Array(list) => list.as_slice(),
        other => match other.get("features").and_then(Value::as_array) {
            Some(list) => list.as_slice(),
            None => core::slice::from_ref(other),
        },
    };
    let shapes = Shapes { crs: None };
    let mut counted = Gathered::new(FileKind::GeoJson);
    let mut out = Vec::new();
    for (i, feature) in features.iter().enumerate() {
        let place = format!("features[{i}]");
        let Some(geometry) = feature.get("geometry").filter(|g| !g.is_null()) else {
            continue;
        };
        let properties = feature.get("properties").and_then(Value::as_object);
        let value = |names: &[&str]| {
            let all = properties?;
            let named = |name: &&str| all.iter().find(|(key, _)| bare(key) == **name);
            match names.iter().find_map(named)?.1 {
                Value::String(text) => Some(text.clone()),
                Value::Number(n) => Some(n.to_string()),
                _ => None,
            }
        };
        let size = dimensions(value, FORMAT, &place)?;
        for shape in shapes.of(geometry, &format!("{place}.geometry."), &mut counted)? {
            push(&mut out, shape.what, size)?;
        }
    }
    Ok(out)
}

fn table(text: &str) -> Result<Vec<Obstacle>, FormatError> {
    const FORMAT: &str = "obstacles (CSV)";
    let first = text
        .lines()
        .find(|l| !l.trim().is_empty())
        .unwrap_or_default();
    let count = |mark: u8| first.bytes().filter(|b| *b == mark).count();
    let mark = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|m| count(*m))
        .unwrap_or(b',');
    let mut reader = ReaderBuilder::new()
        .delimiter(mark)
        .flexible(true)
        .trim(Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let head = reader
        .headers()
        .map_err(|e| syntax(FORMAT, "line 1", e.to_string()))?
        .clone();
    let column = |names: &[&str]| {
        names
            .iter()
            .find_map(|n| head.iter().position(|h| bare(h) == *n))
    };
    let geometry = column(&GEOMETRIES);
    let place_columns = column(&LATITUDES).zip(column(&LONGITUDES));
    if geometry.is_none() && place_columns.is_none() {
        return Err(syntax(
            FORMAT,
            "line 1",
            "no columns for the place: name them lat and lon, or one of them wkt, in the first line",
        ));
    }
    let mut out = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|e| syntax(FORMAT, "", e.to_string()))?;
        if row.iter().all(str::is_empty) {
            continue;
        }
        let line = format!("line {}", row.position().map_or(1, ::csv::Position::line));
        let value = |names: &[&str]| column(names).and_then(|c| row.get(c)).map(str::to_owned);
        let size = dimensions(value, FORMAT, &line)?;
        for what in row_shapes(&row, geometry, place_columns, FORMAT, &line)? {
            push(&mut out, what, size)?;
        }
    }
    Ok(out)
}

fn row_shapes(
    row: &StringRecord,
    geometry: Option<usize>,
    place: Option<(usize, usize)>,
    format: &'static str,
    line: &str,
) -> Result<Vec<What>, FormatError> {
    if let Some(text) = geometry.and_then(|g| row.get(g)).filter(|t| !t.is_empty()) {
        let mut found = Gathered::new(FileKind::Wkt);
        wkt::read_into(text, "", &mut found).map_err(|e| e.inside(line))?;
        let found = found.finish();
        let areas = found.areas.into_iter().map(|a| What::Area(a.area));
        let lines = found.lines.into_iter().map(|l| What::Line(l.places));
        let shapes: Vec<What> = areas.chain(lines).collect();
        if shapes.is_empty() {
            return Err(syntax(
                format,
                line,
                "no line and no polygon; points go into lat and lon",
            ));
        }
        return Ok(shapes);
    }
    let number = |c: usize| {
        row.get(c)
            .and_then(|t| t.replace(',', ".").parse::<f64>().ok())
    };
    let at = place
        .and_then(|(lat, lon)| Some((number(lat)?, number(lon)?)))
        .and_then(|(lat, lon)| LatLon::from_deg(lat, lon).ok());
    let wrong = || {
        syntax(
            format,
            line,
            "its place is not a latitude and a longitude in degrees",
        )
    };
    Ok(vec![What::Point(at.ok_or_else(wrong)?)])
}
