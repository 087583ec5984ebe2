//! Geodesics, frames and the geoid against published numbers.

use proptest::prelude::*;
use whimbrel_geo::*;

fn place(lat_deg: f64, lon_deg: f64) -> LatLon {
    LatLon::from_deg(lat_deg, lon_deg).unwrap()
}

fn dms(d: f64, m: f64, s: f64) -> f64 {
    d.signum() * (d.abs() + m / 60.0 + s / 3600.0)
}

#[test]
fn flinders_peak_to_buninyong() {
    // Geocentric Datum of Australia Technical Manual 2.4, §4.6 (GRS80: 0.1 mm from WGS 84).
    let flinders = place(dms(-37.0, 57.0, 3.72030), dms(144.0, 25.0, 29.52440));
    let buninyong = place(dms(-37.0, 39.0, 10.15610), dms(143.0, 55.0, 35.38390));
    assert!((distance_m(flinders, buninyong) - 54_972.271).abs() < 1e-3);
    let azimuth = dms(306.0, 52.0, 5.37);
    assert!((bearing_rad(flinders, buninyong).to_degrees() - azimuth).abs() < 1e-5);
    let there = destination(flinders, azimuth.to_radians(), 54_972.271);
    assert!(distance_m(there, buninyong) < 0.01);
}

#[test]
fn geocentric_example() {
    // EPSG guidance note 7-2, §4.1.1: WGS 84 to geocentric.
    let p = Position::new(
        place(dms(53.0, 48.0, 33.820), dms(2.0, 7.0, 46.380)),
        Height::from_m(73.0),
    );
    let v = ecef_from_wgs84(p);
    let expected = Vec3::<Ecef>::new(3_771_793.968, 140_253.342, 5_124_304.349);
    assert!((v - expected).norm() < 2e-3, "{v:?}");
}

#[test]
fn geoid_matches_the_official_grid() {
    // Nodes of NGA's EGM96 15′ grid (WW15MGH, as egm96_15.gtx of PROJ's data).
    for (lat, lon, n) in [
        (46.75, 9.75, 48.893),
        (47.0, 10.0, 48.668),
        (0.0, 0.0, 17.162),
        (38.75, 269.75, -31.824),
        (-14.5, 305.0, -3.256),
        (46.75, 102.5, -43.517),
        (-23.5, 133.75, 16.951),
        (27.75, 86.75, -31.649),
        (5.0, 79.0, -106.594),
        (-89.75, 10.0, -29.583),
        (89.75, -70.0, 13.957),
        (44.5, -71.5, -27.622),
    ] {
        let got = undulation_m(place(lat, lon));
        assert!((got - n).abs() < 0.02, "{lat} {lon}: {got} instead of {n}");
    }
}

#[test]
fn geoid_between_nodes_is_the_series() {
    // NGA's test points of program F477 (OUTPUT.DAT), none of them on a node.
    for (lat, lon, n) in [
        (38.6281550, 269.7791550, -31.629),
        (-14.6212170, 305.0211140, -2.966),
        (46.8743190, 102.4487290, -43.572),
        (-23.6174460, 133.8747120, 15.868),
        (38.6254730, 359.9995000, 50.065),
        (-0.4667440, 0.0023000, 17.330),
    ] {
        let got = undulation_m(place(lat, lon));
        assert!((got - n).abs() < 0.05, "{lat} {lon}: {got} instead of {n}");
    }
    let up = Position::new(place(46.8, 9.85), Height::<Amsl>::from_m(1700.0));
    let back = amsl_from_ellipsoid(ellipsoid_from_amsl(up));
    assert!((back.height - up.height).abs() < 1e-9);
    assert!(
        undulation_m(place(90.0, 0.0)).is_finite() && undulation_m(place(-90.0, 180.0)).is_finite()
    );
}

#[test]
fn places_say_what_is_wrong() {
    assert!(
        LatLon::from_deg(91.0, 0.0)
            .unwrap_err()
            .to_string()
            .contains("swapped")
    );
    assert!(LatLon::from_deg(f64::NAN, 0.0).is_err());
    assert!(LatLon::from_deg(0.0, 400.0).is_err());
    assert!((place(0.0, 190.0).lon_deg() + 170.0).abs() < 1e-12);
}

proptest! {
    #[test]
    fn geodetic_and_geocentric_are_inverse(lat in -90.0..90.0f64, lon in -180.0..180.0f64, h in -10_000.0..500_000.0f64) {
        let p = Position::new(place(lat, lon), Height::from_m(h));
        let q = wgs84_from_ecef(ecef_from_wgs84(p));
        prop_assert!((q.height - p.height).abs() < 1e-8);
        prop_assert!((ecef_from_wgs84(q) - ecef_from_wgs84(p)).norm() < 1e-8);
    }

    #[test]
    fn the_plane_is_invertible(lat in -89.0..89.0f64, lon in -180.0..180.0f64, x in -2e4..2e4f64, y in -2e4..2e4f64, z in -500.0..5000.0f64) {
        let frame = LocalFrame::new(Position::new(place(lat, lon), Height::from_m(700.0)));
        let v = Vec3::<Enu>::new(x, y, z);
        prop_assert!((frame.enu_from_wgs84(frame.wgs84_from_enu(v)) - v).norm() < 1e-7);
        prop_assert!((frame.ned_from_wgs84(frame.wgs84_from_ned(ned_from_enu(v))) - ned_from_enu(v)).norm() < 1e-7);
        let [bx, by] = frame.enu_xy(frame.latlon_from_xy([x, y]));
        prop_assert!((bx - x).hypot(by - y) < 1e-6, "{bx} {by}");
    }

    #[test]
    fn euler_angles_come_back(roll in -3.1..3.1f64, pitch in -1.5..1.5f64, yaw in -3.1..3.1f64) {
        let r = Rotation::<Ned, Body>::from_euler_rad(roll, pitch, yaw);
        let (a, b, c) = r.euler_rad();
        prop_assert!((a - roll).abs() + (b - pitch).abs() + (c - yaw).abs() < 1e-9);
        let v = Vec3::<Body>::new(1.0, -2.0, 3.0);
        prop_assert!((r.inverse() * (r * v) - v).norm() < 1e-12);
    }

    #[test]
    fn near_places_agree_with_the_plane(lat in -80.0..80.0f64, x in -500.0..500.0f64, y in -500.0..500.0f64) {
        let at = place(lat, 30.0);
        let frame = LocalFrame::new(Position::new(at, Height::from_m(0.0)));
        let there = frame.latlon_from_xy([x, y]);
        prop_assert!((distance_m(at, there) - x.hypot(y)).abs() < 1e-4);
    }
}
