//! Photos that come in one by one, small layers first.

use std::sync::Arc;

use whimbrel_geo::FlatTerrain;
use whimbrel_mosaic::{Added, Grade, Options, PhotoData, Project};
use whimbrel_photo::make_layers;

use crate::made::{GSD_M, camera_errors_m, flight, origin};

fn add(project: &mut Project, i: usize, grade: Grade, jpeg: &[u8]) -> Added {
    project
        .add_jpeg(
            &flight()[i].name,
            grade,
            PhotoData::Bytes(Arc::from(jpeg.to_vec())),
        )
        .unwrap()
}

#[test]
fn the_map_grows_and_is_refined() {
    let level = FlatTerrain(whimbrel_geo::amsl_from_ellipsoid(origin()).height);
    let mut project = Project::new(Options {
        terrain: Some(Arc::new(level)),
        ..Options::default()
    });
    let layers: Vec<_> = flight()
        .iter()
        .map(|s| make_layers(&s.jpeg).unwrap())
        .collect();
    let mut seen = Vec::new();
    for (i, layer) in layers.iter().enumerate() {
        // The previews of so small photos are too poor; the mapping layer is what arrives first here.
        assert_eq!(
            add(&mut project, i, Grade::Mapping, &layer.mapping),
            Added::New
        );
        project.solve_step(|_| {}).unwrap();
        while project.render(4, |_| {}).unwrap() > 0 {}
        let map = project.map();
        let drawn = project.report().covered_m2;
        seen.push((map.version(), drawn));
    }
    assert!(
        seen.windows(2).all(|w| w[1].0 > w[0].0),
        "each photo draws something: {seen:?}"
    );
    assert!(seen[11].1 > 2.0 * seen[0].1, "the map grows: {seen:?}");
    assert_eq!(project.report().matched, 12);

    // A web tile in the middle of the map.
    let map = project.map();
    let bounds = map.bounds().unwrap();
    let (lat, lon) = (
        (bounds.sw.lat_rad() + bounds.ne.lat_rad()) / 2.0,
        (bounds.sw.lon_deg() + bounds.ne.lon_deg()) / 2.0,
    );
    let zoom = 19u8;
    let n = f64::from(1u32 << zoom);
    let x = ((lon + 180.0) / 360.0 * n) as u32;
    let y = ((1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0 * n) as u32;
    let png = map
        .tile_png(zoom, x, y)
        .expect("the middle of the map is drawn");
    assert!(png.starts_with(b"\x89PNG"));
    assert!(map.tile_png(zoom, x + 500, y).is_none());
    assert!(map.tile_png(zoom, u32::MAX, y).is_none());

    // Originals refine; solving again brings the same photos to full accuracy.
    for (i, shot) in flight().iter().enumerate() {
        assert_eq!(
            add(&mut project, i, Grade::Preview, &layers[i].preview),
            Added::Ignored
        );
        assert_eq!(
            add(&mut project, i, Grade::Original, &shot.jpeg),
            Added::Better
        );
    }
    assert!(!project.dirty_tiles().is_empty());
    project.solve(|_| {}).unwrap();
    project.render(usize::MAX, |_| {}).unwrap();
    let (_, relative) = camera_errors_m(&project);
    assert!(relative < 1.5 * GSD_M, "relative {relative}");
    let before = project.version();
    project.solve(|_| {}).unwrap();
    project.render(usize::MAX, |_| {}).unwrap();
    assert!(
        project.version() <= before + 1,
        "nothing new, next to nothing redrawn"
    );
}
