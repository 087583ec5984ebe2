//! Photos agree with the true map, show the parallax that geometry demands, and are the same every time.

use crate::landscape::{config, large, small};
use std::time::Duration;
use whimbrel_geo::{LocalFrame, Pixel, Position, Vec3};
use whimbrel_photo::{CameraModel, CameraPose, RgbImage, jpeg, read_meta};
use whimbrel_sim::landscape::{Landscape, Top};
use whimbrel_sim::render::{PhotoSpec, RenderOptions, photo_jpeg, render};

fn camera(width: u32, height: u32) -> CameraModel {
    CameraModel {
        k1: -0.04,
        k2: 0.008,
        p1: 0.0004,
        ..CameraModel::pinhole(width, height, 0.7 * f64::from(width))
    }
}

/// A nadir pose `above_m` over the ground at (x, y) of the landscape.
fn pose(l: &Landscape, xy: [f64; 2], above_m: f64, heading_rad: f64) -> CameraPose {
    let ground = l.ground_at(l.frame().latlon_from_xy(xy));
    CameraPose::nadir(
        Position::new(ground.at, ground.height.raised_m(above_m)),
        heading_rad,
    )
}

/// Brightness at a place of an image, bilinear.
fn sample(image: &RgbImage, p: Pixel) -> Option<f64> {
    let (x, y) = (p.x - 0.5, p.y - 0.5);
    if x < 0.0 || y < 0.0 {
        return None;
    }
    let (i, j) = (x as u32, y as u32);
    let at = |i: u32, j: u32| {
        image
            .pixel(i, j)
            .map(|c| f64::from(c[0]) * 0.3 + f64::from(c[1]) * 0.6 + f64::from(c[2]) * 0.1)
    };
    let (fx, fy) = (x - f64::from(i), y - f64::from(j));
    let (a, b) = (
        at(i, j)? * (1.0 - fx) + at(i + 1, j)? * fx,
        at(i, j + 1)? * (1.0 - fx) + at(i + 1, j + 1)? * fx,
    );
    Some(a * (1.0 - fy) + b * fy)
}

/// Normalised correlation.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma).powi(2);
        bb += (y - mb).powi(2);
    }
    ab / (aa * bb).sqrt()
}

#[test]
fn an_orthorectified_photo_lies_on_the_true_map() {
    let l = Landscape::generate(&config(6, 160.0, 0.0)).expect("in range");
    let camera = camera(1000, 750);
    let pose = pose(&l, [5.0, -3.0], 63.0, 0.7);
    let photo = render(
        &l,
        &camera,
        &pose,
        &RenderOptions {
            noise: 1.0,
            ..RenderOptions::clean()
        },
    );
    let grid = l.truth_grid(0.09).expect("UTM");
    let truth = l.truth_orthophoto(&grid).expect("places");
    // The photo seen through its own pose at a place of the map, on the true surface.
    let look = |column: f64, row: f64| {
        let en = [
            grid.west + column * grid.pixel,
            grid.north - row * grid.pixel,
        ];
        let at = grid.crs.unproject(en).expect("a place");
        camera.project(pose.camera_from_wgs84(l.ground_at(at)))
    };
    let (mut patches, mut worst) = (0, 0.0_f64);
    let middle = l.frame().latlon_from_xy([5.0, -3.0]);
    let [e, n] = grid.crs.project(middle).expect("UTM");
    let (c0, r0) = (
        ((e - grid.west) / grid.pixel) as i32,
        ((grid.north - n) / grid.pixel) as i32,
    );
    for (dc, dr) in (-3..=3).flat_map(|i| (-3..=3).map(move |j| (i * 60, j * 60))) {
        let (left, top) = (c0 + dc - 20, r0 + dr - 20);
        let place = l.frame().enu_from_wgs84(
            l.ground_at(
                grid.crs
                    .unproject([
                        grid.west + f64::from(left + 20) * grid.pixel,
                        grid.north - f64::from(top + 20) * grid.pixel,
                    ])
                    .expect("a place"),
            ),
        );
        let near = (-3..=3).flat_map(|i| (-3..=3).map(move |j| (f64::from(i), f64::from(j))));
        let open = near
            .clone()
            .all(|(i, j)| l.surface_m(place.x() + 1.5 * i, place.y() + 1.5 * j).1 == Top::Ground);
        if !open {
            continue;
        }
        let map: Vec<f64> = (0..1_600)
            .map(|k| {
                sample(
                    &truth,
                    Pixel {
                        x: f64::from(left + k % 40) + 0.5,
                        y: f64::from(top + k / 40) + 0.5,
                    },
                )
                .expect("inside")
            })
            .collect();
        // Correlation at shifts of the photo's patch, and the vertex of the parabola through the best three.
        let at_shift = |dx: f64, dy: f64| {
            let seen: Option<Vec<f64>> = (0..1_600)
                .map(|k| {
                    sample(
                        &photo,
                        look(
                            f64::from(left + k % 40) + 0.5 + dx,
                            f64::from(top + k / 40) + 0.5 + dy,
                        )?,
                    )
                })
                .collect();
            seen.map(|s| correlation(&map, &s))
        };
        let Some(here) = at_shift(0.0, 0.0) else {
            continue;
        };
        let vertex = |low: f64, high: f64| 0.5 * (low - high) / (low + high - 2.0 * here);
        let (Some(w), Some(e), Some(n), Some(s)) = (
            at_shift(-1.0, 0.0),
            at_shift(1.0, 0.0),
            at_shift(0.0, -1.0),
            at_shift(0.0, 1.0),
        ) else {
            continue;
        };
        assert!(
            here > w.max(e).max(n).max(s),
            "the best shift is none: {here} {w} {e} {n} {s}"
        );
        assert!(here > 0.8, "correlation {here}");
        worst = worst.max(vertex(w, e).abs()).max(vertex(n, s).abs());
        patches += 1;
    }
    assert!(patches >= 10, "{patches} patches compared");
    assert!(worst < 0.3, "shifted by {worst} px");
}

#[test]
fn roofs_and_walls_are_seen_where_geometry_puts_them() {
    let l = large();
    let camera = camera(1000, 750);
    let mut seen = 0;
    for house in l.houses().iter().filter(|h| h.rise_m > 0.0).take(4) {
        // Seen aslant from 25 m to the west and 55 m up.
        let (x, y) = (house.centre[0], house.centre[1]);
        let pose = pose(l, [x - 25.0, y], 55.0, 0.4);
        let photo = render(l, &camera, &pose, &RenderOptions::clean());
        let brush = l.brush(0.08);
        for (u, v) in [
            (-0.5, 0.5),
            (-0.5, -0.5),
            (0.6, 0.6),
            (0.7, -0.6),
            (-0.7, -0.2),
        ] {
            let (along, across) = (u * house.half[0], v * house.half[1]);
            let px = x + house.ridge[0] * along - house.ridge[1] * across;
            let py = y + house.ridge[1] * along + house.ridge[0] * across;
            let (z, top) = l.surface_m(px, py);
            let project = |z: f64| {
                camera
                    .project(pose.camera_from_wgs84(l.frame().wgs84_from_enu(Vec3::new(px, py, z))))
                    .expect("in front")
            };
            let roof = project(z);
            let shift =
                (roof.x - project(house.floor_m).x).hypot(roof.y - project(house.floor_m).y);
            // Parallax: the focal length times the ground distance times the height over both depths, less distortion.
            let eye = l.frame().enu_from_wgs84(pose.position);
            let distance = (px - eye.x()).hypot(py - eye.y());
            let expected = camera.focal_px * distance * (z - house.floor_m)
                / ((eye.z() - z) * (eye.z() - house.floor_m));
            assert!(
                (shift - expected).abs() < 0.15 * expected,
                "{shift} px, expected {expected}"
            );
            // Roofs that face away from the camera may be hidden behind the ridge; there the colour differs.
            let colour = l.colour(&brush, px, py);
            let facing = across
                * (house.ridge[0] * (pose_y(l, &pose) - y)
                    - house.ridge[1] * (pose_x(l, &pose) - x))
                > 0.0;
            if facing && matches!(top, Top::Roof(_)) {
                let got = photo.pixel(roof.x as u32, roof.y as u32).expect("inside");
                let difference = (0..3)
                    .map(|k| (f64::from(got[k]) - f64::from(colour[k])).abs())
                    .sum::<f64>()
                    / 3.0;
                assert!(
                    difference < 35.0,
                    "{got:?} at the roof, expected {colour:?}"
                );
                seen += 1;
            }
        }
    }
    assert!(seen >= 4, "{seen} roof points compared");
}

fn pose_x(l: &Landscape, pose: &CameraPose) -> f64 {
    l.frame().enu_from_wgs84(pose.position).x()
}

fn pose_y(l: &Landscape, pose: &CameraPose) -> f64 {
    l.frame().enu_from_wgs84(pose.position).y()
}

#[test]
fn same_photo_whatever_the_threads_and_noise_of_its_own_for_each() {
    let l = small();
    let camera = camera(400, 300);
    let pose = pose(l, [10.0, 20.0], 60.0, -1.0);
    let take = |threads: usize, index: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        pool.install(|| {
            photo_jpeg(
                l,
                &camera,
                &pose,
                &PhotoSpec::new(3, index, Duration::from_secs(1_790_000_000)),
            )
            .expect("a photo")
        })
    };
    let one = take(1, 5);
    assert!(one == take(3, 5));
    let other = jpeg::decode_rgb(&take(1, 6)).expect("whole");
    assert!(jpeg::decode_rgb(&one).expect("whole").data != other.data);
}

#[test]
fn metadata_are_as_wrong_as_asked_for() {
    let l = small();
    let camera = camera(64, 48);
    let pose = pose(l, [0.0, 0.0], 60.0, 1.1);
    let frame = LocalFrame::new(pose.position);
    let (mut place, mut tilt, mut yaw) = (0.0, 0.0, 0.0);
    let n = 60;
    for index in 0..n {
        let file = photo_jpeg(
            l,
            &camera,
            &pose,
            &PhotoSpec::new(3, index, Duration::from_secs(1_790_000_000)),
        )
        .expect("a photo");
        let meta = read_meta(&file).expect("readable");
        let off = frame.ned_from_wgs84(meta.wgs84().expect("placed"));
        place += off.dot(off) / 3.0;
        let attitude = meta.attitude.expect("an attitude");
        tilt += (attitude.roll_rad.powi(2) + attitude.pitch_rad.powi(2)) / 2.0;
        yaw += (attitude.yaw_rad - 1.1).powi(2);
        let focal = meta.camera_model(None).expect("a lens").focal_px;
        assert!((focal / camera.focal_px - 1.0).abs() < 0.02, "{focal} px");
    }
    let sigma = |sum: f64| (sum / n as f64).sqrt();
    assert!(
        (sigma(place) / 1.5 - 1.0).abs() < 0.25,
        "{} m",
        sigma(place)
    );
    assert!(
        (sigma(tilt).to_degrees() / 2.0 - 1.0).abs() < 0.3,
        "{}",
        sigma(tilt).to_degrees()
    );
    assert!(
        (sigma(yaw).to_degrees() / 3.0 - 1.0).abs() < 0.4,
        "{}",
        sigma(yaw).to_degrees()
    );
}

#[test]
fn odd_views_do_no_harm() {
    let l = small();
    let camera = camera(60, 40);
    // Under the ground, far outside, and looking at the horizon.
    let under = pose(l, [0.0, 0.0], -5.0, 0.0);
    let outside = pose(l, [5_000.0, 0.0], 50.0, 0.0);
    let level = CameraPose {
        ned_from_camera:
            whimbrel_geo::Rotation::<whimbrel_geo::Ned, whimbrel_geo::Body>::from_euler_rad(
                0.0, 1.5, 0.0,
            ) * whimbrel_photo::body_from_camera_nadir(),
        ..pose(l, [0.0, 0.0], 50.0, 0.0)
    };
    for p in [under, outside, level] {
        let picture = render(l, &camera, &p, &RenderOptions::default());
        assert_eq!(picture.data.len(), 60 * 40 * 3);
    }
    let none = CameraModel {
        width_px: 0,
        ..camera
    };
    assert!(
        render(l, &none, &under, &RenderOptions::default())
            .data
            .is_empty()
    );
}
