//! KML 2.2 (OGC 07-147r2): areas in, tracks out.

use super::{FormatError, MAX_AREAS, MAX_VERTICES, check_size};
use crate::Area;
use core::fmt::Write as _;
use quick_xml::Reader;
use quick_xml::events::Event;
use whimbrel_geo::{Amsl, LatLon, Position};

const FORMAT: &str = "KML";
/// Deepest nesting of elements that is read.
const MAX_DEPTH: usize = 64;

fn syntax(offset: u64, reason: impl Into<String>) -> FormatError {
    FormatError::Syntax {
        format: FORMAT,
        place: format!("byte {offset}"),
        reason: reason.into(),
    }
}

/// Reads all `Polygon`s, each with any number of `innerBoundaryIs` and of rings
/// in them.
///
/// # Errors
/// What is wrong and where, or [`FormatError::NoArea`].
pub fn read_areas(bytes: &[u8]) -> Result<Vec<Area>, FormatError> {
    check_size(bytes)?;
    let text = core::str::from_utf8(bytes)
        .map_err(|e| syntax(e.valid_up_to() as u64, "not UTF-8 text"))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut areas = Vec::new();
    let mut polygon: Option<Area> = None;
    let mut inner = false;
    let mut coordinates: Option<String> = None;
    let mut depth = 0_usize;
    let mut vertices = 0_usize;
    loop {
        let offset = reader.buffer_position();
        let event = reader
            .read_event()
            .map_err(|e| syntax(offset, e.to_string()))?;
        match event {
            Event::Eof => break,
            Event::DocType(_) => return Err(syntax(offset, "a document type is not accepted")),
            Event::Start(element) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(syntax(offset, "elements are nested too deep"));
                }
                match element.local_name().as_ref() {
                    "Polygon" => polygon = Some(Area::new(Vec::new())),
                    "innerBoundaryIs" => inner = true,
                    "outerBoundaryIs" => inner = false,
                    "coordinates" if polygon.is_some() => coordinates = Some(String::new()),
                    _ => {}
                }
            }
            Event::Text(text) => {
                if let Some(buffer) = &mut coordinates {
                    buffer.push_str(&text);
                }
            }
            Event::CData(text) => {
                if let Some(buffer) = &mut coordinates {
                    buffer.push_str(&text);
                }
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                match element.local_name().as_ref() {
                    "coordinates" => {
                        if let (Some(text), Some(area)) = (coordinates.take(), &mut polygon) {
                            let ring = ring(&text, offset)?;
                            vertices += ring.len();
                            if vertices > MAX_VERTICES {
                                return Err(FormatError::TooMany {
                                    what: "vertices",
                                    limit: MAX_VERTICES,
                                });
                            }
                            if inner {
                                area.holes.push(ring);
                            } else {
                                area.outer = ring;
                            }
                        }
                    }
                    "innerBoundaryIs" => inner = false,
                    "Polygon" => {
                        if let Some(area) = polygon.take().filter(|a| !a.outer.is_empty()) {
                            if areas.len() >= MAX_AREAS {
                                return Err(FormatError::TooMany {
                                    what: "areas",
                                    limit: MAX_AREAS,
                                });
                            }
                            areas.push(area);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    if areas.is_empty() {
        Err(FormatError::NoArea(FORMAT))
    } else {
        Ok(areas)
    }
}

fn ring(text: &str, offset: u64) -> Result<Vec<LatLon>, FormatError> {
    let mut places = Vec::new();
    for tuple in text.split_ascii_whitespace() {
        let mut numbers = tuple.split(',').map(str::parse::<f64>);
        let (Some(Ok(lon)), Some(Ok(lat))) = (numbers.next(), numbers.next()) else {
            return Err(syntax(offset, "a coordinate is not longitude,latitude"));
        };
        places.push(LatLon::from_deg(lat, lon).map_err(|e| syntax(offset, e.to_string()))?);
    }
    if places.len() > 1 && places.first() == places.last() {
        places.pop();
    }
    Ok(places)
}

/// A KML document under construction.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    body: String,
}

impl Writer {
    /// Adds a track, heights above sea level.
    pub fn line(&mut self, name: &str, points: &[Position<Amsl>]) {
        let _ = write!(
            self.body,
            "<Placemark><name>{}</name><LineString><altitudeMode>absolute</altitudeMode><coordinates>",
            escape(name)
        );
        for p in points {
            let _ = write!(
                self.body,
                "{:.8},{:.8},{:.3} ",
                p.at.lon_deg(),
                p.at.lat_deg(),
                p.height.m()
            );
        }
        self.body
            .push_str("</coordinates></LineString></Placemark>\n");
    }

    /// Adds a point, height above sea level.
    pub fn point(&mut self, name: &str, p: &Position<Amsl>) {
        let _ = writeln!(
            self.body,
            "<Placemark><name>{}</name><Point><altitudeMode>absolute</altitudeMode><coordinates>{:.8},{:.8},{:.3}</coordinates></Point></Placemark>",
            escape(name),
            p.at.lon_deg(),
            p.at.lat_deg(),
            p.height.m()
        );
    }

    /// Adds an area on the ground.
    pub fn area(&mut self, name: &str, area: &Area) {
        let _ = write!(
            self.body,
            "<Placemark><name>{}</name><Polygon>",
            escape(name)
        );
        let mut boundary = |kind: &str, ring: &[LatLon]| {
            let _ = write!(self.body, "<{kind}><LinearRing><coordinates>");
            for at in ring.iter().chain(ring.first()) {
                let _ = write!(self.body, "{:.8},{:.8} ", at.lon_deg(), at.lat_deg());
            }
            let _ = write!(self.body, "</coordinates></LinearRing></{kind}>");
        };
        boundary("outerBoundaryIs", &area.outer);
        for hole in &area.holes {
            boundary("innerBoundaryIs", hole);
        }
        self.body.push_str("</Polygon></Placemark>\n");
    }

    /// The document.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>\n{}</Document></kml>\n",
            self.body
        )
        .into_bytes()
    }
}

fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
