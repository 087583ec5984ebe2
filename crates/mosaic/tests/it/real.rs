//! Real photos, where they are at hand.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use whimbrel_mosaic::{Grade, Options, PhotoData, Project};

fn shared() -> PathBuf {
    std::env::var_os("WHIMBREL_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    )
}

#[test]
fn eighteen_photos_of_a_beach_join() {
    let folder = shared().join("data/brighton_beach/images");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is missing", folder.display());
        return;
    };
    let mut files: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.sort();
    let mut project = Project::new(Options {
        gsd_m: Some(0.1),
        ..Options::default()
    });
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let source = move || std::fs::read(&file).map_err(|e| e.to_string());
        project
            .add_jpeg(&name, Grade::Original, PhotoData::Source(Arc::new(source)))
            .unwrap();
    }
    project.solve(|_| {}).unwrap();
    project.render(usize::MAX, |_| {}).unwrap();
    let report = project.report();
    eprintln!("{report:?}");
    assert_eq!((report.photos, report.matched), (18, 18));
    assert!(report.reprojection_rmse_px.unwrap() < 2.0);
    assert!(report.gps_rmse_m.unwrap() < 1.5);
    assert!(report.coverage > 0.99);
    assert_eq!(report.crs.as_deref(), Some("EPSG:32615"));
    let mut tif = Cursor::new(Vec::new());
    assert!(project.write_orthomosaic(&mut tif).unwrap() > 100_000);
}
