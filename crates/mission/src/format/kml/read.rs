//! Placemarks: polygons with any number of inner boundaries, lines, tracks.

use crate::Area;
use crate::format::FormatError;
use crate::format::found::Gathered;
use crate::format::ring::opened;
use crate::format::xml::{Piece, Walk};
use whimbrel_geo::LatLon;

const FORMAT: &str = "KML";
/// Longest name that is kept, characters.
const MAX_NAME: usize = 200;

/// Which text is being gathered.
#[derive(Clone, Copy, PartialEq)]
enum Gather {
    Nothing,
    Name,
    Coordinates,
    /// One `gx:coord` of a track: longitude, latitude, height with blanks between.
    Fix,
}

/// Reads all `Polygon`s, `LineString`s and `gx:Track`s.
pub(crate) fn read_into(bytes: &[u8], into: &mut Gathered) -> Result<(), FormatError> {
    let mut walk = Walk::new(bytes, FORMAT)?;
    let mut name = String::new();
    let mut polygon: Option<Area> = None;
    let mut track: Option<Vec<LatLon>> = None;
    let (mut inner, mut line, mut placemark) = (false, false, false);
    let mut gather = Gather::Nothing;
    let mut text = String::new();
    while let Some(piece) = walk.next()? {
        match piece {
            Piece::Start(element) => match element.local_name().as_ref() {
                "Placemark" => {
                    placemark = true;
                    name.clear();
                }
                "name" if placemark && polygon.is_none() => gather = Gather::Name,
                "Polygon" => polygon = Some(Area::new(Vec::new())),
                "innerBoundaryIs" => inner = true,
                "outerBoundaryIs" => inner = false,
                "LineString" => line = true,
                "Track" => track = Some(Vec::new()),
                "coordinates" if polygon.is_some() || line => gather = Gather::Coordinates,
                "coord" if track.is_some() => gather = Gather::Fix,
                "NetworkLink" => into.note(
                    "the KML refers to another file (NetworkLink), which is not fetched: save that file itself",
                ),
                _ => {}
            },
            Piece::Text(more) => {
                if gather != Gather::Nothing {
                    text.push_str(&more);
                }
            }
            Piece::End(element) => {
                let gathered = core::mem::replace(&mut gather, Gather::Nothing);
                let content = core::mem::take(&mut text);
                match gathered {
                    Gather::Name => name = content.trim().chars().take(MAX_NAME).collect(),
                    Gather::Coordinates => {
                        let places = places(&content, &walk)?;
                        into.vertices(places.len())?;
                        match &mut polygon {
                            Some(area) if inner => area.holes.extend(opened(places)),
                            Some(area) => area.outer = opened(places).unwrap_or_default(),
                            None => into.line(&name, places, None, false)?,
                        }
                    }
                    Gather::Fix => {
                        into.vertices(1)?;
                        let mut numbers = content.split_ascii_whitespace();
                        let place = place(numbers.next(), numbers.next(), &walk)?;
                        track.get_or_insert_default().push(place);
                    }
                    Gather::Nothing => match element.as_str() {
                        "innerBoundaryIs" => inner = false,
                        "LineString" => line = false,
                        "Placemark" => placemark = false,
                        "Polygon" => {
                            if let Some(area) = polygon.take() {
                                into.area(&name, area)?;
                            }
                        }
                        "Track" => into.line(&name, track.take().unwrap_or_default(), None, true)?,
                        _ => {}
                    },
                }
            }
        }
    }
    Ok(())
}

/// `lon,lat[,height]` tuples with white space between; some programs put a
/// blank after the comma.
fn places(text: &str, walk: &Walk<'_>) -> Result<Vec<LatLon>, FormatError> {
    let mut places = Vec::new();
    let tight;
    let text = if text.contains(", ") {
        tight = text
            .split(", ")
            .map(str::trim_start)
            .collect::<Vec<_>>()
            .join(",");
        &tight
    } else {
        text
    };
    for tuple in text.split_ascii_whitespace() {
        let mut numbers = tuple.split(',');
        places.push(place(numbers.next(), numbers.next(), walk)?);
    }
    Ok(places)
}

fn place(lon: Option<&str>, lat: Option<&str>, walk: &Walk<'_>) -> Result<LatLon, FormatError> {
    let number = |text: Option<&str>| text.and_then(|t| t.trim().parse::<f64>().ok());
    let (Some(lon), Some(lat)) = (number(lon), number(lat)) else {
        return Err(walk.syntax("a coordinate is not longitude,latitude"));
    };
    LatLon::from_deg(lat, lon).map_err(|e| walk.syntax(e.to_string()))
}
