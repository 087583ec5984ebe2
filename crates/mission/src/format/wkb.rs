//! Well-known binary (OGC 06-103r4 §8), as GeoPackages hold it; also with the
//! flags of PostGIS for Z, M and SRID.

use super::FormatError;
use super::found::Gathered;
use super::limits::MAX_DEPTH;
use super::ring::opened;
use crate::Area;
use whimbrel_geo::LatLon;

/// Turns two numbers into a place.
pub(crate) type Place<'a> = &'a dyn Fn([f64; 2]) -> Result<LatLon, String>;

/// Reads one geometry.
pub(crate) fn read_into(
    bytes: &[u8],
    name: &str,
    place: Place<'_>,
    into: &mut Gathered,
) -> Result<(), FormatError> {
    let mut reader = Reader { bytes, at: 0 };
    reader.geometry(name, place, into, 0)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn syntax(&self, reason: impl Into<String>) -> FormatError {
        FormatError::syntax("WKB geometry", format!("byte {}", self.at), reason)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let taken = self.bytes.get(self.at..).and_then(|b| b.first_chunk::<N>());
        let taken = *taken.ok_or_else(|| self.syntax("it ends in the middle"))?;
        self.at += N;
        Ok(taken)
    }

    fn count(&mut self, little: bool) -> Result<usize, FormatError> {
        let bytes = self.take::<4>()?;
        let n = if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        } as usize;
        // Each thing counted has four bytes at least.
        if n > self.bytes.len().saturating_sub(self.at) / 4 {
            return Err(self.syntax("it counts more than it holds"));
        }
        Ok(n)
    }

    fn number(&mut self, little: bool) -> Result<f64, FormatError> {
        let bytes = self.take::<8>()?;
        Ok(if little {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }

    fn geometry(
        &mut self,
        name: &str,
        place: Place<'_>,
        into: &mut Gathered,
        depth: usize,
    ) -> Result<(), FormatError> {
        if depth > MAX_DEPTH {
            return Err(self.syntax("geometries are nested too deep"));
        }
        let little = match self.take::<1>()? {
            [1] => true,
            [0] => false,
            _ => return Err(self.syntax("the byte order is neither 0 nor 1")),
        };
        let code = self.take::<4>()?;
        let code = if little {
            u32::from_le_bytes(code)
        } else {
            u32::from_be_bytes(code)
        };
        let flags = code >> 28;
        if flags & 0b0010 != 0 {
            self.take::<4>()?; // SRID
        }
        let plain = code & 0x0fff_ffff;
        // ISO adds 1000 for Z, 2000 for M, 3000 for both; PostGIS sets the high bits.
        let iso = plain / 1000;
        let more = match (iso, flags & 0b1000 != 0, flags & 0b0100 != 0) {
            (3, ..) | (_, true, true) => 2,
            (1 | 2, ..) | (_, true, false) | (_, false, true) => 1,
            _ => 0,
        };
        match plain % 1000 {
            1 => {
                for _ in 0..2 + more {
                    self.number(little)?;
                }
            }
            2 => {
                let places = self.places(little, more, place, into)?;
                into.line(name, places, None, false)?;
            }
            3 => {
                let mut area = Area::new(Vec::new());
                for index in 0..self.count(little)? {
                    let ring = opened(self.places(little, more, place, into)?);
                    if index == 0 {
                        area.outer = ring.unwrap_or_default();
                    } else {
                        area.holes.extend(ring);
                    }
                }
                into.area(name, area)?;
            }
            4..=7 => {
                for _ in 0..self.count(little)? {
                    self.geometry(name, place, into, depth + 1)?;
                }
            }
            other => {
                into.note(format!(
                    "geometries of type {other} (curves, surfaces) are passed over: turn them into polygons"
                ));
                // Their length is not known: what follows cannot be read either.
                self.at = self.bytes.len();
            }
        }
        Ok(())
    }

    fn places(
        &mut self,
        little: bool,
        more: usize,
        place: Place<'_>,
        into: &mut Gathered,
    ) -> Result<Vec<LatLon>, FormatError> {
        let n = self.count(little)?;
        into.vertices(n)?;
        let mut places = Vec::with_capacity(n);
        for _ in 0..n {
            let xy = [self.number(little)?, self.number(little)?];
            for _ in 0..more {
                self.number(little)?;
            }
            places.push(place(xy).map_err(|e| self.syntax(e))?);
        }
        Ok(places)
    }
}
