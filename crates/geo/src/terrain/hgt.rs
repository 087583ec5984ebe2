//! SRTM tiles (.hgt): big-endian 16-bit metres above EGM96, rows from north to south, nodes on
//! the degree lines at both ends, −32768 where unknown (NASA LP DAAC, SRTM user guide v3, §3).

use super::datum::Stated;
use super::grid::{Georeference, GridTerrain};
use super::reading::{Reading, Window};
use super::{TerrainError, VerticalDatum};
use crate::crs::Crs;
use std::io::{Cursor, Read, Seek, SeekFrom};

const UNKNOWN: i16 = i16::MIN;

/// South-west corner (latitude, longitude in degrees) from a name such as `N46E009.hgt`; a path
/// before it is ignored.
fn corner_deg(name: &str) -> Option<(f64, f64)> {
    let file = name.rsplit(['/', '\\']).next()?;
    let stem = file.split('.').next()?.to_ascii_uppercase();
    let mut rest = stem.as_str();
    let mut number = |negative: char, positive: char, digits: usize| -> Option<f64> {
        let sign = match rest.chars().next()? {
            c if c == negative => -1.0,
            c if c == positive => 1.0,
            _ => return None,
        };
        let text = rest.get(1..=digits)?;
        rest = rest.get(1 + digits..)?;
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(sign * text.parse::<f64>().ok()?)
    };
    let lat = number('S', 'N', 2)?;
    let lon = number('W', 'E', 3)?;
    ((-90.0..90.0).contains(&lat) && (-180.0..180.0).contains(&lon)).then_some((lat, lon))
}

impl GridTerrain {
    /// Reads an SRTM tile of 1″ or 3″; `name` tells its place.
    pub fn from_hgt(name: &str, bytes: &[u8]) -> Result<Self, TerrainError> {
        let read = Self::read_hgt(name, Cursor::new(bytes), &Reading::default())?;
        read.ok_or_else(|| TerrainError::HgtName(name.into()))
    }

    /// Reads what is needed of an SRTM tile; `None` when the tile does not reach there.
    pub fn read_hgt(
        name: &str,
        mut file: impl Read + Seek,
        reading: &Reading,
    ) -> Result<Option<Self>, TerrainError> {
        let failed = |e: std::io::Error| TerrainError::Io(e.to_string());
        let (lat, lon) = corner_deg(name).ok_or_else(|| TerrainError::HgtName(name.into()))?;
        let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
        let side = [1201usize, 3601]
            .into_iter()
            .find(|n| (n * n * 2) as u64 == length)
            .ok_or(TerrainError::HgtLength(length as usize))?;
        let step = 1.0 / (side - 1) as f64;
        let affine = [lon, step, 0.0, lat + 1.0, 0.0, -step];
        let crs = Crs::from_epsg(4326)?;
        let window = match &reading.within {
            Some(within) => Window::of(within, &crs, &affine, side, side),
            None => Some(Window::all(side, side)),
        };
        let Some(window) = window else {
            return Ok(None);
        };
        let shift = reading.shift(Stated::default(), VerticalDatum::Egm96)?;
        let mut values = Vec::with_capacity(window.width * window.height);
        let mut row_bytes = vec![0; 2 * window.width];
        for row in window.row..window.row + window.height {
            let at = 2 * (row * side + window.column) as u64;
            file.seek(SeekFrom::Start(at)).map_err(failed)?;
            file.read_exact(&mut row_bytes).map_err(failed)?;
            values.extend(row_bytes.chunks_exact(2).map(|b| match b {
                [hi, lo] => match i16::from_be_bytes([*hi, *lo]) {
                    UNKNOWN => f32::NAN,
                    v => f32::from(v),
                },
                _ => f32::NAN,
            }));
        }
        let affine = window.affine(affine);
        let place = Georeference::Crs { crs, affine };
        let mut grid = Self::new(place, window.width, window.height, values, shift.datum)?;
        grid.shift = shift;
        Ok(Some(grid))
    }
}

#[cfg(test)]
mod tests {
    use super::corner_deg;

    #[test]
    fn names_tell_the_corner() {
        assert_eq!(corner_deg("dem/N44W072.hgt"), Some((44.0, -72.0)));
        assert_eq!(corner_deg("s01e179.SRTMGL1.hgt"), Some((-1.0, 179.0)));
        for wrong in [
            "", "N4", "Nä4W072", "N44W07", "X44W072", "N95E000", "N44E180", "N+4W0+2",
        ] {
            assert_eq!(corner_deg(wrong), None, "{wrong}");
        }
    }
}
