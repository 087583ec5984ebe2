//! Coordinate systems against PROJ 9 (by way of rasterio).

use whimbrel_geo::{Crs, LatLon};

fn place(lat_deg: f64, lon_deg: f64) -> LatLon {
    LatLon::from_deg(lat_deg, lon_deg).unwrap()
}

#[test]
fn agrees_with_proj() {
    for (epsg, lat, lon, x, y, tolerance_m) in [
        (
            32632,
            46.8,
            9.85,
            564_862.337_291_642,
            5_183_289.963_878_072,
            1e-3,
        ),
        (
            32719,
            -33.4,
            -70.5,
            360_505.619_896_876,
            6_303_362.288_123_646,
            1e-3,
        ),
        (
            3857,
            46.8,
            9.85,
            1_096_496.984_313_745,
            5_909_489.863_677_088,
            1e-3,
        ),
        // PROJ uses swisstopo's grid; three parameters are within 1.5 m of it.
        (21781, 46.8, 9.85, 784_055.000_765, 186_032.439_298, 1.5),
    ] {
        let crs = Crs::from_epsg(epsg).unwrap();
        let [gx, gy] = crs.project(place(lat, lon)).unwrap();
        assert!((gx - x).hypot(gy - y) < tolerance_m, "{epsg}: {gx} {gy}");
        let back = crs.unproject([gx, gy]).unwrap();
        assert!((back.lat_deg() - lat).abs() < 1e-9 && (back.lon_deg() - lon).abs() < 1e-9);
    }
}

#[test]
fn geographic_is_in_degrees() {
    let crs = Crs::from_epsg(4326).unwrap();
    assert!(crs.is_geographic());
    let [lon, lat] = crs.project(place(46.8, 9.85)).unwrap();
    assert!((lon - 9.85).abs() < 1e-12 && (lat - 46.8).abs() < 1e-12);
}

#[test]
fn zones_and_unknown_codes() {
    assert_eq!(Crs::utm_for(place(46.8, 9.85)).unwrap().epsg(), 32632);
    assert_eq!(Crs::utm_for(place(-33.4, -70.5)).unwrap().epsg(), 32719);
    assert_eq!(Crs::utm_for(place(10.0, 180.0)).unwrap().epsg(), 32660);
    for wrong in [0, 99_999, 70_000, u32::MAX] {
        assert!(Crs::from_epsg(wrong).is_err());
    }
    let utm = Crs::from_epsg(32632).unwrap();
    assert!(utm.unproject([f64::NAN, 0.0]).is_err());
}
