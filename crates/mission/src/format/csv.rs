//! Tables of vertices: columns for latitude and longitude found by their
//! header (or by their values), or one column of WKT.
//!
//! Rows in a row with the same value in a column `area`, `polygon`, `line`,
//! `part`, `ring` or `group` make one outline; so do all rows without such a
//! column.

use super::FormatError;
use super::degrees::{Angle, angle};
use super::found::Gathered;
use super::wkt;
use ::csv::{ReaderBuilder, StringRecord};
use whimbrel_geo::LatLon;

const FORMAT: &str = "CSV";
const LATITUDES: [&str; 9] = [
    "lat",
    "latitude",
    "latdeg",
    "latitudedeg",
    "latdd",
    "breite",
    "y",
    "ycoord",
    "pointy",
];
const LONGITUDES: [&str; 12] = [
    "lon",
    "lng",
    "long",
    "longitude",
    "londeg",
    "longitudedeg",
    "longdeg",
    "londd",
    "laenge",
    "x",
    "xcoord",
    "pointx",
];
const GROUPS: [&str; 7] = ["area", "polygon", "line", "part", "ring", "group", "shape"];
const GEOMETRIES: [&str; 4] = ["wkt", "geometry", "wktgeom", "geom"];
const NAMES: [&str; 3] = ["name", "title", "label"];

/// Whether a first line may be that of a table.
pub(crate) fn looks_like(line: &str) -> bool {
    delimiter(line).is_some()
}

/// The mark that splits a line into the most columns; `None` when none does.
fn delimiter(line: &str) -> Option<u8> {
    [b',', b';', b'\t', b'|']
        .into_iter()
        .map(|mark| (line.bytes().filter(|b| *b == mark).count(), mark))
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, mark)| (*count, core::cmp::Reverse(*mark)))
        .map(|(_, mark)| mark)
}

fn bare(header: &str) -> String {
    header
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Which columns hold what.
struct Columns {
    lat: usize,
    lon: usize,
    group: Option<usize>,
    name: Option<usize>,
}

/// Reads a table.
pub(crate) fn read_into(text: &str, into: &mut Gathered) -> Result<(), FormatError> {
    let syntax = |place: String, reason: String| FormatError::syntax(FORMAT, place, reason);
    let first = text
        .lines()
        .find(|l| !l.trim().is_empty())
        .unwrap_or_default();
    let mark = delimiter(first).unwrap_or(b',');
    let mut reader = ReaderBuilder::new()
        .delimiter(mark)
        .has_headers(false)
        .flexible(true)
        .trim(::csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let mut head = match rows.next() {
        Some(Ok(head)) => head,
        Some(Err(e)) => return Err(syntax("line 1".into(), e.to_string())),
        None => return Err(syntax("line 1".into(), "the table is empty".into())),
    };
    let find = |head: &StringRecord, names: &[&str]| {
        names
            .iter()
            .find_map(|n| head.iter().position(|h| bare(h) == *n))
    };
    if let Some(column) = find(&head, &GEOMETRIES) {
        let name = find(&head, &NAMES);
        for row in rows {
            let row = row.map_err(|e| syntax(String::new(), e.to_string()))?;
            let line = row.position().map_or(0, ::csv::Position::line);
            let called = name.and_then(|n| row.get(n)).unwrap_or_default();
            wkt::read_into(row.get(column).unwrap_or_default(), called, into)
                .map_err(|e| e.inside(&format!("line {line}")))?;
        }
        return Ok(());
    }
    let columns = match (find(&head, &LATITUDES), find(&head, &LONGITUDES)) {
        (Some(lat), Some(lon)) => {
            let columns = Columns {
                lat,
                lon,
                group: find(&head, &GROUPS),
                name: find(&head, &NAMES),
            };
            head = StringRecord::new();
            columns
        }
        _ => guessed(&head, mark, into)?,
    };
    let mut group: Option<String> = None;
    let mut name = String::new();
    let mut places: Vec<LatLon> = Vec::new();
    let data = (!head.is_empty())
        .then_some(Ok(head))
        .into_iter()
        .chain(rows);
    for row in data {
        let row = row.map_err(|e| syntax(String::new(), e.to_string()))?;
        if row.iter().all(str::is_empty) {
            continue;
        }
        let line = row.position().map_or(1, ::csv::Position::line);
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let value = |column: usize, latitude: bool| {
            number(cell(column), mark)
                .filter(|a| a.latitude.is_none_or(|l| l == latitude))
                .map(|a| a.deg)
                .ok_or_else(|| {
                    let axis = if latitude { "latitude" } else { "longitude" };
                    syntax(
                        format!("line {line}"),
                        format!("{:?} is not a {axis}", cell(column)),
                    )
                })
        };
        let this = columns.group.map(|g| cell(g).to_owned());
        if this != group && !places.is_empty() {
            into.line(&name, core::mem::take(&mut places), None, true)?;
        }
        if places.is_empty() {
            name = match (columns.name, &this) {
                (_, Some(group)) => group.clone(),
                (Some(n), None) => cell(n).to_owned(),
                _ => String::new(),
            };
        }
        group = this;
        into.vertices(1)?;
        let place = LatLon::from_deg(value(columns.lat, true)?, value(columns.lon, false)?);
        places.push(place.map_err(|e| {
            syntax(
                format!("line {line}"),
                format!(
                    "{e}; metres of a projection are not read from a table: save degrees (WGS 84)"
                ),
            )
        })?);
    }
    into.line(&name, places, None, true)
}

/// An angle; a comma is taken as decimal point where it does not part columns.
fn number(text: &str, mark: u8) -> Option<Angle> {
    if mark != b',' && text.contains(',') {
        angle(&text.replace(',', "."))
    } else {
        angle(text)
    }
}

/// Columns of a table without header: letters tell, else latitude is first.
fn guessed(row: &StringRecord, mark: u8, into: &mut Gathered) -> Result<Columns, FormatError> {
    let angles: Vec<(usize, Angle)> = row
        .iter()
        .enumerate()
        .filter_map(|(i, cell)| Some((i, number(cell, mark)?)))
        .collect();
    let [.., (a, first), (b, second)] = angles.as_slice() else {
        return Err(FormatError::syntax(
            FORMAT,
            "line 1",
            "no columns for latitude and longitude: name them lat and lon in the first line",
        ));
    };
    // With more than two numbers (a count, a height) nobody can tell which is which.
    if angles.len() > 2 && first.latitude.is_none() {
        return Err(FormatError::syntax(
            FORMAT,
            "line 1",
            "more than two columns of numbers and no header: name the columns lat and lon in the first line",
        ));
    }
    let swapped = first.latitude == Some(false)
        || second.latitude == Some(true)
        || (first.latitude.is_none() && first.deg.abs() > 90.0);
    if first.latitude.is_none() {
        let order = if swapped {
            "longitude, latitude"
        } else {
            "latitude, longitude"
        };
        into.note(format!(
            "the table has no header: its columns are taken as {order}"
        ));
    }
    let (lat, lon) = if swapped { (*b, *a) } else { (*a, *b) };
    Ok(Columns {
        lat,
        lon,
        group: None,
        name: None,
    })
}
