//! EXIF into [`PhotoMeta`].

use crate::meta::{GpsHeight, GpsPosition, MetaError, PhotoMeta};
use core::time::Duration;
use exif::{Exif, In, Reader, Tag, Value};
use whimbrel_geo::{Height, LatLon, time::Civil};

fn number(exif: &Exif, tag: Tag) -> Option<f64> {
    numbers(exif, tag).first().copied()
}

fn numbers(exif: &Exif, tag: Tag) -> Vec<f64> {
    let Some(field) = exif.get_field(tag, In::PRIMARY) else {
        return Vec::new();
    };
    let all: Vec<f64> = match &field.value {
        Value::Rational(v) => v.iter().map(exif::Rational::to_f64).collect(),
        Value::SRational(v) => v.iter().map(exif::SRational::to_f64).collect(),
        Value::Float(v) => v.iter().map(|v| f64::from(*v)).collect(),
        Value::Double(v) => v.clone(),
        other => other
            .iter_uint()
            .map(|v| v.map(f64::from).collect())
            .unwrap_or_default(),
    };
    // 0/0 is how cameras write "unknown".
    if all.iter().all(|v| v.is_finite()) {
        all
    } else {
        Vec::new()
    }
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let bytes = match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => lines.first()?,
        Value::Undefined(bytes, _) => bytes,
        _ => return None,
    };
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.to_owned())
}

fn position(exif: &Exif) -> Option<GpsPosition> {
    let degrees = |tag: Tag, reference: Tag, negative: char| -> Option<f64> {
        let parts = numbers(exif, tag);
        let (d, m, s) = match *parts.as_slice() {
            [d] => (d, 0.0, 0.0),
            [d, m] => (d, m, 0.0),
            [d, m, s, ..] => (d, m, s),
            [] => return None,
        };
        let sign = if text(exif, reference)?
            .to_ascii_uppercase()
            .starts_with(negative)
        {
            -1.0
        } else {
            1.0
        };
        Some(sign * (d + m / 60.0 + s / 3600.0))
    };
    let at = LatLon::from_deg(
        degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, 'S')?,
        degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, 'W')?,
    )
    .ok()?;
    if at.lat_rad() == 0.0 && at.lon_rad() == 0.0 {
        return None; // what receivers without a fix write
    }
    let reference = number(exif, Tag::GPSAltitudeRef).unwrap_or(0.0) as u8;
    let height = match number(exif, Tag::GPSAltitude) {
        None => GpsHeight::Unknown,
        Some(m) => {
            let m = if reference & 1 == 1 { -m.abs() } else { m };
            // CIPA DC-008-2023 (EXIF 3.0): 0 and 1 ellipsoid, 2 and 3 sea level. Before: sea level.
            let version = text(exif, Tag::ExifVersion).unwrap_or_default();
            if reference < 2 && version.as_str() >= "0300" {
                GpsHeight::Ellipsoid(Height::from_m(m))
            } else {
                GpsHeight::Amsl(Height::from_m(m))
            }
        }
    };
    Some(GpsPosition {
        at,
        height,
        sigma_xy_m: None,
        sigma_z_m: None,
    })
}

/// `2013:07:01 11:59:59`, fraction digits, `+02:00`.
fn moment(date_time: &str, fraction: Option<&str>, offset: Option<&str>) -> Option<Duration> {
    let digits = |range: core::ops::Range<usize>| -> Option<u32> {
        let part = date_time.get(range)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    let fraction = fraction.unwrap_or("0").trim();
    let nanosecond = if fraction.bytes().all(|b| b.is_ascii_digit()) {
        let padded: String = fraction
            .chars()
            .chain("000000000".chars())
            .take(9)
            .collect();
        padded.parse().ok()?
    } else {
        0
    };
    let civil = Civil {
        year: i64::from(digits(0..4)?),
        month: digits(5..7)?,
        day: digits(8..10)?,
        hour: digits(11..13)?,
        minute: digits(14..16)?,
        second: digits(17..19)?,
        nanosecond,
    };
    let local = civil.to_unix()?;
    let Some(offset) = offset else {
        return Some(local);
    };
    let part = |range: core::ops::Range<usize>| offset.get(range)?.parse::<u64>().ok();
    let ahead = Duration::from_secs(part(1..3)? * 3600 + part(4..6)? * 60);
    if offset.starts_with('-') {
        local.checked_add(ahead)
    } else {
        local.checked_sub(ahead)
    }
}

/// Fills `meta` from the TIFF structure of an EXIF segment.
pub(crate) fn read(tiff: &[u8], meta: &mut PhotoMeta) -> Result<(), MetaError> {
    let exif = Reader::new()
        .read_raw(tiff.to_vec())
        .map_err(|e| MetaError::Exif(e.to_string()))?;
    let positive = |tag| number(&exif, tag).filter(|v| *v > 0.0);
    meta.make = text(&exif, Tag::Make);
    meta.model = text(&exif, Tag::Model);
    meta.focal_mm = positive(Tag::FocalLength);
    meta.focal_35mm = positive(Tag::FocalLengthIn35mmFilm);
    meta.orientation = number(&exif, Tag::Orientation)
        .filter(|v| (1.0..=8.0).contains(v))
        .map(|v| v as u16);
    meta.exif_width_px = positive(Tag::PixelXDimension)
        .filter(|v| *v <= 65_535.0)
        .map(|v| v as u32);
    let unit_mm = match number(&exif, Tag::FocalPlaneResolutionUnit) {
        Some(3.0) => 10.0,
        Some(4.0) => 1.0, // not in the standard, but written
        _ => 25.4,        // the standard's default
    };
    meta.sensor_width_mm = positive(Tag::FocalPlaneXResolution)
        .zip(meta.exif_width_px)
        .map(|(per_unit, width)| f64::from(width) / per_unit * unit_mm)
        .filter(|mm| (1.0..200.0).contains(mm));
    meta.id = text(&exif, Tag::ImageUniqueID)
        .filter(|t| t.len() == 32)
        .and_then(|t| u64::from_str_radix(t.get(16..)?, 16).ok());
    meta.taken_at = text(&exif, Tag::DateTimeOriginal)
        .or_else(|| text(&exif, Tag::DateTime))
        .and_then(|t| {
            let fraction = text(&exif, Tag::SubSecTimeOriginal);
            let offset = text(&exif, Tag::OffsetTimeOriginal);
            moment(&t, fraction.as_deref(), offset.as_deref())
        });
    meta.position = position(&exif);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let at = |t, f, o| moment(t, f, o).map(|d| (d.as_secs(), d.subsec_nanos()));
        assert_eq!(
            at("2013:07:01 11:59:59", None, None),
            Some((1_372_679_999, 0))
        );
        assert_eq!(
            at("2013:07:01 11:59:59", Some("25"), Some("+02:00")),
            Some((1_372_679_999 - 7200, 250_000_000))
        );
        assert_eq!(
            at("2013:07:01 11:59:59", None, Some("-00:30")),
            Some((1_372_681_799, 0))
        );
        for wrong in [
            "",
            "    :  :     :  :  ",
            "0000:00:00 00:00:00",
            "2013:13:01 00:00:00",
            "äääääääääääää",
        ] {
            assert_eq!(at(wrong, None, None), None, "{wrong}");
        }
    }
}
