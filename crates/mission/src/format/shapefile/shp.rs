//! The main file: a header of 100 bytes, then records.

use super::FORMAT;
use crate::Area;
use crate::format::FormatError;
use crate::format::found::Gathered;
use crate::format::ring::opened;
use crate::format::wkb::Place;
use whimbrel_geo::{LatLon, Polygon};

/// Most rings of one shape; finding each hole's outline takes time with their square.
const MAX_RINGS: usize = 5_000;

/// Shape types (ESRI 1998, p. 4); Z and M forms add 10 and 20.
const POLYLINE: i32 = 3;
const POLYGON: i32 = 5;
const MULTIPATCH: i32 = 31;

fn syntax(record: usize, reason: impl Into<String>) -> FormatError {
    let place = match record {
        0 => ".shp header".to_owned(),
        n => format!(".shp record {n}"),
    };
    FormatError::syntax(FORMAT, place, reason)
}

fn big(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn little(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn double(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn read_into(
    bytes: &[u8],
    names: &[String],
    place: Place<'_>,
    into: &mut Gathered,
) -> Result<(), FormatError> {
    let kind = little(bytes, 32).ok_or_else(|| syntax(0, "shorter than 100 bytes"))?;
    if kind == MULTIPATCH {
        return Err(syntax(0, "a multipatch is not read: save it as polygons"));
    }
    let mut at = 100;
    let mut record = 0;
    while let (Some(_number), Some(words)) = (big(bytes, at), big(bytes, at + 4)) {
        record += 1;
        // Lengths are 16-bit words.
        let length = usize::try_from(words)
            .unwrap_or(usize::MAX)
            .saturating_mul(2);
        let content = bytes
            .get(at + 8..)
            .and_then(|rest| rest.get(..length))
            .ok_or_else(|| syntax(record, "the file ends in the middle: get it again"))?;
        let name = names.get(record - 1).map_or("", String::as_str);
        shape(content, record, name, place, into)?;
        at += 8 + length;
    }
    Ok(())
}

fn shape(
    content: &[u8],
    record: usize,
    name: &str,
    place: Place<'_>,
    into: &mut Gathered,
) -> Result<(), FormatError> {
    let kind = little(content, 0).ok_or_else(|| syntax(record, "it has no shape type"))?;
    let plain = if kind > 10 { kind % 10 } else { kind };
    if !matches!(plain, POLYLINE | POLYGON) {
        if kind != 0 {
            into.note("points of the shapefile are passed over");
        }
        return Ok(());
    }
    let short = || syntax(record, "it counts more than it holds");
    let count = |at| {
        let n = usize::try_from(little(content, at)?).ok()?;
        (n <= content.len()).then_some(n)
    };
    let (parts, points) = (count(36).ok_or_else(short)?, count(40).ok_or_else(short)?);
    if 44 + 4 * parts + 16 * points > content.len() {
        return Err(short());
    }
    if parts > MAX_RINGS {
        return Err(FormatError::TooMany {
            what: "rings in one shape",
            limit: MAX_RINGS,
        });
    }
    into.vertices(points)?;
    let start = |part: usize| -> Option<usize> {
        if part == parts {
            return Some(points);
        }
        usize::try_from(little(content, 44 + 4 * part)?).ok()
    };
    let mut rings: Vec<Ring> = Vec::new();
    for part in 0..parts {
        let (Some(from), Some(to)) = (start(part), start(part + 1)) else {
            return Err(short());
        };
        if from > to || to > points {
            return Err(syntax(record, "its parts are not in order"));
        }
        let mut ring = Ring::default();
        for index in from..to {
            let offset = 44 + 4 * parts + 16 * index;
            let (Some(x), Some(y)) = (double(content, offset), double(content, offset + 8)) else {
                return Err(short());
            };
            ring.xy.push([x, y]);
            ring.places
                .push(place([x, y]).map_err(|e| syntax(record, e))?);
        }
        rings.push(ring);
    }
    if plain == POLYLINE {
        for ring in rings {
            into.line(name, ring.places, None, false)?;
        }
        return Ok(());
    }
    for area in areas(rings) {
        into.area(name, area)?;
    }
    Ok(())
}

#[derive(Default)]
struct Ring {
    xy: Vec<[f64; 2]>,
    places: Vec<LatLon>,
}

impl Ring {
    /// Outlines are clockwise, holes counter-clockwise (ESRI 1998, p. 8).
    fn is_outline(&self) -> bool {
        let sum: f64 = self
            .xy
            .iter()
            .zip(self.xy.iter().cycle().skip(1))
            .map(|(a, b)| (b[0] - a[0]) * (b[1] + a[1]))
            .sum();
        sum >= 0.0
    }
}

/// Each hole goes to the smallest outline around it; one without any becomes
/// an outline itself (some programs do not keep to the winding).
fn areas(rings: Vec<Ring>) -> Vec<Area> {
    let (outlines, holes): (Vec<Ring>, Vec<Ring>) = rings.into_iter().partition(Ring::is_outline);
    let shapes: Vec<Polygon> = outlines
        .iter()
        .map(|r| Polygon::new(r.xy.clone()))
        .collect();
    let mut areas: Vec<Area> = outlines
        .into_iter()
        .map(|r| Area::new(opened(r.places).unwrap_or_default()))
        .collect();
    let mut alone = Vec::new();
    for hole in holes {
        let Some(inside) = hole.xy.first().copied() else {
            continue;
        };
        let around = shapes
            .iter()
            .enumerate()
            .filter(|(_, shape)| shape.contains(inside))
            .min_by(|a, b| a.1.area_m2().total_cmp(&b.1.area_m2()))
            .map(|(index, _)| index);
        match (around.and_then(|i| areas.get_mut(i)), opened(hole.places)) {
            (Some(area), Some(ring)) => area.holes.push(ring),
            (None, Some(ring)) => alone.push(Area::new(ring)),
            _ => {}
        }
    }
    areas.extend(alone);
    areas
}
