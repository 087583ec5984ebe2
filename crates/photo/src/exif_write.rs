//! [`PhotoMeta`] as EXIF: a little-endian TIFF structure with three directories.

use crate::meta::{GpsHeight, PhotoMeta};
use whimbrel_geo::time::Civil;

/// A directory entry's value (CIPA DC-008, 4.6.2).
enum Field {
    Byte(Vec<u8>),
    Ascii(String),
    Short(u16),
    Long(u32),
    Rational(Vec<(u32, u32)>),
    Undefined(Vec<u8>),
}

impl Field {
    /// (type, count, bytes).
    fn encoded(&self) -> (u16, u32, Vec<u8>) {
        match self {
            Self::Byte(v) => (1, v.len() as u32, v.clone()),
            Self::Ascii(s) => {
                let clean = s
                    .chars()
                    .map(|c| if c.is_ascii() && c != '\0' { c } else { '?' });
                let mut v: Vec<u8> = clean.take(MAX_TEXT).map(|c| c as u8).collect();
                v.push(0);
                (2, v.len() as u32, v)
            }
            Self::Short(v) => (3, 1, v.to_le_bytes().to_vec()),
            Self::Long(v) => (4, 1, v.to_le_bytes().to_vec()),
            Self::Rational(v) => {
                let parts = v.iter().flat_map(|(n, d)| [*n, *d]);
                (
                    5,
                    v.len() as u32,
                    parts.flat_map(u32::to_le_bytes).collect(),
                )
            }
            Self::Undefined(v) => (7, v.len() as u32, v.clone()),
        }
    }
}

/// Longest text written, so that a segment never overflows.
const MAX_TEXT: usize = 200;

type Directory = Vec<(u16, Field)>;

fn size(directory: &Directory) -> usize {
    let values = directory.iter().map(|(_, f)| f.encoded().2.len());
    2 + 12 * directory.len() + 4 + values.filter(|n| *n > 4).map(|n| n + n % 2).sum::<usize>()
}

/// Appends a directory whose first byte will be at the current end of `out`.
fn append(out: &mut Vec<u8>, directory: &Directory) {
    let mut values_at = out.len() + 2 + 12 * directory.len() + 4;
    let mut values = Vec::new();
    out.extend((directory.len() as u16).to_le_bytes());
    for (tag, field) in directory {
        let (kind, count, mut bytes) = field.encoded();
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        if bytes.len() <= 4 {
            bytes.resize(4, 0);
            out.extend(bytes);
        } else {
            out.extend((values_at as u32).to_le_bytes());
            bytes.resize(bytes.len() + bytes.len() % 2, 0);
            values_at += bytes.len();
            values.extend(bytes);
        }
    }
    out.extend(0u32.to_le_bytes());
    out.extend(values);
}

/// `v` in units of `1 / per`, clamped to what fits.
fn rational(v: f64, per: u32) -> (u32, u32) {
    (
        (v * f64::from(per)).round().clamp(0.0, f64::from(u32::MAX)) as u32,
        per,
    )
}

/// Degrees, minutes and seconds in 10⁻⁷″, which is 3 micrometres on the ground.
fn degrees(deg: f64) -> Field {
    const PER_SECOND: u64 = 10_000_000;
    let units = (deg.abs() * 3600.0 * PER_SECOND as f64).round() as u64;
    let (d, rest) = (units / (3600 * PER_SECOND), units % (3600 * PER_SECOND));
    let (m, s) = (rest / (60 * PER_SECOND), rest % (60 * PER_SECOND));
    Field::Rational(vec![
        (d as u32, 1),
        (m as u32, 1),
        (s as u32, PER_SECOND as u32),
    ])
}

fn gps(meta: &PhotoMeta) -> Option<Directory> {
    let p = meta.position?;
    let sign = |v: f64, negative: &str, positive: &str| {
        Field::Ascii(if v < 0.0 { negative } else { positive }.into())
    };
    let (lat, lon) = (p.at.lat_deg(), p.at.lon_deg());
    let mut gps: Directory = vec![
        (0x00, Field::Byte(vec![2, 3, 0, 0])),
        (0x01, sign(lat, "S", "N")),
        (0x02, degrees(lat)),
        (0x03, sign(lon, "W", "E")),
        (0x04, degrees(lon)),
    ];
    let m = match p.height {
        GpsHeight::Amsl(h) => Some(h.m()),
        GpsHeight::Ellipsoid(h) => Some(h.m()),
        GpsHeight::Unknown => None,
    };
    if let Some(m) = m.filter(|m| m.is_finite()) {
        gps.push((0x05, Field::Byte(vec![u8::from(m < 0.0)])));
        gps.push((0x06, Field::Rational(vec![rational(m.abs(), 10_000)])));
    }
    gps.push((0x12, Field::Ascii("WGS-84".into())));
    Some(gps)
}

/// The EXIF block without its head. The picture's size is taken from `meta`.
pub(crate) fn tiff(meta: &PhotoMeta) -> Vec<u8> {
    // What 0 means in GPSAltitudeRef depends on the version: see exif_read.
    let ellipsoid = meta
        .position
        .is_some_and(|p| matches!(p.height, GpsHeight::Ellipsoid(_)));
    let version: &[u8] = if ellipsoid { b"0300" } else { b"0232" };

    let mut exif: Directory = vec![(0x9000, Field::Undefined(version.to_vec()))];
    let mut main: Directory = Vec::new();
    if let Some(make) = &meta.make {
        main.push((0x010F, Field::Ascii(make.clone())));
    }
    if let Some(model) = &meta.model {
        main.push((0x0110, Field::Ascii(model.clone())));
    }
    if let Some(orientation) = meta.orientation {
        main.push((0x0112, Field::Short(orientation)));
    }
    let positive = |v: Option<f64>| v.filter(|v| v.is_finite() && *v > 0.0);
    if let Some(t) = meta.taken_at {
        let c = Civil::from_unix(t);
        let text = format!(
            "{:04}:{:02}:{:02} {:02}:{:02}:{:02}",
            c.year, c.month, c.day, c.hour, c.minute, c.second
        );
        main.push((0x0132, Field::Ascii(text.clone())));
        exif.push((0x9003, Field::Ascii(text)));
        exif.push((0x9011, Field::Ascii("+00:00".into())));
        exif.push((0x9291, Field::Ascii(format!("{:09}", c.nanosecond))));
    }
    if let Some(focal) = positive(meta.focal_mm) {
        let at = exif.iter().position(|(tag, _)| *tag > 0x920A);
        let field = (0x920A, Field::Rational(vec![rational(focal, 1_000_000)]));
        exif.insert(at.unwrap_or(exif.len()), field);
    }
    exif.push((0xA002, Field::Long(meta.width_px)));
    exif.push((0xA003, Field::Long(meta.height_px)));
    if let Some(width_mm) = positive(meta.sensor_width_mm) {
        let per_cm = f64::from(meta.width_px) / width_mm * 10.0;
        exif.push((0xA20E, Field::Rational(vec![rational(per_cm, 10_000)])));
        exif.push((0xA210, Field::Short(3)));
    }
    if let Some(focal) = positive(meta.focal_35mm) {
        exif.push((0xA405, Field::Short(focal.round().min(65_535.0) as u16)));
    }
    if let Some(id) = meta.id {
        exif.push((0xA420, Field::Ascii(format!("{id:032x}"))));
    }
    let gps = gps(meta);

    main.push((0x8769, Field::Long(0)));
    if gps.is_some() {
        main.push((0x8825, Field::Long(0)));
    }
    let exif_at = 8 + size(&main);
    let gps_at = exif_at + size(&exif);
    for (tag, field) in &mut main {
        match tag {
            0x8769 => *field = Field::Long(exif_at as u32),
            0x8825 => *field = Field::Long(gps_at as u32),
            _ => {}
        }
    }
    let mut out = b"II\x2A\0\x08\0\0\0".to_vec();
    append(&mut out, &main);
    append(&mut out, &exif);
    if let Some(gps) = gps {
        append(&mut out, &gps);
    }
    out
}
