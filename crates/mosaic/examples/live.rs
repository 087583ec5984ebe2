//! Replays a folder of photos as a flight would bring them, previews and mapping-grade layers in shutter order, and prints
//! what each part of the live map costs:
//! `cargo run --release -p whimbrel-mosaic --example live -- FOLDER [PHOTOS_A_STEP]`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout
)]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use whimbrel_mosaic::{Grade, Options, PhotoData, Project};

/// Seconds that all threads of this process have worked.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder of JPEGs")?);
    let a_step: usize = arguments.next().map_or(Ok(2), |n| n.parse())?;
    let mut photos = Vec::new();
    let mut stack = vec![folder.clone()];
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                stack.push(path);
            } else if path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("jpg"))
            {
                let bytes = std::fs::read(&path)?;
                let taken = whimbrel_photo::read_meta(&bytes)?.taken_at;
                let layers = whimbrel_photo::make_layers(&bytes)?;
                photos.push((taken, path.display().to_string(), layers));
            }
        }
    }
    photos.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut project = Project::new(Options::default());
    let (mut solving, mut drawing, mut drawn) = (0.0, 0.0, 0);
    for some in photos.chunks(a_step) {
        for grade in [Grade::Preview, Grade::Mapping] {
            for (_, name, layers) in some {
                let bytes = if grade == Grade::Preview {
                    &layers.preview
                } else {
                    &layers.mapping
                };
                project.add_jpeg(name, grade, PhotoData::Bytes(Arc::from(bytes.clone())))?;
            }
            let t = cpu_s();
            project.solve_step(|_| {})?;
            solving += cpu_s() - t;
            let (t, dirty) = (cpu_s(), project.dirty_tiles().len());
            drawn += dirty;
            while project.render(24, |_| {})? > 0 {}
            drawing += cpu_s() - t;
            println!(
                "{grade:?}: {} photos, {} matched, {dirty} tiles drawn; CPU-s so far: solving {solving:.1}, drawing {drawing:.1}",
                project.photo_count(),
                project.report().matched,
            );
        }
    }
    let t = cpu_s();
    project.solve(|_| {})?;
    let solved = cpu_s() - t;
    let (t, last) = (cpu_s(), project.dirty_tiles().len());
    while project.render(24, |_| {})? > 0 {}
    println!(
        "{} photos: live {drawn} tiles, {solving:.1} + {drawing:.1} CPU-s; at the end {last} tiles, {solved:.1} + {:.1} CPU-s",
        photos.len(),
        cpu_s() - t
    );
    Ok(())
}
