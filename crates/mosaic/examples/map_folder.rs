//! Maps a folder of photos: `map_folder PHOTOS OUT`. For trying things; the product is `whimbrel map`.
#![allow(clippy::print_stderr)]

use std::path::PathBuf;
use std::time::Instant;

use whimbrel_mosaic::{Grade, Options, PhotoData, Progress, Project, Stage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (folder, out) = (PathBuf::from(args.next().ok_or("PHOTOS OUT")?), PathBuf::from(args.next().ok_or("PHOTOS OUT")?));
    std::fs::create_dir_all(&out)?;
    let start = Instant::now();
    let mut project = Project::new(Options::default());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = move || std::fs::read(&file).map_err(|e| e.to_string());
        project.add_jpeg(&name, Grade::Original, PhotoData::Source(std::sync::Arc::new(source)))?;
    }
    let mut last: Option<Stage> = None;
    let mut tell = |p: Progress| {
        if last != Some(p.stage) || p.done == p.total {
            eprintln!("{:7.1}s {:?} {}/{}", start.elapsed().as_secs_f64(), p.stage, p.done, p.total);
            last = Some(p.stage);
        }
    };
    let step = project.solve(&mut tell)?;
    eprintln!("{:7.1}s solved {step:?}", start.elapsed().as_secs_f64());
    project.render(usize::MAX, &mut tell)?;
    project.write_orthomosaic(&mut std::io::BufWriter::new(std::fs::File::create(out.join("orthomosaic.tif"))?))?;
    project.write_surface(&mut std::io::BufWriter::new(std::fs::File::create(out.join("surface.tif"))?))?;
    std::fs::write(out.join("cameras.json"), project.cameras_json())?;
    eprintln!("{:7.1}s {:#?}", start.elapsed().as_secs_f64(), project.report());
    Ok(())
}
