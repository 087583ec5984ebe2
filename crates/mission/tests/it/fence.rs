//! The fence check, coverage and footprints.

use proptest::prelude::*;
use whimbrel_geo::{Amsl, FlatTerrain, Height, LatLon, LocalFrame, Position, ellipsoid_from_amsl};
use whimbrel_mission::coverage::Coverage;
use whimbrel_mission::fence::{self, FenceShape};
use whimbrel_mission::{Area, Camera, fence_from_items, fence_items, footprint};
use whimbrel_photo::CameraPose;

fn frame() -> LocalFrame {
    LocalFrame::new(Position::new(
        LatLon::from_deg(47.0, 8.0).unwrap(),
        Height::from_m(0.0),
    ))
}

fn ring(points: &[[f64; 2]]) -> Vec<LatLon> {
    points.iter().map(|p| frame().latlon_from_xy(*p)).collect()
}

fn path(points: &[[f64; 2]]) -> Vec<Position<Amsl>> {
    ring(points)
        .into_iter()
        .map(|at| Position::new(at, Height::from_m(100.0)))
        .collect()
}

fn u_shape() -> Vec<FenceShape> {
    let u = [
        [0., 0.],
        [300., 0.],
        [300., 300.],
        [200., 300.],
        [200., 100.],
        [100., 100.],
        [100., 300.],
        [0., 300.],
    ];
    vec![
        FenceShape::Polygon {
            inclusion: true,
            vertices: ring(&u),
        },
        FenceShape::Circle {
            inclusion: false,
            centre: ring(&[[250., 200.]])[0],
            radius_m: 20.0,
        },
    ]
}

#[test]
fn legs_are_checked_and_not_only_their_ends() {
    let fence = u_shape();
    assert!(fence::check(&path(&[[50., 250.], [50., 50.], [150., 50.]]), &fence).is_ok());
    let breach = fence::check(&path(&[[50., 50.], [50., 250.], [250., 250.]]), &fence).unwrap_err();
    assert_eq!((breach.leg, breach.entered_exclusion), (1, false));
    let at = frame().enu_xy(breach.at);
    assert!(
        (at[0] - 100.0).abs() < 0.5 && (at[1] - 250.0).abs() < 0.5,
        "{at:?}"
    );
    let breach = fence::check(&path(&[[250., 50.], [250., 290.]]), &fence).unwrap_err();
    assert!(breach.entered_exclusion);
    assert!(
        fence::check(&path(&[[0., 0.], [300., 0.]]), &fence).is_ok(),
        "along the edge"
    );
    assert!(fence::contains(&fence, ring(&[[10., 10.]])[0]));
    assert!(!fence::contains(&fence, ring(&[[150., 200.]])[0]));
    assert!(!fence::contains(&fence, ring(&[[250., 200.]])[0]));
}

#[test]
fn fences_survive_as_items_and_bad_items_are_refused() {
    let items = fence_items(&u_shape());
    assert_eq!(items.len(), 9);
    let again = fence_from_items(&items).unwrap();
    assert_eq!(fence_items(&again), items);
    assert!(
        fence_from_items(&items[1..]).is_err(),
        "a vertex is missing"
    );
    let mut wrong = items.clone();
    wrong[0].params[0] = 1e9;
    assert!(fence_from_items(&wrong).is_err());
    wrong[0].params[0] = f32::NAN;
    assert!(fence_from_items(&wrong).is_err());
}

#[test]
fn a_nadir_photo_shows_what_its_camera_says() {
    let camera = Camera::catalogue("mapper").unwrap();
    let ground = Height::<Amsl>::from_m(430.0);
    let at = LatLon::from_deg(47.0, 8.0).unwrap();
    let pose = CameraPose::nadir(
        ellipsoid_from_amsl(Position::new(at, ground.raised_m(120.0))),
        0.7,
    );
    let outline = footprint::on_terrain(&camera.model(), &pose, &FlatTerrain(ground)).unwrap();
    let (wide, long) = camera.footprint_m(120.0);
    let area = Area::new(outline.clone()).area_m2();
    assert!(
        (area / (wide * long) - 1.0).abs() < 1e-3,
        "{area} {wide} {long}"
    );
    let far = footprint::on_terrain(&camera.model(), &pose, &FlatTerrain(ground.raised_m(200.0)));
    assert!(far.is_none(), "below ground");
    // The same photo twice adds nothing the second time.
    let square = Area::new(ring(&[
        [-300., -300.],
        [300., -300.],
        [300., 300.],
        [-300., 300.],
    ]));
    let mut coverage = Coverage::new(&[square], 2.0).unwrap();
    let gained = coverage.add(&outline);
    assert!((gained / (wide * long) - 1.0).abs() < 0.02, "{gained}");
    assert_eq!(coverage.add(&outline), 0.0);
    assert!((coverage.fraction() - wide * long / 360_000.0).abs() < 0.005);
    assert_eq!(coverage.fraction_seen(2), coverage.fraction());
}

proptest! {
    #[test]
    fn inside_points_make_inside_paths_of_a_convex_fence(
        a in (0.0..100.0, 0.0..100.0), b in (0.0..100.0, 0.0..100.0), out in 101.0..500.0)
    {
        let square = ring(&[[0., 0.], [100., 0.], [100., 100.], [0., 100.]]);
        let fence = [FenceShape::Polygon { inclusion: true, vertices: square }];
        prop_assert!(fence::check(&path(&[[a.0, a.1], [b.0, b.1]]), &fence).is_ok());
        prop_assert!(fence::check(&path(&[[a.0, a.1], [b.0, out]]), &fence).is_err());
    }
}
