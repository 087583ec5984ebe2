//! Well-known text (OGC 06-103r4 §7), also with PostGIS's `SRID=…;` in front;
//! several geometries one after another.

use super::FormatError;
use super::found::Gathered;
use super::limits::MAX_DEPTH;
use super::ring::opened;
use crate::Area;
use whimbrel_geo::{Crs, LatLon};

const FORMAT: &str = "WKT";
const WORDS: [&str; 7] = [
    "POLYGON",
    "MULTIPOLYGON",
    "LINESTRING",
    "MULTILINESTRING",
    "GEOMETRYCOLLECTION",
    "POINT",
    "MULTIPOINT",
];

/// Whether a text begins like WKT.
pub(crate) fn looks_like(text: &str) -> bool {
    let text = text.trim_start();
    if text
        .get(..5)
        .is_some_and(|t| t.eq_ignore_ascii_case("SRID="))
    {
        return true;
    }
    let word: String = text
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_uppercase();
    let rest = text.get(word.len()..).unwrap_or_default().trim_start();
    WORDS.contains(&word.as_str())
        && (rest.starts_with('(') || rest.get(..1).is_some_and(|c| "ZMEzme".contains(c)))
}

/// Reads all geometries of a text.
pub(crate) fn read_into(text: &str, name: &str, into: &mut Gathered) -> Result<(), FormatError> {
    let mut reader = Reader {
        text,
        at: 0,
        crs: None,
    };
    loop {
        reader.blanks();
        if reader.rest().is_empty() {
            return Ok(());
        }
        if reader.rest().starts_with([';', ',']) {
            reader.at += 1;
            continue;
        }
        reader.srid()?;
        reader.geometry(name, into, 0)?;
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    crs: Option<Crs>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn syntax(&self, reason: impl Into<String>) -> FormatError {
        FormatError::syntax(FORMAT, format!("character {}", self.at + 1), reason)
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// The next word in capitals; empty where none is.
    fn word(&mut self) -> String {
        self.blanks();
        let word: String = self
            .rest()
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        self.at += word.len();
        word.to_ascii_uppercase()
    }

    fn takes(&mut self, mark: char) -> bool {
        self.blanks();
        let there = self.rest().starts_with(mark);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, mark: char) -> Result<(), FormatError> {
        if self.takes(mark) {
            Ok(())
        } else {
            Err(self.syntax(format!("\"{mark}\" is missing")))
        }
    }

    fn number(&mut self) -> Result<f64, FormatError> {
        self.blanks();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let number = rest.get(..end).and_then(|t| t.parse::<f64>().ok());
        let number = number.ok_or_else(|| self.syntax("not a number"))?;
        self.at += end;
        Ok(number)
    }

    fn srid(&mut self) -> Result<(), FormatError> {
        if !self
            .rest()
            .get(..5)
            .is_some_and(|t| t.eq_ignore_ascii_case("SRID="))
        {
            return Ok(());
        }
        self.at += 5;
        let epsg = self.number()?;
        self.expect(';')?;
        self.crs = match epsg as u32 {
            4326 => None,
            code => Some(Crs::from_epsg(code).map_err(|e| self.syntax(e.to_string()))?),
        };
        Ok(())
    }

    fn geometry(
        &mut self,
        name: &str,
        into: &mut Gathered,
        depth: usize,
    ) -> Result<(), FormatError> {
        if depth > MAX_DEPTH {
            return Err(self.syntax("geometries are nested too deep"));
        }
        let kind = self.word();
        if !WORDS.contains(&kind.as_str()) {
            return Err(self.syntax(format!(
                "{kind:?} is not a geometry that is read: use POLYGON, MULTIPOLYGON, LINESTRING or MULTILINESTRING"
            )));
        }
        let before = self.at;
        match self.word().as_str() {
            "" | "Z" | "M" | "ZM" => {}
            "EMPTY" => return Ok(()),
            other => {
                self.at = before;
                return Err(self.syntax(format!("{other:?} is not expected here")));
            }
        }
        let before = self.at;
        if self.word() == "EMPTY" {
            return Ok(());
        }
        self.at = before;
        match kind.as_str() {
            "POLYGON" => {
                let area = self.polygon(into)?;
                into.area(name, area)?;
            }
            "LINESTRING" => {
                let places = self.places(into)?;
                into.line(name, places, None, false)?;
            }
            "POINT" | "MULTIPOINT" => self.skip()?,
            "GEOMETRYCOLLECTION" => self.list(|reader| reader.geometry(name, into, depth + 1))?,
            "MULTIPOLYGON" => self.list(|reader| {
                let area = reader.polygon(into)?;
                into.area(name, area)
            })?,
            _ => self.list(|reader| {
                let places = reader.places(into)?;
                into.line(name, places, None, false)
            })?,
        }
        Ok(())
    }

    fn list(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.expect('(')?;
        loop {
            item(self)?;
            if !self.takes(',') {
                return self.expect(')');
            }
        }
    }

    fn polygon(&mut self, into: &mut Gathered) -> Result<Area, FormatError> {
        let mut area = Area::new(Vec::new());
        let mut outer = true;
        self.list(|reader| {
            let ring = opened(reader.places(into)?);
            if outer {
                area.outer = ring.unwrap_or_default();
                outer = false;
            } else {
                area.holes.extend(ring);
            }
            Ok(())
        })?;
        Ok(area)
    }

    fn places(&mut self, into: &mut Gathered) -> Result<Vec<LatLon>, FormatError> {
        let mut places = Vec::new();
        self.list(|reader| {
            let (x, y) = (reader.number()?, reader.number()?);
            while !reader.rest().trim_start().starts_with([',', ')']) {
                reader.number()?;
            }
            into.vertices(1)?;
            let place = match &reader.crs {
                Some(crs) => crs.unproject([x, y]).map_err(|e| e.to_string()),
                None => LatLon::from_deg(y, x).map_err(|e| e.to_string()),
            };
            places.push(place.map_err(|e| reader.syntax(e))?);
            Ok(())
        })?;
        Ok(places)
    }

    /// Passes over one balanced pair of brackets.
    fn skip(&mut self) -> Result<(), FormatError> {
        self.expect('(')?;
        let mut open = 1_usize;
        while open > 0 {
            match self.rest().chars().next() {
                Some('(') => open += 1,
                Some(')') => open -= 1,
                Some(_) => {}
                None => return Err(self.syntax("\")\" is missing")),
            }
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
        }
        Ok(())
    }
}
