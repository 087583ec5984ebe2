//! Parts of files, tiles side by side, holes, datums.

use proptest::prelude::*;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;
use whimbrel_geo::*;

fn data(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    std::fs::read(path).unwrap()
}

fn m(terrain: &impl Terrain, at: LatLon) -> Option<f64> {
    terrain.height(at).map(Height::m)
}

/// A piece of a made-up landscape in UTM 32: the height is a function of the place alone.
fn tile(corner: [f64; 2], pixel: f64, size: [usize; 2]) -> GridTerrain {
    let values = (0..size[0] * size[1])
        .map(|i| {
            let (c, r) = ((i % size[0]) as f64, (i / size[0]) as f64);
            relief([corner[0] + pixel * (c + 0.5), corner[1] - pixel * (r + 0.5)]) as f32
        })
        .collect();
    let crs = Crs::from_epsg(32632).unwrap();
    GridTerrain::from_crs_grid(
        crs,
        corner,
        pixel,
        size[0],
        size[1],
        values,
        VerticalDatum::Egm96,
    )
    .unwrap()
}

/// Planes on both sides of a valley: bilinear interpolation is exact on each.
fn relief([x, y]: [f64; 2]) -> f64 {
    800.0 + 0.4 * (x - 560_000.0) + 0.2 * (5_180_000.0 - y)
}

fn utm(xy: [f64; 2]) -> LatLon {
    Crs::from_epsg(32632).unwrap().unproject(xy).unwrap()
}

#[test]
fn a_part_is_the_same_as_the_whole() {
    for name in [
        "int16_tiled_deflate_p2.tif",
        "float32_lzw_p3.tif",
        "float32_tiled_deflate_p3.tif",
        "uint16_plain.tif",
        "rotated.tif",
        "geographic_point.tif",
    ] {
        let bytes = data(name);
        let whole = GridTerrain::from_geotiff(&bytes, VerticalDatum::Egm96).unwrap();
        let (sw, ne) = whole.bounds().unwrap();
        let at = |u: f64, v: f64| {
            LatLon::from_rad(
                sw.lat_rad() + v * (ne.lat_rad() - sw.lat_rad()),
                sw.lon_rad() + u * (ne.lon_rad() - sw.lon_rad()),
            )
            .unwrap()
        };
        let reading = Reading {
            within: GeoBox::around([at(0.6, 0.3), at(0.8, 0.5)], 0.0),
            ..Reading::default()
        };
        let part = GridTerrain::read_geotiff(Cursor::new(&bytes), &reading)
            .unwrap()
            .unwrap();
        assert!(
            part.size().0 < whole.size().0 && part.size().1 < whole.size().1,
            "{name}"
        );
        for i in 0..50 {
            let (u, v) = (
                0.6 + 0.2 * f64::from(i) / 49.0,
                0.3 + 0.2 * f64::from(i * 7 % 50) / 49.0,
            );
            match (m(&whole, at(u, v)), m(&part, at(u, v))) {
                (Some(a), Some(b)) => assert!((a - b).abs() < 1e-6, "{name} {a} {b}"),
                (a, b) => assert_eq!(a, b),
            }
        }
        let elsewhere = Reading {
            within: GeoBox::around([LatLon::from_deg(-30.0, 20.0).unwrap()], 1_000.0),
            ..Reading::default()
        };
        assert!(
            GridTerrain::read_geotiff(Cursor::new(&bytes), &elsewhere)
                .unwrap()
                .is_none()
        );
    }
}

#[test]
fn srtm_rows_are_read_where_needed() {
    let side = 1201;
    let mut bytes = Vec::with_capacity(side * side * 2);
    for r in 0..side {
        for c in 0..side {
            bytes.extend(((c + 2 * r) as i16).to_be_bytes());
        }
    }
    let whole = GridTerrain::from_hgt("N46E009.hgt", &bytes).unwrap();
    let at = LatLon::from_deg(46.5, 9.25).unwrap();
    let reading = Reading {
        within: GeoBox::around([at], 2_000.0),
        ..Reading::default()
    };
    let part = GridTerrain::read_hgt("N46E009.hgt", Cursor::new(&bytes), &reading)
        .unwrap()
        .unwrap();
    assert!(
        part.size().0 < 80 && part.size().1 < 60,
        "{:?}",
        part.size()
    );
    assert!((m(&whole, at).unwrap() - m(&part, at).unwrap()).abs() < 1e-6);
    let wrong = Reading {
        datum: Some(VerticalDatum::Ellipsoid),
        ..Reading::default()
    };
    // A .hgt says nothing of its datum: what the user says holds.
    let shifted = GridTerrain::read_hgt("N46E009.hgt", Cursor::new(&bytes), &wrong)
        .unwrap()
        .unwrap();
    assert!(m(&whole, at).unwrap() - m(&shifted, at).unwrap() > 40.0);
}

/// Two tiles whose pixels are areas: between the last centre of one and the first of the other
/// nothing may be missing, and the ground may not step.
#[test]
fn seams_have_neither_gaps_nor_steps() {
    let left = tile([560_000.0, 5_180_000.0], 30.0, [40, 40]);
    let right = tile([561_200.0, 5_180_000.0], 30.0, [40, 40]);
    let below = tile([560_000.0, 5_178_800.0], 30.0, [80, 40]);
    let all = Mosaic::new(vec![left, right, below]);
    for i in 0..600 {
        let along = 20.0 + 0.001 + f64::from(i) * 3.7 % 1100.0;
        let across = f64::from(i % 61) - 30.0;
        for xy in [
            [561_200.0 + across, 5_179_980.0 - along],
            [560_000.0 + along, 5_178_800.0 + across],
            [561_200.0 + 0.3 * across, 5_178_800.0 + across],
        ] {
            let got = m(&all, utm(xy)).unwrap();
            assert!(
                (got - relief(xy)).abs() < 0.01,
                "{xy:?} {got} {}",
                relief(xy)
            );
        }
    }
}

#[test]
fn small_holes_are_filled_and_large_ones_reported() {
    let mut values: Vec<f32> = (0..60 * 40).map(|i| 500.0 + (i % 60) as f32).collect();
    for (c, r, w, h) in [(10, 10, 3, 3), (30, 5, 25, 25), (0, 30, 2, 2)] {
        for row in r..r + h {
            for column in c..c + w {
                values[row * 60 + column] = f32::NAN;
            }
        }
    }
    let frame = LocalFrame::new(Position::new(
        LatLon::from_deg(46.8, 9.85).unwrap(),
        Height::from_m(0.0),
    ));
    let mut grid = GridTerrain::from_grid(frame, 10.0, 60, 40, values).unwrap();
    let report = grid.fill_voids(100.0);
    assert_eq!(
        (report.filled, report.filled_nodes, report.left_nodes),
        (1, 9, 629)
    );
    let z = m(&grid, frame.latlon_from_xy([110.0, 110.0])).unwrap();
    assert!((z - 511.0).abs() < 0.5, "{z}");
    assert_eq!(m(&grid, frame.latlon_from_xy([400.0, 150.0])), None);
}

#[test]
fn what_a_file_says_of_its_datum_is_not_overruled() {
    // GeoKeyDirectory with a vertical system put in place of the raster type of our own writer.
    let grid = tile([560_000.0, 5_180_000.0], 10.0, [30, 20]);
    let bytes = grid.to_geotiff().unwrap();
    let keys: Vec<u8> = [1025u16, 0, 1, 1]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let at = bytes.windows(8).position(|w| w == keys).unwrap();
    let mut says = bytes.clone();
    for (i, v) in [4096u16, 0, 1, 3855]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .enumerate()
    {
        says[at + i] = v;
    }
    let read = |bytes: &[u8], datum| {
        let reading = Reading {
            datum,
            ..Reading::default()
        };
        GridTerrain::read_geotiff(Cursor::new(bytes), &reading)
    };
    let silent = read(&bytes, Some(VerticalDatum::Ellipsoid))
        .unwrap()
        .unwrap();
    assert_eq!(silent.datum(), VerticalDatum::Ellipsoid);
    let own = read(&says, None).unwrap().unwrap();
    assert_eq!(own.datum(), VerticalDatum::Egm2008);
    assert!(own.lacks_geoid());
    let error = read(&says, Some(VerticalDatum::Egm96)).unwrap_err();
    assert!(error.to_string().contains("EGM2008"), "{error}");
    assert!(read(&says, Some(VerticalDatum::Egm2008)).is_ok());
}

#[test]
fn egm2008_heights_come_by_a_geoid_file() {
    // A geoid that is 60 m above the ellipsoid everywhere.
    let mut pgm = b"P5\n# Offset 0\n# Scale 0.01\n8 5\n65535\n".to_vec();
    for _ in 0..40 {
        pgm.extend(6_000u16.to_be_bytes());
    }
    let geoid = Arc::new(GeoidGrid::from_pgm(&pgm[..]).unwrap());
    let bytes = tile([560_000.0, 5_180_000.0], 10.0, [30, 20])
        .to_geotiff()
        .unwrap();
    let reading = Reading {
        datum: Some(VerticalDatum::Egm2008),
        geoid: Some(geoid),
        ..Reading::default()
    };
    let grid = GridTerrain::read_geotiff(Cursor::new(&bytes), &reading)
        .unwrap()
        .unwrap();
    let xy = [560_150.0, 5_179_900.0];
    let expected = relief(xy) + 60.0 - undulation_m(utm(xy));
    assert!((m(&grid, utm(xy)).unwrap() - expected).abs() < 0.01);
    assert!(!grid.lacks_geoid());
}

#[test]
fn the_geoid_corpus_is_replayed() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/geoid_pgm");
    let mut files = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        whimbrel_geo::fuzzing::geoid_pgm(&bytes);
        files += 1;
    }
    assert!(files >= 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    /// No sampled height is above its cell's ceiling, and the ceiling is a height of the cell.
    #[test]
    fn ceilings_hold(
        heights in proptest::collection::vec(0.0..300.0_f32, 24 * 18),
        cell_m in 2.0..45.0_f64, turn in 0.0..500.0_f64)
    {
        let crs = Crs::from_epsg(32632).unwrap();
        let corner = [560_000.0, 5_180_000.0];
        let grid = GridTerrain::from_crs_grid(crs, corner, 20.0, 24, 18, heights, VerticalDatum::Ellipsoid).unwrap();
        let middle = utm([560_240.0, 5_179_820.0]);
        let cells = Cells {
            frame: LocalFrame::new(Position::new(middle, Height::from_m(0.0))),
            south_west_m: [-250.0 - turn / 50.0, -190.0],
            cell_m,
            columns: (510.0 / cell_m) as usize,
            rows: (390.0 / cell_m) as usize,
        };
        let ceilings = grid.ceilings(&cells);
        for i in 0..4_000_u32 {
            let u = f64::from(i.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24);
            let v = f64::from(i.wrapping_mul(2_246_822_519) >> 8) / f64::from(1 << 24);
            let p = [
                cells.south_west_m[0] + u * cell_m * cells.columns as f64,
                cells.south_west_m[1] + v * cell_m * cells.rows as f64,
            ];
            let (c, r) = cells.cell_of(p).unwrap();
            let ceiling = ceilings[r * cells.columns + c];
            match m(&grid, cells.place(p)) {
                Some(z) => prop_assert!(z <= f64::from(ceiling.ground_m) + 0.1, "{} {:?}", z, ceiling),
                None => prop_assert!(!ceiling.whole),
            }
        }
    }

    /// Between creases the ground under a line is a parabola: its third differences vanish.
    #[test]
    fn ground_is_a_parabola_between_creases(
        heights in proptest::collection::vec(0.0..50.0_f32, 24 * 18),
        a in (0.0..440.0_f64, 0.0..320.0_f64), b in (0.0..440.0_f64, 0.0..320.0_f64))
    {
        let crs = Crs::from_epsg(32632).unwrap();
        let grid = GridTerrain::from_crs_grid(crs, [560_000.0, 5_180_000.0], 20.0, 24, 18, heights, VerticalDatum::Egm96).unwrap();
        let frame = LocalFrame::new(Position::new(utm([560_240.0, 5_179_820.0]), Height::from_m(0.0)));
        let from = frame.enu_xy(utm([560_020.0 + a.0, 5_179_980.0 - a.1]));
        let to = frame.enu_xy(utm([560_020.0 + b.0, 5_179_980.0 - b.1]));
        let mut stops = grid.creases(&frame, from, to);
        stops.insert(0, 0.0);
        stops.push(1.0);
        for pair in stops.windows(2) {
            prop_assert!(pair[0] <= pair[1]);
            let z: Vec<f64> = (0..4).filter_map(|i| {
                let t = pair[0] + (pair[1] - pair[0]) * f64::from(i) / 3.0;
                m(&grid, frame.latlon_from_xy([from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]))
            }).collect();
            prop_assert_eq!(z.len(), 4);
            let third = z[3] - 3.0 * z[2] + 3.0 * z[1] - z[0];
            prop_assert!(third.abs() < 0.05, "{} at {:?}", third, pair);
        }
    }
}
