//! Elevation files: GDAL's in all customary kinds, the shared ones, damaged ones.

use std::path::PathBuf;
use whimbrel_geo::*;

fn data(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    std::fs::read(path).unwrap()
}

fn shared(name: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("WHIMBREL_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let bytes = std::fs::read(root.join("data").join(name)).ok();
    if bytes.is_none() {
        println!("skipped: {name} is not there");
    }
    bytes
}

fn place(lat_deg: f64, lon_deg: f64) -> LatLon {
    LatLon::from_deg(lat_deg, lon_deg).unwrap()
}

fn m(terrain: &impl Terrain, at: LatLon) -> Option<f64> {
    terrain.height(at).map(Height::m)
}

/// The files hold 1000 + 2·column + 3·row at pixel centres.
#[test]
fn files_of_every_kind() {
    let utm = Crs::from_epsg(32632).unwrap();
    for name in [
        "int16_tiled_deflate_p2.tif",
        "float32_lzw_p3.tif",
        "float32_tiled_deflate_p3.tif",
        "uint16_plain.tif",
    ] {
        let terrain = GridTerrain::from_geotiff(&data(name), VerticalDatum::Egm96).unwrap();
        assert_eq!(terrain.size(), (70, 50));
        assert_eq!(terrain.crs().map(Crs::epsg), Some(32632));
        for (column, row) in [(10.0, 20.0), (33.25, 31.75), (66.9, 47.5)] {
            let at = utm
                .unproject([
                    560_000.0 + 10.0 * (column + 0.5),
                    5_180_000.0 - 10.0 * (row + 0.5),
                ])
                .unwrap();
            let got = m(&terrain, at).unwrap();
            assert!(
                (got - (1000.0 + 2.0 * column + 3.0 * row)).abs() < 0.01,
                "{name} {got}"
            );
        }
        let corner = utm.unproject([560_002.0, 5_179_998.0]).unwrap();
        let has_hole = name.starts_with("int16") || name.starts_with("float32_lzw");
        assert_eq!(m(&terrain, corner).is_none(), has_hole, "{name}");
        assert_eq!(m(&terrain, place(46.0, 9.0)), None);
    }
}

#[test]
fn points_areas_and_rotation() {
    let degrees =
        GridTerrain::from_geotiff(&data("geographic_point.tif"), VerticalDatum::Egm96).unwrap();
    // GDAL's origin (9.8, 46.8) is the outer corner; the file says that its points are centres.
    let got = m(&degrees, place(46.8 - 0.0205, 9.8 + 0.0105)).unwrap();
    assert!((got - (1000.0 + 20.0 + 60.0)).abs() < 0.01, "{got}");

    let rotated = GridTerrain::from_geotiff(&data("rotated.tif"), VerticalDatum::Egm96).unwrap();
    let utm = Crs::from_epsg(32632).unwrap();
    let (s, c) = 30f64.to_radians().sin_cos();
    let (u, v) = (10.0 * 20.5, -10.0 * 30.5);
    let at = utm
        .unproject([560_000.0 + c * u - s * v, 5_180_000.0 + s * u + c * v])
        .unwrap();
    let got = m(&rotated, at).unwrap();
    assert!((got - (1000.0 + 40.0 + 90.0)).abs() < 0.01, "{got}");
}

#[test]
fn ellipsoid_heights_are_brought_to_sea_level() {
    let bytes = data("uint16_plain.tif");
    let amsl = GridTerrain::from_geotiff(&bytes, VerticalDatum::Egm96).unwrap();
    let ellipsoid = GridTerrain::from_geotiff(&bytes, VerticalDatum::Ellipsoid).unwrap();
    let (sw, ne) = amsl.bounds().unwrap();
    let at = LatLon::from_rad(
        (sw.lat_rad() + ne.lat_rad()) / 2.0,
        (sw.lon_rad() + ne.lon_rad()) / 2.0,
    )
    .unwrap();
    let difference = m(&amsl, at).unwrap() - m(&ellipsoid, at).unwrap();
    assert!((difference - undulation_m(at)).abs() < 1e-9);
    assert!(difference > 40.0);
}

#[test]
fn what_is_written_reads_back() {
    for (epsg, corner, pixel) in [
        (32632, [560_000.0, 5_180_000.0], 2.0),
        (4326, [9.8, 46.8], 1e-4),
    ] {
        let values: Vec<f32> = (0..300)
            .map(|i| if i == 7 { f32::NAN } else { i as f32 * 1.5 })
            .collect();
        let crs = Crs::from_epsg(epsg).unwrap();
        let grid = GridTerrain::from_crs_grid(
            crs.clone(),
            corner,
            pixel,
            20,
            15,
            values,
            VerticalDatum::Egm96,
        )
        .unwrap();
        let back =
            GridTerrain::from_geotiff(&grid.to_geotiff().unwrap(), VerticalDatum::Egm96).unwrap();
        assert_eq!(back.size(), (20, 15));
        for (column, row) in [(0.5, 0.5), (7.5, 0.5), (12.3, 8.9), (19.9, 14.9)] {
            let at = crs
                .unproject([corner[0] + pixel * column, corner[1] - pixel * row])
                .unwrap();
            match (m(&grid, at), m(&back, at)) {
                (Some(a), Some(b)) => assert!((a - b).abs() < 1e-3),
                (a, b) => assert_eq!(a, b),
            }
        }
    }
}

#[test]
fn local_grids_start_at_their_origin() {
    let frame = LocalFrame::new(Position::new(place(46.8, 9.85), Height::from_m(1600.0)));
    let values = (0..12).map(|i| 1500.0 + i as f32).collect();
    let grid = GridTerrain::from_grid(frame, 10.0, 4, 3, values).unwrap();
    let at = |x, y| m(&grid, frame.latlon_from_xy([x, y]));
    assert!((at(0.0, 0.0).unwrap() - 1500.0).abs() < 1e-6);
    assert!((at(15.0, 5.0).unwrap() - 1503.5).abs() < 1e-6);
    assert_eq!(at(-6.0, 0.0), None);
    assert!(grid.to_geotiff().is_err());
    let wrong = GridTerrain::from_grid(frame, 10.0, 4, 3, vec![0.0; 11]);
    assert!(matches!(wrong, Err(TerrainError::Shape { .. })));
    assert!(GridTerrain::from_grid(frame, f64::NAN, 4, 3, vec![0.0; 12]).is_err());
    assert!(GridTerrain::from_grid(frame, 10.0, usize::MAX, 3, vec![0.0; 12]).is_err());
}

#[test]
fn damaged_files_are_errors() {
    let whole = data("int16_tiled_deflate_p2.tif");
    for cut in (0..whole.len()).step_by(29) {
        assert!(
            GridTerrain::from_geotiff(&whole[..cut], VerticalDatum::Egm96).is_err(),
            "{cut}"
        );
    }
    for at in 0..whole.len().min(700) {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let _ = GridTerrain::from_geotiff(&bytes, VerticalDatum::Egm96); // must not panic
        }
    }
    let error = GridTerrain::from_geotiff(b"<html>", VerticalDatum::Egm96).unwrap_err();
    assert!(error.to_string().contains("GeoTIFF"), "{error}");
}

#[test]
fn the_corpus_is_replayed() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/geotiff");
    let mut files = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        whimbrel_geo::fuzzing::geotiff(&bytes);
        files += 1;
    }
    assert!(files >= 3);
}

#[test]
fn davos() {
    let Some(bytes) = shared("dem/davosdorf.tif") else {
        return;
    };
    let terrain = GridTerrain::from_geotiff(&bytes, VerticalDatum::Egm96).unwrap();
    assert_eq!(terrain.size(), (559, 495));
    let (low, high) = terrain.range_m().unwrap();
    assert!((low - 1535.92).abs() < 0.01 && (high - 2843.08).abs() < 0.01);
    let (sw, ne) = terrain.bounds().unwrap();
    // PROJ puts the corners at these places.
    assert!(distance_m(sw, place(46.7950, 9.7902)) < 400.0, "{sw}");
    assert!(distance_m(ne, place(46.8412, 9.8654)) < 400.0, "{ne}");
    // The value of pixel (280, 247) at its centre, placed by PROJ's definition of LV03.
    let crs = terrain.crs().unwrap();
    let at = crs
        .unproject([779_503.0 + 2805.0, 190_480.0 - 2475.0])
        .unwrap();
    assert!((m(&terrain, at).unwrap() - 2097.3987).abs() < 0.01);
}

#[test]
fn srtm_tile() {
    let Some(bytes) = shared("dem/N44W072.hgt") else {
        return;
    };
    let tile = GridTerrain::from_hgt("some/where/N44W072.hgt", &bytes).unwrap();
    let (sw, ne) = tile.bounds().unwrap();
    assert!((sw.lat_deg() - 44.0).abs() < 0.001 && (ne.lon_deg() + 71.0).abs() < 0.001);
    // Mount Washington, 1917 m, is the highest of the tile's part of New Hampshire.
    let summit = m(&tile, place(44.2706, -71.3033)).unwrap();
    assert!((1850.0..1925.0).contains(&summit), "{summit}");
    let several = Mosaic::new(vec![tile]);
    assert_eq!(m(&several, place(44.2706, -71.3033)), Some(summit));
    assert_eq!(m(&several, place(45.2, -71.3)), None);
    assert!(m(&several, place(45.0, -71.0)).is_some());
}

#[test]
fn wrong_tiles_are_named() {
    let error = GridTerrain::from_hgt("N44W072.hgt", &[0; 100]).unwrap_err();
    assert_eq!(error, TerrainError::HgtLength(100));
    let error = GridTerrain::from_hgt("davos.hgt", &[0; 100]).unwrap_err();
    assert!(error.to_string().contains("N46E009.hgt"));
}

#[test]
fn too_many_pixels_are_refused_before_they_are_read() {
    let mut bytes = data("uint16_plain.tif");
    // Entries of ImageWidth, ImageLength and RowsPerStrip in the little-endian directory at byte 8.
    for tag in [256u16, 257, 278] {
        let entries = u16::from_le_bytes([bytes[8], bytes[9]]);
        let at = (0..usize::from(entries))
            .map(|i| 10 + 12 * i)
            .find(|at| bytes[*at..*at + 2] == tag.to_le_bytes())
            .unwrap();
        bytes[at + 2..at + 4].copy_from_slice(&4u16.to_le_bytes()); // LONG
        bytes[at + 8..at + 12].copy_from_slice(&9_000u32.to_le_bytes());
    }
    let error = GridTerrain::from_geotiff(&bytes, VerticalDatum::Egm96).unwrap_err();
    assert_eq!(
        error,
        TerrainError::TooLarge {
            width: 9_000,
            height: 9_000
        }
    );
}
