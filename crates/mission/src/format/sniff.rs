//! Telling what a file is, and reading it.

use super::archive::{self, Archive};
use super::found::{FileKind, Found, Gathered};
use super::limits::check_size;
use super::shapefile::{self, Parts};
use super::{FormatError, csv, ed269, geojson, geopackage, gpx, kml, openair, plan_json, wkt};
use serde_json::Value;

/// Endings of files inside an archive that are read, in the order in which
/// they are looked for; the first kind that is there counts.
const MEMBERS: [&str; 10] = [
    ".shp", ".kml", ".gpkg", ".geojson", ".json", ".gpx", ".plan", ".txt", ".wkt", ".csv",
];

/// A file and those that belong to it.
#[derive(Clone, Debug, Default)]
pub struct Source<'a> {
    /// Its name; only the ending counts, and only where the content does not
    /// tell.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
    /// Files that lie beside it, by ending (see [`companions`]).
    pub beside: Vec<(&'a str, &'a [u8])>,
}

/// Endings of files that belong to a file of this name: `.prj`, `.dbf` and
/// `.cpg` of a `.shp`.
#[must_use]
pub fn companions(name: &str) -> &'static [&'static str] {
    if name.to_ascii_lowercase().ends_with(".shp") {
        &["prj", "dbf", "cpg"]
    } else {
        &[]
    }
}

/// Reads whatever areas, lines and zones a file holds.
///
/// # Errors
/// What is wrong, where, and what to do.
pub fn read(name: &str, bytes: &[u8]) -> Result<Found, FormatError> {
    Source {
        name,
        bytes,
        beside: Vec::new(),
    }
    .read()
}

/// Reads a file whose kind is known.
///
/// # Errors
/// What is wrong, where, and what to do.
pub fn read_as(kind: FileKind, bytes: &[u8]) -> Result<Found, FormatError> {
    check_size(bytes)?;
    let mut into = Gathered::new(kind);
    let text = || String::from_utf8_lossy(bytes);
    let value = || -> Result<Value, FormatError> {
        serde_json::from_slice(bytes)
            .map_err(|e| FormatError::syntax(kind.name(), "", e.to_string()))
    };
    match kind {
        FileKind::GeoJson | FileKind::Ed318 | FileKind::FaaGrid => {
            geojson::read_into(&value()?, &mut into)?;
        }
        FileKind::Ed269 => ed269::read_into(&value()?, &mut into)?,
        FileKind::QgcPlan => plan_json::areas_into(&value()?, &mut into)?,
        FileKind::Kml => kml::read_into(bytes, &mut into)?,
        FileKind::Gpx => gpx::read_into(bytes, &mut into)?,
        FileKind::Kmz => members(bytes, &mut into)?,
        FileKind::GeoPackage => geopackage::read_into(bytes, &mut into)?,
        FileKind::Wkt => wkt::read_into(&text(), "", &mut into)?,
        FileKind::Csv => csv::read_into(&text(), &mut into)?,
        FileKind::OpenAir => openair::read_into(&text(), &mut into)?,
        FileKind::Shapefile => {
            let parts = Parts {
                shp: bytes,
                ..Parts::default()
            };
            shapefile::read_into(parts, &mut into)?;
        }
    }
    Ok(into.finish())
}

impl Source<'_> {
    /// Reads whatever areas, lines and zones the file holds.
    ///
    /// # Errors
    /// What is wrong, where, and what to do.
    pub fn read(&self) -> Result<Found, FormatError> {
        check_size(self.bytes)?;
        for (_, bytes) in &self.beside {
            check_size(bytes)?;
        }
        let mut into = Gathered::default();
        if archive::looks_like(self.bytes) {
            members(self.bytes, &mut into)?;
        } else {
            let part = |ending: &str| {
                let found = self
                    .beside
                    .iter()
                    .find(|(e, _)| e.eq_ignore_ascii_case(ending));
                found.map(|(_, bytes)| *bytes)
            };
            let parts = Parts {
                shp: self.bytes,
                dbf: part("dbf"),
                prj: part("prj"),
                cpg: part("cpg"),
            };
            one(self.name, parts, &mut into)?;
        }
        Ok(into.finish())
    }
}

/// Reads the files of an archive.
fn members(bytes: &[u8], into: &mut Gathered) -> Result<(), FormatError> {
    let mut archive = Archive::open(bytes)?;
    let (ending, names) = MEMBERS
        .iter()
        .map(|ending| (*ending, archive.ending(ending)))
        .find(|(_, names)| !names.is_empty())
        .ok_or_else(|| FormatError::Unknown("nothing in the archive can be read".into()))?;
    let route = names.iter().find(|n| n.ends_with("wpmz/template.kml"));
    if route.is_some() {
        into.note("the KMZ is a DJI route: only the survey areas of its template are read");
    }
    for name in &names {
        let member = archive.read(name)?;
        let mut beside = |suffix| match ending {
            ".shp" => archive.beside(name, suffix),
            _ => Ok(None),
        };
        let (dbf, prj, cpg) = (beside("dbf")?, beside("prj")?, beside("cpg")?);
        let parts = Parts {
            shp: &member,
            dbf: dbf.as_deref(),
            prj: prj.as_deref(),
            cpg: cpg.as_deref(),
        };
        if archive::looks_like(&member) {
            return Err(FormatError::syntax(
                "ZIP archive",
                name.as_str(),
                "an archive inside an archive is not read: unpack it",
            ));
        }
        one(name, parts, into).map_err(|e| e.inside(name))?;
        if ending == ".kml" {
            into.set_kind(FileKind::Kmz);
        }
    }
    Ok(())
}

/// Reads one file that is no archive.
fn one(name: &str, parts: Parts<'_>, into: &mut Gathered) -> Result<(), FormatError> {
    let bytes = parts.shp;
    if shapefile::looks_like(bytes) {
        into.set_kind(FileKind::Shapefile);
        return shapefile::read_into(parts, into);
    }
    if bytes.starts_with(b"SQLite format 3\0") {
        into.set_kind(FileKind::GeoPackage);
        return geopackage::read_into(bytes, into);
    }
    match first_char(bytes) {
        Some(b'<') => xml(bytes, into),
        Some(b'{' | b'[') => json(bytes, into),
        Some(_) => text(name, bytes, into),
        None => Err(FormatError::Unknown("the file is empty".into())),
    }
}

fn xml(bytes: &[u8], into: &mut Gathered) -> Result<(), FormatError> {
    // The root element is near the beginning, behind declarations and comments.
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(4096)).unwrap_or_default());
    let root = |word: &str| {
        head.match_indices(word)
            .any(|(i, _)| head.get(..i).is_some_and(|b| b.ends_with(['<', ':'])))
    };
    if root("gpx") {
        into.set_kind(FileKind::Gpx);
        gpx::read_into(bytes, into)
    } else if root("kml") || root("Document") || root("Placemark") || root("Folder") {
        into.set_kind(FileKind::Kml);
        kml::read_into(bytes, into)
    } else if root("html") || root("HTML") {
        Err(FormatError::Unknown(
            "the file is a web page, not the file behind it: download it again".into(),
        ))
    } else {
        Err(FormatError::Unknown(
            "the XML is neither KML nor GPX".into(),
        ))
    }
}

fn json(bytes: &[u8], into: &mut Gathered) -> Result<(), FormatError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|e| FormatError::syntax("GeoJSON", "", e.to_string()))?;
    if document.get("fileType").and_then(Value::as_str) == Some("Plan") {
        into.set_kind(FileKind::QgcPlan);
        plan_json::areas_into(&document, into)
    } else if ed269::looks_like(&document) {
        into.set_kind(FileKind::Ed269);
        ed269::read_into(&document, into)
    } else if document.get("rings").is_some() || document.get("spatialReference").is_some() {
        Err(FormatError::Unknown(
            "the file is Esri JSON: save it as GeoJSON (f=geojson)".into(),
        ))
    } else {
        into.set_kind(FileKind::GeoJson);
        geojson::read_into(&document, into)
    }
}

fn text(name: &str, bytes: &[u8], into: &mut Gathered) -> Result<(), FormatError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(FormatError::Unknown(
            "the text is UTF-16: save it as UTF-8".into(),
        ));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().take(4096).any(|b| *b == 0) {
        return Err(FormatError::Unknown(unknown(name)));
    }
    // Airspace files are often Latin-1; only their names suffer.
    let text = String::from_utf8_lossy(bytes);
    let first = text
        .lines()
        .find(|l| !l.trim().is_empty())
        .unwrap_or_default();
    if first.trim() == "QGC WPL 110" {
        return Err(FormatError::Unknown(
            "the file is a mission (QGC WPL 110), not an area".into(),
        ));
    }
    if ["PROJCS[", "GEOGCS[", "LOCAL_CS["]
        .iter()
        .any(|word| first.trim_start().starts_with(word))
    {
        return Err(FormatError::Unknown(unknown("a.prj")));
    }
    if openair::looks_like(&text) {
        into.set_kind(FileKind::OpenAir);
        openair::read_into(&text, into)
    } else if wkt::looks_like(&text) {
        into.set_kind(FileKind::Wkt);
        wkt::read_into(&text, "", into)
    } else if csv::looks_like(first) {
        into.set_kind(FileKind::Csv);
        csv::read_into(&text, into)
    } else {
        Err(FormatError::Unknown(unknown(name)))
    }
}

fn unknown(name: &str) -> String {
    let ending = name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match ending.as_str() {
        "prj" | "dbf" | "shx" | "cpg" => {
            "the file is a part of a shapefile: give the .shp, or all of them zipped".into()
        }
        "" => "the kind of the file cannot be told".into(),
        _ => format!("the kind of the file cannot be told from its content ({name})"),
    }
}

pub(super) fn first_char(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().copied().find(|b| !b.is_ascii_whitespace())
}
