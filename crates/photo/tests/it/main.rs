//! Integration tests of `photo`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

mod files;
mod geo_pictures;
mod real_photos;
mod round_trip;

use std::path::PathBuf;
use whimbrel_photo::RgbImage;

/// A picture with structure, the same every time.
fn picture(width: u32, height: u32) -> RgbImage {
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let hills = (f64::from(x) * 0.07).sin() * (f64::from(y) * 0.05).cos() * 60.0;
            let mut grain = x.wrapping_mul(0x9E37_79B9) ^ y.wrapping_mul(0x85EB_CA6B);
            grain ^= grain >> 15;
            grain = grain.wrapping_mul(0x2C1B_3C6D);
            let grain = f64::from(grain >> 24) / 255.0 * 40.0;
            for base in [110.0, 120.0, 80.0] {
                data.push((base + hills + grain).clamp(0.0, 255.0) as u8);
            }
        }
    }
    RgbImage {
        width,
        height,
        data,
    }
}

fn shared(folder: &str) -> Vec<PathBuf> {
    let root = std::env::var_os("WHIMBREL_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let mut files: Vec<PathBuf> = std::fs::read_dir(root.join("data").join(folder))
        .map(|d| d.filter_map(|e| Some(e.ok()?.path())).collect())
        .unwrap_or_default();
    files.sort();
    if files.is_empty() {
        println!("skipped: {folder} is not there");
    }
    files
}
