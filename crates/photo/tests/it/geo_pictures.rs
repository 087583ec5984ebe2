//! GeoTIFFs of every customary kind, written by GDAL (tests/data/geo_pictures/make.py), as tiles of a web map.

use std::io::Cursor;
use std::path::PathBuf;

use whimbrel_geo::{Crs, LatLon, WEB_TILE_PX, WebTile};
use whimbrel_photo::{ChunkCache, GeoPicture, PictureError};

fn data(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/geo_pictures");
    std::fs::read(folder.join(name)).unwrap()
}

type Picture = GeoPicture<Cursor<Vec<u8>>>;

fn open(bytes: &[u8]) -> Result<Picture, PictureError> {
    GeoPicture::open(1, || Ok(Cursor::new(bytes.to_vec())))
}

fn cache() -> ChunkCache {
    ChunkCache::new(1 << 20)
}

/// Column and row of a place in the grid that all test pictures were made from: 2 m, UTM 32 north.
fn in_grid(lat: f64, lon: f64) -> [f64; 2] {
    let utm = Crs::from_epsg(32632).unwrap();
    let [e, n] = utm.project(LatLon::from_deg(lat, lon).unwrap()).unwrap();
    [(e - 565_000.0) / 2.0, (5_185_000.0 - n) / 2.0]
}

fn middle(picture: &Picture) -> LatLon {
    let [w, s, e, n] = picture.bounds_deg();
    LatLon::from_deg((s + n) / 2.0, (w + e) / 2.0).unwrap()
}

/// Goes through the tiles of a zoom that the picture covers: place in the grid and RGBA of each pixel.
fn pixels(picture: &Picture, zoom: u8) -> Vec<([f64; 2], [u8; 4])> {
    let [w, s, e, n] = picture.bounds_deg();
    let (x0, y0) = WebTile::holding(zoom, LatLon::from_deg(n, w).unwrap()).xy();
    let (x1, y1) = WebTile::holding(zoom, LatLon::from_deg(s, e).unwrap()).xy();
    let cache = cache();
    let mut found = Vec::new();
    for (x, y) in (y0..=y1).flat_map(|y| (x0..=x1).map(move |x| (x, y))) {
        let tile = WebTile::new(zoom, x, y).unwrap();
        let Some(rgba) = picture.tile(&cache, tile).unwrap() else {
            continue;
        };
        assert_eq!(rgba.len(), WEB_TILE_PX * WEB_TILE_PX * 4);
        for (i, pixel) in rgba.chunks_exact(4).enumerate() {
            let at = |k: usize| (k as f64 + 0.5) / WEB_TILE_PX as f64;
            let (lat, lon) = tile.place_deg(at(i % WEB_TILE_PX), at(i / WEB_TILE_PX));
            found.push((in_grid(lat, lon), pixel.try_into().unwrap()));
        }
    }
    found
}

/// Red is 20 + column, green 60 + row at the pixels' centres.
fn check_colours(name: &str, zoom: u8, colour: bool, tolerance: f64) -> Vec<([f64; 2], bool)> {
    let picture = open(&data(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let all = pixels(&picture, zoom);
    let mut opaque = 0;
    for ([column, row], [r, g, b, a]) in &all {
        if *a < 255 {
            continue;
        }
        opaque += 1;
        let (red, green) = (column - 0.5 + 20.0, row - 0.5 + 60.0);
        let far = (f64::from(*r) - red).abs() > tolerance
            || (colour && (f64::from(*g) - green).abs() > tolerance)
            || (colour && (f64::from(*b) - 128.0).abs() > tolerance)
            || (!colour && (r != g || g != b));
        assert!(
            !far,
            "{name}: {r},{g},{b} at column {column:.1}, row {row:.1}"
        );
    }
    assert!(
        opaque > 3_000,
        "{name}: {opaque} opaque pixels on zoom {zoom}"
    );
    all.into_iter()
        .map(|(at, pixel)| (at, pixel[3] == 255))
        .collect()
}

#[test]
fn every_kind_is_shown_where_it_lies() {
    // Interpolated between pixels: half a step, rounding, and JPEG's losses.
    for (name, colour, tolerance) in [
        ("rgb_strips_plain.tif", true, 1.2),
        ("rgb_tiled_lzw_p2.tif", true, 1.2),
        ("rgb_planar_deflate.tif", true, 1.2),
        ("rgba_deflate_big.tif", true, 1.2),
        ("ycbcr_jpeg_mask.tif", true, 6.0),
        ("grey_packbits_nodata.tif", false, 1.2),
        ("grey_alpha_lzw.tif", false, 1.2),
        ("sparse.tif", true, 1.2),
    ] {
        check_colours(name, 17, colour, tolerance);
    }
}

#[test]
fn coordinate_systems_are_known() {
    // GDAL's own resampling and PROJ's grid for Switzerland are within a pixel of ours.
    for (name, tolerance) in [
        ("degrees.tif", 1.5),
        ("mercator.tif", 1.5),
        ("swiss.tif", 2.0),
    ] {
        check_colours(name, 17, true, tolerance);
    }
}

#[test]
fn a_turned_picture_is_turned_back() {
    let picture = open(&data("rotated.tif")).unwrap();
    let (sin, cos) = 30f64.to_radians().sin_cos();
    let mut opaque = 0;
    for ([column, row], [r, g, _, a]) in pixels(&picture, 17) {
        // The grid's axes are east and south; the picture's are turned by 30° to the left.
        let (u, v) = (cos * column - sin * row, sin * column + cos * row);
        let inside = (0.0..200.0).contains(&u) && (0.0..150.0).contains(&v);
        if a == 255 {
            opaque += 1;
            let far =
                (f64::from(r) - u - 19.5).abs() > 1.2 || (f64::from(g) - v - 59.5).abs() > 1.2;
            assert!(inside && !far, "{r},{g} at {u:.1},{v:.1}");
        }
    }
    assert!(opaque > 3_000);
}

#[test]
fn what_is_not_part_of_the_picture_is_transparent() {
    let ring = |at: [f64; 2]| ((at[0] - 100.5).powi(2) + (at[1] - 75.5).powi(2)).sqrt();
    for (name, colour, tolerance) in [
        ("rgba_deflate_big.tif", true, 1.2),
        ("ycbcr_jpeg_mask.tif", true, 6.0),
        ("grey_alpha_lzw.tif", false, 1.2),
        ("grey_packbits_nodata.tif", false, 1.2),
    ] {
        for (at, opaque) in check_colours(name, 17, colour, tolerance) {
            let radius = ring(at);
            assert!(!(opaque && radius > 71.5), "{name}: opaque at {at:?}");
            assert!(opaque || radius > 68.5, "{name}: transparent at {at:?}");
        }
    }
    for (at, opaque) in check_colours("sparse.tif", 17, true, 1.2) {
        let inside = at.iter().all(|v| (63.0..129.0).contains(v));
        assert!(inside || !opaque, "sparse: opaque at {at:?}");
    }
}

#[test]
fn overviews_serve_the_coarse_zooms() {
    let bytes = data("cog_overviews.tif");
    let picture = open(&bytes).unwrap();
    assert_eq!(picture.size(), [1200, 900]);
    assert_eq!(picture.overviews(), 4);
    // 2 m a pixel at latitude 46.8° lies between zooms 15 (3.3 m) and 16 (1.6 m).
    assert_eq!(picture.zooms(), (0, 16));
    for zoom in [12, 13, 14, 16] {
        let mut opaque = 0;
        // Six times the grid of the others.
        for ([column, row], [r, g, _, a]) in pixels(&picture, zoom) {
            if a == 255 {
                opaque += 1;
                let far = (f64::from(r) - (column / 6.0 + 19.5)).abs() > 3.0
                    || (f64::from(g) - (row / 6.0 + 59.5)).abs() > 3.0;
                assert!(!far, "zoom {zoom}: {r},{g} at {column:.0},{row:.0}");
            }
        }
        let pixel_m = 156_543.0 * 46.8f64.to_radians().cos() / f64::from(1 << zoom);
        let expected = 2400.0 * 1800.0 / (pixel_m * pixel_m);
        assert!(
            f64::from(opaque) > 0.9 * expected,
            "zoom {zoom}: {opaque} of {expected}"
        );
        assert!(
            f64::from(opaque) < 1.02 * expected,
            "zoom {zoom}: {opaque} of {expected}"
        );
    }
    // Only what a tile needs is decoded: one chunk of 128 × 128 pixels in a corner.
    let cache = cache();
    let [west, _, _, north] = picture.bounds_deg();
    let corner = LatLon::from_deg(north - 6e-4, west + 6e-4).unwrap();
    assert!(
        picture
            .tile(&cache, WebTile::holding(20, corner))
            .unwrap()
            .is_some()
    );
    assert_eq!(cache.bytes(), 128 * 128 * 4);
}

#[test]
fn a_palette_gives_its_colours() {
    // Colour i is (i, 255 - i, 7).
    let picture = open(&data("palette.tif")).unwrap();
    let mut opaque = 0;
    for ([column, _], [r, g, b, a]) in pixels(&picture, 20) {
        if a == 255 && (column - column.floor() - 0.5).abs() < 0.02 {
            opaque += 1;
            let index = column.floor() as u8 + 20;
            assert!(
                r.abs_diff(index) <= 1 && g.abs_diff(255 - index) <= 1 && b == 7,
                "{r},{g},{b} at {column}"
            );
        }
    }
    assert!(opaque > 100);
}

#[test]
fn elsewhere_is_nothing() {
    let picture = open(&data("rgb_tiled_lzw_p2.tif")).unwrap();
    let cache = cache();
    for (lat, lon) in [(46.9, 9.86), (46.81, 9.9), (-46.81, 9.86), (0.0, -170.0)] {
        let tile = WebTile::holding(17, LatLon::from_deg(lat, lon).unwrap());
        assert_eq!(picture.tile(&cache, tile).unwrap(), None, "{lat},{lon}");
    }
    assert_eq!(cache.bytes(), 0, "nothing was decoded for that");
}

#[test]
fn what_is_not_read_says_what_to_do() {
    for (name, words) in [
        ("refused_zstd.tif", ["compression", "COMPRESS=DEFLATE"]),
        ("refused_16bit.tif", ["16 bits", "-ot Byte"]),
        ("refused_float.tif", ["32 bits", "-ot Byte"]),
        ("refused_cmyk.tif", ["kind 5", "-b 1"]),
        ("refused_no_crs.tif", ["where it lies", "-a_srs"]),
    ] {
        let error = open(&data(name))
            .err()
            .unwrap_or_else(|| panic!("{name} was taken"))
            .to_string();
        for word in words {
            assert!(error.contains(word), "{name}: {error}");
        }
    }
    let error = open(b"<html>not here</html>").err().unwrap().to_string();
    assert!(error.contains("GeoTIFF"), "{error}");
}

#[test]
fn limits_hold() {
    // One piece of 5000 × 5000 pixels is too much; nothing of it is allocated.
    let wide = geotiff(5_000, 5_000, 5_000);
    let error = open(&wide).err().unwrap().to_string();
    assert!(
        error.contains("5000 × 5000") && error.contains("COG"),
        "{error}"
    );
    // Without overviews the coarse zooms would need all of it.
    let long = geotiff(4_000, 9_000, 8);
    let picture = open(&long).unwrap();
    let (coarsest, native) = picture.zooms();
    assert!(coarsest > 8 && coarsest < native, "{coarsest} {native}");
    let tile = |zoom| {
        picture
            .tile(&cache(), WebTile::holding(zoom, middle(&picture)))
            .unwrap()
    };
    assert!(tile(coarsest).is_some());
    assert!(
        tile(coarsest - 3).is_none(),
        "below the limit nothing is drawn"
    );
}

/// An uncompressed grey GeoTIFF whose strips all lie at the same place: small as a file, large as a picture.
fn geotiff(width: u32, height: u32, rows: u32) -> Vec<u8> {
    let strips = height.div_ceil(rows);
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    let keys: [u16; 12] = [1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32632];
    let (scale, tie) = (
        [2.0, 2.0, 0.0],
        [0.0, 0.0, 0.0, 565_000.0, 5_185_000.0, 0.0],
    );
    let longs = |values: Vec<u32>| {
        values
            .into_iter()
            .flat_map(u32::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let doubles = |values: &[f64]| {
        values
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let strip = 8 + 2 + 12 * 12 + 4;
    let (strip_bytes, per_strip) = (
        vec![77u8; (width * rows).min(1 << 20) as usize],
        width * rows,
    );
    let mut tags: Vec<(u16, u16, u32, Vec<u8>)> = vec![
        (256, 4, 1, longs(vec![width])),
        (257, 4, 1, longs(vec![height])),
        (258, 3, 1, longs(vec![8])),
        (259, 3, 1, longs(vec![1])),
        (262, 3, 1, longs(vec![1])),
        (273, 4, strips, longs(vec![strip; strips as usize])),
        (277, 3, 1, longs(vec![1])),
        (278, 4, 1, longs(vec![rows])),
        (279, 4, strips, longs(vec![per_strip; strips as usize])),
        (33550, 12, 3, doubles(&scale)),
        (33922, 12, 6, doubles(&tie)),
        (
            34735,
            3,
            12,
            keys.iter().flat_map(|k| k.to_le_bytes()).collect(),
        ),
    ];
    tags.sort_by_key(|t| t.0);
    out.extend((tags.len() as u16).to_le_bytes());
    let mut spill = strip_bytes;
    for (tag, kind, count, bytes) in &tags {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        if bytes.len() <= 4 {
            out.extend(bytes);
        } else {
            out.extend((strip + spill.len() as u32).to_le_bytes());
            spill.extend(bytes);
        }
    }
    out.extend([0; 4]);
    assert_eq!(out.len(), strip as usize);
    out.extend(spill);
    out
}

#[test]
fn damaged_files_are_errors_and_no_panics() {
    let cache = cache();
    for name in [
        "rgb_tiled_lzw_p2.tif",
        "rgba_deflate_big.tif",
        "ycbcr_jpeg_mask.tif",
    ] {
        let whole = data(name);
        let look = |bytes: &[u8]| {
            let picture = open(bytes)?;
            let zoom = picture.zooms().1.min(20);
            cache.forget(1);
            picture.tile(&cache, WebTile::holding(zoom, middle(&picture)))
        };
        assert!(look(&whole).unwrap().is_some());
        for cut in (0..whole.len()).step_by(whole.len() / 20) {
            let _ = look(&whole[..cut]);
        }
        assert!(
            look(&whole[..whole.len() / 2]).is_err(),
            "{name} cut in half"
        );
        for at in (0..whole.len().min(600)).step_by(5) {
            for flip in [0x01, 0x80] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                let _ = look(&bytes);
            }
        }
    }
}

#[test]
fn the_corpus_is_replayed() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/geo_picture");
    let mut files = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        if let Ok(picture) = open(&bytes) {
            let _ = picture.tile(&cache(), WebTile::holding(17, middle(&picture)));
        }
        files += 1;
    }
    assert!(files >= 4);
}
