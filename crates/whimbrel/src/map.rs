//! `whimbrel map`: a folder of photos in, a map out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde_json::json;
use whimbrel_geo::Crs;
use whimbrel_mosaic::{Grade, Options, PhotoData, Progress, Project, RunReport, Stage, State};

use crate::outcome::{Done, Exit, Exits, Failure, log, print_json, print_line, progress, write};
use crate::{cli, terrain, usage};

fn is_photo(path: &Path) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| matches!(e.to_ascii_lowercase().as_str(), "jpg" | "jpeg"))
}

fn photos(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("list the photos in {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .with_context(|| format!("list the photos in {}", folder.display()))?
            .path();
        if path.is_file() && is_photo(&path) {
            found.push(path);
        }
    }
    found.sort();
    anyhow::ensure!(
        !found.is_empty(),
        "there is no .jpg in {}: give the folder that holds the photos",
        folder.display()
    );
    Ok(found)
}

/// Progress bars for the stages of the work.
struct Bars {
    bar: indicatif::ProgressBar,
    stage: Option<Stage>,
}

impl Bars {
    fn show(&mut self, now: Progress) {
        if self.stage != Some(now.stage) {
            self.bar.finish_and_clear();
            let what = match now.stage {
                Stage::Reading => "reading photos",
                Stage::Matching => "matching",
                Stage::Solving => "solving",
                Stage::Rendering => "drawing",
            };
            self.bar = progress(now.total as u64, what);
            self.stage = Some(now.stage);
        }
        self.bar.set_length(now.total as u64);
        self.bar.set_position(now.done as u64);
    }
}

/// Write the products of a project into a folder. The rows of cameras.json name every photo.
pub fn write_products(project: &Project, folder: &Path, run: &RunReport) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("make the folder {}", folder.display()))?;
    write(
        &folder.join("cameras.json"),
        project.cameras_json().as_bytes(),
    )?;
    for (name, surface) in [("orthomosaic.tif", false), ("surface.tif", true)] {
        let path = folder.join(name);
        let part = folder.join(format!("{name}.part"));
        let made = (|| -> anyhow::Result<()> {
            let mut file = std::io::BufWriter::new(std::fs::File::create(&part)?);
            if surface {
                project.write_surface(&mut file)?
            } else {
                project.write_orthomosaic(&mut file)?
            };
            file.into_inner()
                .map_err(std::io::IntoInnerError::into_error)?
                .sync_all()?;
            std::fs::rename(&part, &path)?;
            Ok(())
        })();
        if made.is_err() {
            // Half a map is of no use; the error is what counts.
            let _ = std::fs::remove_file(&part);
        }
        made.with_context(|| format!("write {}: is the disk full?", path.display()))?;
    }
    write(
        &folder.join("report.json"),
        serde_json::to_string_pretty(run)?.as_bytes(),
    )
}

/// The command.
pub fn run(args: &cli::Map, as_json: bool) -> Done {
    let started = Instant::now();
    let crs = args
        .crs
        .map(Crs::from_epsg)
        .transpose()
        .context("use the coordinate system of --crs")
        .exits(Exit::Usage)?;
    let files = photos(&args.photos)?;
    let options = Options {
        crs,
        gsd_m: args.gsd.map(|l| l.0),
        seed: args.seed,
        terrain: terrain::load(&args.dem)?,
        ..Options::default()
    };
    let mut project = Project::new(options);
    for path in &files {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let source = {
            let path = path.clone();
            move || std::fs::read(&path).map_err(|e| format!("the file cannot be read: {e}"))
        };
        project.add_jpeg(&name, Grade::Original, PhotoData::Source(Arc::new(source)))?;
    }
    let mut bars = Bars {
        bar: indicatif::ProgressBar::hidden(),
        stage: None,
    };
    let solved = project.solve(|p| bars.show(p));
    if let Err(error) = solved {
        for camera in project.cameras() {
            log(&format!(
                "{}: {}",
                camera.photo,
                camera.reason.as_deref().unwrap_or("left out")
            ));
        }
        return Err(error)
            .context(format!("map {}", args.photos.display()))
            .exits(Exit::Failed);
    }
    while project.render(usize::MAX, |p| bars.show(p))? > 0 {}
    bars.bar.finish_and_clear();
    let used = usage::usage();
    let run = RunReport {
        report: project.report(),
        wall_s: started.elapsed().as_secs_f64(),
        cpu_s: used.cpu_s,
        peak_rss_mb: used.peak_rss_mb,
    };
    write_products(&project, &args.output, &run)?;
    let cameras = project.cameras();
    let apart: Vec<_> = cameras
        .iter()
        .filter(|c| c.state != State::Matched)
        .collect();
    for camera in &apart {
        let what = if camera.state == State::Placed {
            "placed by GPS"
        } else {
            "left out"
        };
        log(&format!(
            "{}: {what}: {}",
            camera.photo,
            camera.reason.as_deref().unwrap_or("no reason known")
        ));
    }
    if as_json {
        let mut document = serde_json::to_value(&run)?;
        document["output"] = json!(args.output);
        print_json(&document);
    } else {
        let r = &run.report;
        print_line(&format!(
            "{} photos: {} matched, {} placed, {} left out; GSD {:.1} cm, {}; {:.0} s. The map is in {}",
            r.photos,
            r.matched,
            r.placed,
            r.left_out,
            r.gsd_m.unwrap_or(0.0) * 100.0,
            r.crs.as_deref().unwrap_or("-"),
            run.wall_s,
            args.output.display()
        ));
    }
    if args.strict && run.report.left_out > 0 {
        return Err(Failure::new(
            Exit::Refused,
            format!("{} photos were left out (--strict)", run.report.left_out),
        ));
    }
    Ok(())
}
