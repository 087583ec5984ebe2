//! What was found in a file.

use super::FormatError;
use super::limits::{MAX_AREAS, MAX_VERTICES, MAX_ZONES};
use crate::Area;
use crate::zone::{Limit, Rule, Zone};
use whimbrel_geo::{LatLon, distance_m};

/// What is said about a file at most; the rest is counted.
const MAX_NOTES: usize = 20;
/// Ends of a walked track this close together close it.
const CLOSED_M: f64 = 25.0;

/// Kinds of files that [`super::read`] takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // names of formats
pub enum FileKind {
    #[default]
    GeoJson,
    Kml,
    Kmz,
    Shapefile,
    GeoPackage,
    Gpx,
    Wkt,
    Csv,
    QgcPlan,
    OpenAir,
    Ed269,
    Ed318,
    FaaGrid,
}

impl FileKind {
    /// The name of the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::Kml => "KML",
            Self::Kmz => "KMZ",
            Self::Shapefile => "Shapefile",
            Self::GeoPackage => "GeoPackage",
            Self::Gpx => "GPX",
            Self::Wkt => "WKT",
            Self::Csv => "CSV",
            Self::QgcPlan => "QGC .plan",
            Self::OpenAir => "OpenAir",
            Self::Ed269 => "ED-269",
            Self::Ed318 => "ED-318",
            Self::FaaGrid => "FAA facility map",
        }
    }
}

/// An area and its name in the file (empty when it has none).
#[derive(Clone, Debug, PartialEq)]
pub struct FoundArea {
    /// Name.
    pub name: String,
    /// Outline and holes.
    pub area: Area,
}

/// A line and its name in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundLine {
    /// Name.
    pub name: String,
    /// Its vertices, two or more. A closed line ends where it begins.
    pub places: Vec<LatLon>,
    /// Width that the file gives to a corridor around it.
    pub width_m: Option<f64>,
    /// Whether it may be meant as an outline: the format has no polygons, or
    /// the line is closed.
    pub outline: bool,
}

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Which format it is.
    pub kind: FileKind,
    /// Areas.
    pub areas: Vec<FoundArea>,
    /// Lines: corridors, tracks, routes.
    pub lines: Vec<FoundLine>,
    /// Zones with heights.
    pub zones: Vec<Zone>,
    /// What was passed over or assumed.
    pub notes: Vec<String>,
}

impl Found {
    /// What there is, in words: `2 lines, 1 zone`; empty when there is nothing.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |n: usize, word: &str| match n {
            0 => None,
            1 => Some(format!("1 {word}")),
            n => Some(format!("{n} {word}s")),
        };
        [
            count(self.areas.len(), "area"),
            count(self.lines.len(), "line"),
            count(self.zones.len(), "zone"),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
    }

    /// The areas to survey: polygons; where there are none, lines that are an
    /// outline (closed, or of a format without polygons); where there are none
    /// either, the outlines of zones.
    ///
    /// # Errors
    /// [`FormatError::NoArea`].
    pub fn into_areas(self) -> Result<Vec<Area>, FormatError> {
        let instead = self.summary();
        let format = self.kind.name();
        if !self.areas.is_empty() {
            return Ok(self.areas.into_iter().map(|a| a.area).collect());
        }
        let outlines: Vec<Area> = self
            .lines
            .into_iter()
            .filter(|l| l.outline)
            .filter_map(|l| super::ring::opened(l.places))
            .map(Area::new)
            .collect();
        if !outlines.is_empty() {
            return Ok(outlines);
        }
        let zones: Vec<Area> = self.zones.into_iter().map(|z| z.area).collect();
        if zones.is_empty() {
            Err(FormatError::NoArea { format, instead })
        } else {
            Ok(zones)
        }
    }

    /// The lines, for corridors.
    ///
    /// # Errors
    /// [`FormatError::NoLine`].
    pub fn into_lines(self) -> Result<Vec<FoundLine>, FormatError> {
        if self.lines.is_empty() {
            Err(FormatError::NoLine {
                format: self.kind.name(),
                instead: self.summary(),
            })
        } else {
            Ok(self.lines)
        }
    }

    /// Where not to fly: zones that ask for something, and polygons (from the
    /// ground up without limit); where there are neither, closed lines.
    ///
    /// # Errors
    /// [`FormatError::NoZone`].
    pub fn into_no_fly(self) -> Result<Vec<Zone>, FormatError> {
        if self.zones.is_empty() && self.areas.is_empty() && !self.lines.iter().any(|l| l.outline) {
            return Err(FormatError::NoZone {
                format: self.kind.name(),
                instead: self.summary(),
            });
        }
        let whole = |name: String, area: Area| Zone {
            name,
            class: String::new(),
            rule: Rule::Prohibited,
            area,
            lower: Limit::GROUND,
            upper: Limit::Unlimited,
            times: None,
        };
        let mut zones: Vec<Zone> = self
            .zones
            .into_iter()
            .filter(|z| z.rule != Rule::Free)
            .collect();
        // What a plan surveys is not what it stays out of.
        let own = self.kind == FileKind::QgcPlan && !zones.is_empty();
        let nothing_else = zones.is_empty() && self.areas.is_empty();
        let areas = self.areas.into_iter().filter(|_| !own);
        zones.extend(areas.map(|a| whole(a.name, a.area)));
        if nothing_else {
            let closed = self.lines.into_iter().filter(|l| l.outline);
            zones
                .extend(closed.filter_map(|l| {
                    Some(whole(l.name, Area::new(super::ring::opened(l.places)?)))
                }));
        }
        Ok(zones)
    }
}

/// What a reader fills, within the limits.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    found: Found,
    vertices: usize,
    unsaid: usize,
}

impl Gathered {
    pub(crate) fn new(kind: FileKind) -> Self {
        Self {
            found: Found {
                kind,
                ..Found::default()
            },
            ..Self::default()
        }
    }

    pub(crate) fn set_kind(&mut self, kind: FileKind) {
        self.found.kind = kind;
    }

    /// Counts vertices before they are kept.
    pub(crate) fn vertices(&mut self, more: usize) -> Result<(), FormatError> {
        self.vertices = self.vertices.saturating_add(more);
        if self.vertices > MAX_VERTICES {
            return Err(FormatError::TooMany {
                what: "vertices",
                limit: MAX_VERTICES,
            });
        }
        Ok(())
    }

    pub(crate) fn area(&mut self, name: &str, area: Area) -> Result<(), FormatError> {
        if self.found.areas.len() >= MAX_AREAS {
            return Err(FormatError::TooMany {
                what: "areas",
                limit: MAX_AREAS,
            });
        }
        if !area.outer.is_empty() {
            self.found.areas.push(FoundArea {
                name: name.to_owned(),
                area,
            });
        }
        Ok(())
    }

    /// Keeps a line of two places or more. `walked`: of a format without
    /// polygons, where a line may be meant as an outline and its ends need not
    /// meet exactly.
    pub(crate) fn line(
        &mut self,
        name: &str,
        places: Vec<LatLon>,
        width_m: Option<f64>,
        walked: bool,
    ) -> Result<(), FormatError> {
        if self.found.lines.len() >= MAX_AREAS {
            return Err(FormatError::TooMany {
                what: "lines",
                limit: MAX_AREAS,
            });
        }
        if let [first, .., last] = places.as_slice() {
            let closed = places.len() >= 4 && first == last;
            let near = places.len() >= 4 && walked && distance_m(*first, *last) < CLOSED_M;
            let outline = closed || near || (walked && places.len() >= 3);
            self.found.lines.push(FoundLine {
                name: name.to_owned(),
                places,
                width_m,
                outline,
            });
        }
        Ok(())
    }

    pub(crate) fn zone(&mut self, zone: Zone) -> Result<(), FormatError> {
        if self.found.zones.len() >= MAX_ZONES {
            return Err(FormatError::TooMany {
                what: "zones",
                limit: MAX_ZONES,
            });
        }
        if !zone.area.outer.is_empty() {
            self.found.zones.push(zone);
        }
        Ok(())
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.found.notes.contains(&note) {
            return;
        }
        if self.found.notes.len() < MAX_NOTES {
            self.found.notes.push(note);
        } else {
            self.unsaid += 1;
        }
    }

    pub(crate) fn finish(mut self) -> Found {
        if self.unsaid > 0 {
            self.found
                .notes
                .push(format!("and {} more remarks", self.unsaid));
        }
        self.found
    }
}
