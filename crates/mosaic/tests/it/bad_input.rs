//! Photos that cannot be used are named, with the reason, and the rest is mapped.

use std::sync::Arc;

use whimbrel_geo::LatLon;
use whimbrel_mosaic::{
    AddError, Added, Grade, MAX_NAME_BYTES, Options, PhotoData, Project, SolveError, State,
};
use whimbrel_photo::{PhotoMeta, RgbImage, jpeg, read_meta, write_meta};

use crate::made::flight;

fn bytes(b: &[u8]) -> PhotoData {
    PhotoData::Bytes(Arc::from(b.to_vec()))
}

fn reason(project: &Project, name: &str) -> (State, String) {
    let row = project
        .cameras()
        .into_iter()
        .find(|c| c.photo == name)
        .unwrap();
    (row.state, row.reason.unwrap_or_default())
}

#[test]
fn each_bad_photo_is_named_with_its_reason() {
    let mut project = Project::new(Options::default());
    for shot in &flight()[..5] {
        project
            .add_jpeg(&shot.name, Grade::Original, bytes(&shot.jpeg))
            .unwrap();
    }
    let good = &flight()[5].jpeg;
    assert_eq!(
        project.add_jpeg("text.jpg", Grade::Original, bytes(b"Dear diary")),
        Ok(Added::LeftOut)
    );
    assert_eq!(
        project.add_jpeg("empty.jpg", Grade::Original, bytes(b"")),
        Ok(Added::LeftOut)
    );
    project
        .add_jpeg("half.jpg", Grade::Original, bytes(&good[..good.len() / 2]))
        .unwrap();
    let nowhere = write_meta(
        good,
        &PhotoMeta {
            position: None,
            ..read_meta(good).unwrap()
        },
    )
    .unwrap();
    assert_eq!(
        project.add_jpeg("nowhere.jpg", Grade::Original, bytes(&nowhere)),
        Ok(Added::LeftOut)
    );
    let mut meta = read_meta(good).unwrap();
    let mut position = meta.position.unwrap();
    position.at = LatLon::from_deg(48.3, 8.5).unwrap();
    meta.position = Some(position);
    project
        .add_jpeg(
            "far.jpg",
            Grade::Original,
            bytes(&write_meta(good, &meta).unwrap()),
        )
        .unwrap();
    let meta = read_meta(good).unwrap();
    let fog = jpeg::encode(&RgbImage::filled(640, 480, [180; 3]), 90).unwrap();
    project
        .add_jpeg(
            "fog.jpg",
            Grade::Original,
            bytes(&write_meta(&fog, &meta).unwrap()),
        )
        .unwrap();
    let gone = || Err::<Vec<u8>, String>("the card was pulled".into());
    assert_eq!(
        project.add_jpeg(
            "gone.jpg",
            Grade::Original,
            PhotoData::Source(Arc::new(gone))
        ),
        Ok(Added::LeftOut)
    );

    project.solve(|_| {}).unwrap();
    project.render(usize::MAX, |_| {}).unwrap();
    let report = project.report();
    assert_eq!(
        (report.matched, report.placed, report.left_out),
        (5, 1, 6),
        "{:#?}",
        project.cameras()
    );
    for (name, state, word) in [
        ("text.jpg", State::LeftOut, "JPEG"),
        ("empty.jpg", State::LeftOut, ""),
        ("half.jpg", State::LeftOut, ""),
        ("nowhere.jpg", State::LeftOut, "GPS"),
        ("far.jpg", State::LeftOut, "km"),
        ("fog.jpg", State::Placed, "GPS"),
        ("gone.jpg", State::LeftOut, "card"),
    ] {
        let (got, why) = reason(&project, name);
        assert_eq!(got, state, "{name}: {why}");
        assert!(!why.is_empty() && why.contains(word), "{name}: {why}");
    }
    // The broken photo arrives whole after all.
    project
        .add_jpeg("half.jpg", Grade::Original, bytes(good))
        .unwrap();
    project.solve(|_| {}).unwrap();
    assert_eq!(reason(&project, "half.jpg").0, State::Matched);
}

#[test]
fn nothing_to_map_is_said() {
    let mut project = Project::new(Options::default());
    assert_eq!(project.solve(|_| {}), Err(SolveError::NoPhotos));
    assert_eq!(
        project.add_jpeg("", Grade::Original, bytes(b"x")),
        Err(AddError::Name)
    );
    assert_eq!(
        project.add_jpeg(
            &"x".repeat(MAX_NAME_BYTES + 1),
            Grade::Original,
            bytes(b"x")
        ),
        Err(AddError::Name)
    );
    project
        .add_jpeg("text.jpg", Grade::Original, bytes(b"x"))
        .unwrap();
    assert_eq!(project.solve_step(|_| {}), Err(SolveError::NoPositions(1)));
    let mut out = std::io::Cursor::new(Vec::new());
    assert!(project.write_orthomosaic(&mut out).is_err());
    assert_eq!(project.render(10, |_| {}), Ok(0));
}
