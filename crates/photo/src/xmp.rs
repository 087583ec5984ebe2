//! XMP packets: attitude and accuracy, as Pix4D (`Camera:`) and DJI (`drone-dji:`) write them.
//!
//! Pix4D's yaw, pitch and roll are ours: of a body whose forward is the image's top. DJI's gimbal
//! angles are of a body whose forward is the optical axis (pitch −90° looks down).

use crate::meta::{Attitude, GpsHeight, MetaError, PhotoMeta};
use core::f64::consts::FRAC_PI_2;
use core::fmt::Write;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeMap;
use whimbrel_geo::{Body, Height, Ned, Rotation};

/// Most XML events looked at in a packet.
const MAX_EVENTS: usize = 20_000;

/// Properties by qualified name, from attributes and elements alike; the first of a list.
fn properties(packet: &[u8]) -> Result<BTreeMap<String, String>, MetaError> {
    let damaged = |e: &dyn core::fmt::Display| MetaError::Xmp(e.to_string());
    let text = core::str::from_utf8(packet).map_err(|e| damaged(&e))?;
    let mut reader = Reader::from_str(text.trim_end_matches('\0'));
    let mut found = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    for _ in 0..MAX_EVENTS {
        let event = reader.read_event().map_err(|e| damaged(&e))?;
        if let Event::Start(e) | Event::Empty(e) = &event {
            for attribute in e.attributes() {
                let attribute = attribute.map_err(|e| damaged(&e))?;
                let name = attribute.key.as_ref().to_owned();
                let value = attribute.value.trim().to_owned();
                found.entry(name).or_insert(value);
            }
        }
        match event {
            Event::Start(e) => path.push(e.name().as_ref().to_owned()),
            Event::End(_) => {
                path.pop();
            }
            Event::Text(t) => {
                let value = t.trim().to_owned();
                let owner = path.iter().rev().find(|n| !n.starts_with("rdf:"));
                if let (false, Some(name)) = (value.is_empty(), owner) {
                    found.entry(name.clone()).or_insert(value);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(found)
}

/// Fills `meta` from a packet. What EXIF said of place and time stays; XMP adds to it.
pub(crate) fn read(packet: &[u8], meta: &mut PhotoMeta) -> Result<(), MetaError> {
    let found = properties(packet)?;
    let number = |name: &str| -> Option<f64> {
        let v: f64 = found.get(name)?.parse().ok()?;
        v.is_finite().then_some(v)
    };
    let angle = |name: &str| {
        number(name)
            .filter(|v| v.abs() <= 720.0)
            .map(f64::to_radians)
    };
    let three = |yaw, pitch, roll| Some((angle(yaw)?, angle(pitch)?, angle(roll)?));
    if let Some((yaw_rad, pitch_rad, roll_rad)) = three("Camera:Yaw", "Camera:Pitch", "Camera:Roll")
    {
        meta.attitude = Some(Attitude {
            yaw_rad,
            pitch_rad,
            roll_rad,
            sigma_rad: angle("Camera:IMUYawAccuracy").filter(|v| *v > 0.0),
        });
    } else if let Some((yaw, pitch, roll)) = three(
        "drone-dji:GimbalYawDegree",
        "drone-dji:GimbalPitchDegree",
        "drone-dji:GimbalRollDegree",
    ) {
        let axis_ahead = Rotation::<Ned, Body>::from_euler_rad(roll, pitch, yaw);
        let up = Rotation::<Body, Body>::new(
            whimbrel_geo::nalgebra::UnitQuaternion::from_euler_angles(0.0, FRAC_PI_2, 0.0),
        );
        let (roll_rad, pitch_rad, yaw_rad) = (axis_ahead * up).euler_rad();
        meta.attitude = Some(Attitude {
            yaw_rad,
            pitch_rad,
            roll_rad,
            sigma_rad: None,
        });
    } else if let Some(yaw_rad) = angle("drone-dji:FlightYawDegree") {
        // No gimbal: the camera is taken as fixed to look down.
        meta.attitude = Some(Attitude {
            yaw_rad,
            pitch_rad: angle("drone-dji:FlightPitchDegree").unwrap_or(0.0),
            roll_rad: angle("drone-dji:FlightRollDegree").unwrap_or(0.0),
            sigma_rad: None,
        });
    }
    meta.relative_height_m = number("drone-dji:RelativeAltitude");
    if let Some(p) = &mut meta.position {
        let positive = |name: &str| number(name).filter(|v| *v > 0.0);
        p.sigma_xy_m = positive("Camera:GPSXYAccuracy").or_else(|| positive("drone-dji:RtkStdLat"));
        p.sigma_z_m = positive("Camera:GPSZAccuracy").or_else(|| positive("drone-dji:RtkStdHgt"));
        let vertical = found.get("Camera:VerticalCS").map(String::as_str);
        if let (Some("ellipsoidal"), GpsHeight::Amsl(h)) = (vertical, p.height) {
            p.height = GpsHeight::Ellipsoid(Height::from_m(h.m()));
        }
    }
    Ok(())
}

/// The packet, or `None` if there is nothing that EXIF does not say.
pub(crate) fn packet(meta: &PhotoMeta) -> Option<String> {
    let mut body = String::new();
    let mut add = |name: &str, value: Option<f64>| {
        if let Some(v) = value.filter(|v| v.is_finite()) {
            let _ = write!(body, " {name}=\"{v}\""); // writing to a String cannot fail
        }
    };
    if let Some(a) = meta.attitude {
        add("Camera:Yaw", Some(a.yaw_rad.to_degrees()));
        add("Camera:Pitch", Some(a.pitch_rad.to_degrees()));
        add("Camera:Roll", Some(a.roll_rad.to_degrees()));
        for name in ["Yaw", "Pitch", "Roll"] {
            let name = format!("Camera:IMU{name}Accuracy");
            add(&name, a.sigma_rad.map(f64::to_degrees));
        }
    }
    if let Some(p) = meta.position {
        add("Camera:GPSXYAccuracy", p.sigma_xy_m);
        add("Camera:GPSZAccuracy", p.sigma_z_m);
    }
    add("drone-dji:RelativeAltitude", meta.relative_height_m);
    if let Some(GpsHeight::Ellipsoid(_)) = meta.position.map(|p| p.height) {
        body.push_str(" Camera:VerticalCS=\"ellipsoidal\"");
    }
    (!body.is_empty()).then(|| {
        format!(
            concat!(
                "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">",
                "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">",
                "<rdf:Description rdf:about=\"\"",
                " xmlns:Camera=\"http://pix4d.com/camera/1.0/\"",
                " xmlns:drone-dji=\"http://www.dji.com/drone-dji/1.0/\"",
                "{}/></rdf:RDF></x:xmpmeta>"
            ),
            body
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gimbal_that_looks_down_is_level() {
        let packet = br#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="r"><rdf:Description
            drone-dji:GimbalYawDegree="+35.20" drone-dji:GimbalPitchDegree="-80.00"
            drone-dji:FlightYawDegree="12"><drone-dji:GimbalRollDegree>+0.00</drone-dji:GimbalRollDegree>
            <drone-dji:RelativeAltitude>+61.30</drone-dji:RelativeAltitude>
            </rdf:Description></rdf:RDF></x:xmpmeta>"#;
        let mut meta = PhotoMeta::default();
        read(packet, &mut meta).expect("readable");
        let a = meta.attitude.expect("attitude");
        assert!((a.yaw_rad.to_degrees() - 35.2).abs() < 1e-9);
        assert!((a.pitch_rad.to_degrees() - 10.0).abs() < 1e-9);
        assert!(a.roll_rad.abs() < 1e-9);
        assert_eq!(meta.relative_height_m, Some(61.3));
        assert!(read(b"<a><b c=", &mut meta).is_err());
        assert!(read(b"\xFF\xFE", &mut meta).is_err());
    }
}
