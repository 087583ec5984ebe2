//! A made landscape: photographed from known poses, mapped, and compared with the truth.

use std::io::Cursor;
use std::sync::{Arc, OnceLock};

use whimbrel_geo::Body;
use whimbrel_geo::{Ellipsoid, Enu, Height, LatLon, LocalFrame, Ned, Position, Rotation, Vec3};
use whimbrel_mosaic::{Grade, Options, PhotoData, Project, State};
use whimbrel_photo::{
    Attitude, CameraModel, CameraPose, GpsHeight, GpsPosition, PhotoMeta, RgbImage, jpeg,
    write_meta,
};

/// Height of flight.
const HEIGHT_M: f64 = 60.0;
/// Side of a photo's pixel on the ground.
pub const GSD_M: f64 = 0.1;
const WIDTH: u32 = 640;
const TALL: u32 = 480;
/// GPS noise per axis.
pub const GPS_SIGMA_M: f64 = 1.5;
const ATTITUDE_SIGMA_RAD: f64 = 0.04;

pub struct Shot {
    pub name: String,
    pub truth: CameraPose,
    pub jpeg: Vec<u8>,
}

pub fn origin() -> Position<Ellipsoid> {
    Position::new(LatLon::from_deg(47.3, 8.5).unwrap(), Height::from_m(450.0))
}

/// Counter-based noise in 0..1.
fn hash(a: i64, b: i64, c: i64) -> f64 {
    let mut z = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (b as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
        ^ (c as u64).wrapping_mul(0x1656_67B1_9E37_79F9);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

fn normal(a: i64, b: i64, c: i64) -> f64 {
    (-2.0 * (1.0 - hash(a, b, c)).ln()).sqrt()
        * (std::f64::consts::TAU * hash(a, b, c + 7777)).cos()
}

/// Smooth noise over a lattice of `cell` metres.
fn noise(x: f64, y: f64, cell: f64, layer: i64) -> f64 {
    let (u, v) = (x / cell, y / cell);
    let (i, j) = (u.floor(), v.floor());
    let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (smooth(u - i), smooth(v - j));
    let at = |di: i64, dj: i64| hash(i as i64 + di, j as i64 + dj, layer);
    (at(0, 0) * (1.0 - fx) + at(1, 0) * fx) * (1.0 - fy)
        + (at(0, 1) * (1.0 - fx) + at(1, 1) * fx) * fy
}

/// Up of the ground: a gentle slope with a hump.
pub fn ground_up(x: f64, y: f64) -> f64 {
    0.02 * x + 3.0 * (-(x * x + y * y) / 900.0).exp()
}

/// Colour of the ground.
pub fn colour(x: f64, y: f64) -> [u8; 3] {
    let v = 0.4 * noise(x, y, 0.35, 1)
        + 0.35 * noise(x, y, 1.1, 2)
        + 0.3 * noise(x, y, 4.0, 3)
        + 0.2 * noise(x, y, 15.0, 4);
    let g = (v * 200.0).clamp(0.0, 255.0);
    [(g * 0.9) as u8, g as u8, (g * 0.7) as u8]
}

pub fn render(pose: &CameraPose, lens: &CameraModel) -> RgbImage {
    let frame = LocalFrame::new(origin());
    let (centre, turn): (Vec3<Enu>, _) = pose.in_frame(&frame);
    let mut image = RgbImage::filled(lens.width_px, lens.height_px, [0; 3]);
    for y in 0..lens.height_px {
        for x in 0..lens.width_px {
            let pixel = whimbrel_geo::Pixel {
                x: f64::from(x) + 0.5,
                y: f64::from(y) + 0.5,
            };
            let d = (turn * lens.ray(pixel)).v();
            let c = centre.v();
            let mut up = 0.0;
            let mut hit = c;
            for _ in 0..4 {
                hit = c + d * ((c.z - up) / -d.z);
                up = ground_up(hit.x, hit.y);
            }
            let at = ((y * lens.width_px + x) * 3) as usize;
            image.data[at..at + 3].copy_from_slice(&colour(hit.x, hit.y));
        }
    }
    image
}

pub fn lens() -> CameraModel {
    CameraModel::pinhole(WIDTH, TALL, HEIGHT_M / GSD_M)
}

/// Three lines of four photos with 70 % and 60 % overlap, GPS and attitude noisy.
pub fn flight() -> &'static [Shot] {
    static SHOTS: OnceLock<Vec<Shot>> = OnceLock::new();
    SHOTS.get_or_init(|| {
        let frame = LocalFrame::new(origin());
        let lens = lens();
        let mut out = Vec::new();
        for line in 0..3i64 {
            for k in 0..4i64 {
                let n = line * 4 + k;
                let heading: f64 = if line % 2 == 0 {
                    0.3
                } else {
                    0.3 + std::f64::consts::PI
                };
                let along = if line % 2 == 0 { k } else { 3 - k } as f64 * 14.0 - 21.0;
                let across = (line as f64 - 1.0) * 25.0;
                let (s, c) = (0.3f64.sin(), 0.3f64.cos());
                let place = Vec3::<Enu>::new(
                    along * s + across * c,
                    along * c - across * s,
                    HEIGHT_M + normal(n, 1, 0),
                );
                let position = frame.wgs84_from_enu(place);
                let angles = [
                    0.06 * normal(n, 2, 0),
                    0.06 * normal(n, 3, 0),
                    heading + 0.08 * normal(n, 4, 0),
                ];
                let truth = CameraPose::mounted_nadir(
                    position,
                    Rotation::<Ned, Body>::from_euler_rad(angles[0], angles[1], angles[2]),
                );
                let said = frame.wgs84_from_enu(Vec3::new(
                    place.x() + GPS_SIGMA_M * normal(n, 5, 0),
                    place.y() + GPS_SIGMA_M * normal(n, 6, 0),
                    place.z() + GPS_SIGMA_M * normal(n, 7, 0),
                ));
                let meta = PhotoMeta {
                    make: Some("Whimbrel".into()),
                    model: Some("Made".into()),
                    focal_mm: Some(6.0),
                    sensor_width_mm: Some(6.0 * f64::from(WIDTH) / lens.focal_px),
                    position: Some(GpsPosition {
                        at: said.at,
                        height: GpsHeight::Ellipsoid(said.height),
                        sigma_xy_m: Some(GPS_SIGMA_M),
                        sigma_z_m: Some(GPS_SIGMA_M),
                    }),
                    attitude: Some(Attitude {
                        roll_rad: angles[0] + ATTITUDE_SIGMA_RAD * normal(n, 8, 0),
                        pitch_rad: angles[1] + ATTITUDE_SIGMA_RAD * normal(n, 9, 0),
                        yaw_rad: angles[2] + ATTITUDE_SIGMA_RAD * normal(n, 10, 0),
                        sigma_rad: Some(ATTITUDE_SIGMA_RAD),
                    }),
                    ..PhotoMeta::default()
                };
                let jpeg =
                    write_meta(&jpeg::encode(&render(&truth, &lens), 88).unwrap(), &meta).unwrap();
                out.push(Shot {
                    name: format!("{n:03}.jpg"),
                    truth,
                    jpeg,
                });
            }
        }
        out
    })
}

pub fn add_all(project: &mut Project, grade: Grade) {
    for shot in flight() {
        project
            .add_jpeg(
                &shot.name,
                grade,
                PhotoData::Bytes(Arc::from(shot.jpeg.clone())),
            )
            .unwrap();
    }
}

fn mapped() -> Project {
    let mut project = Project::new(Options::default());
    add_all(&mut project, Grade::Original);
    project.solve(|_| {}).unwrap();
    assert_eq!(project.render(usize::MAX, |_| {}).unwrap(), 0);
    project
}

/// Root mean square distances of solved from true horizontal positions: as they are, and after
/// the best similarity.
pub fn camera_errors_m(project: &Project) -> (f64, f64) {
    let frame = LocalFrame::new(origin());
    let pairs: Vec<([f64; 2], [f64; 2])> = project
        .cameras()
        .iter()
        .zip(flight())
        .map(|(c, s)| {
            assert_eq!(c.state, State::Matched, "{:?}", c.reason);
            let p = frame.enu_from_wgs84(c.pose.unwrap().position);
            let q = frame.enu_from_wgs84(s.truth.position);
            ([p.x(), p.y()], [q.x(), q.y()])
        })
        .collect();
    errors_m(&pairs)
}

/// (as they are, after one similarity).
pub fn errors_m(pairs: &[([f64; 2], [f64; 2])]) -> (f64, f64) {
    let n = pairs.len() as f64;
    let raw = pairs
        .iter()
        .map(|(p, q)| (p[0] - q[0]).powi(2) + (p[1] - q[1]).powi(2))
        .sum::<f64>()
        / n;
    let mean = |f: &dyn Fn(&([f64; 2], [f64; 2])) -> f64| pairs.iter().map(f).sum::<f64>() / n;
    let (px, py, qx, qy) = (
        mean(&|v| v.0[0]),
        mean(&|v| v.0[1]),
        mean(&|v| v.1[0]),
        mean(&|v| v.1[1]),
    );
    let (mut re, mut im, mut norm) = (0.0, 0.0, 0.0);
    for (p, q) in pairs {
        let (a, b, c, d) = (p[0] - px, p[1] - py, q[0] - qx, q[1] - qy);
        re += a * c + b * d;
        im += a * d - b * c;
        norm += a * a + b * b;
    }
    let (re, im) = (re / norm, im / norm);
    let rest = pairs
        .iter()
        .map(|(p, q)| {
            let (a, b) = (p[0] - px, p[1] - py);
            (re * a - im * b + qx - q[0]).powi(2) + (im * a + re * b + qy - q[1]).powi(2)
        })
        .sum::<f64>()
        / n;
    (raw.sqrt(), rest.sqrt())
}

#[test]
fn a_made_landscape_comes_back_where_it_was() {
    let project = mapped();
    let report = project.report();
    assert_eq!((report.matched, report.placed, report.left_out), (12, 0, 0));
    let (absolute, relative) = camera_errors_m(&project);
    eprintln!("cameras: absolute {absolute:.3} m, after similarity {relative:.3} m; {report:?}");
    assert!(relative < 1.5 * GSD_M, "relative {relative}");
    // Two standard errors of the mean of twelve GPS positions, and a little for the rest.
    assert!(
        absolute < 2.0 * GPS_SIGMA_M * 2f64.sqrt() / 12f64.sqrt() + 0.2,
        "absolute {absolute}"
    );
    assert!(report.reprojection_rmse_px.unwrap() < 1.0);
    assert!(report.coverage > 0.999, "coverage {}", report.coverage);
    assert!((report.gsd_m.unwrap() - GSD_M).abs() < 0.01);

    // The picture itself: patches of the written GeoTIFF against the landscape.
    let mut tif = Cursor::new(Vec::new());
    project.write_orthomosaic(&mut tif).unwrap();
    let offsets = patch_offsets_m(tif.get_ref(), 32632);
    assert!(offsets.len() >= 20, "{} patches found", offsets.len());
    let (absolute, relative) = errors_m(&offsets);
    eprintln!(
        "picture: {} patches, absolute {absolute:.3} m, after similarity {relative:.3} m",
        offsets.len()
    );
    assert!(relative < 2.0 * GSD_M, "relative {relative}");
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let project = mapped();
            let (mut ortho, mut surface) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()));
            project.write_orthomosaic(&mut ortho).unwrap();
            project.write_surface(&mut surface).unwrap();
            (
                ortho.into_inner(),
                surface.into_inner(),
                project.cameras_json(),
            )
        })
    };
    let (one, two) = (run(1), run(2));
    assert!(one.0 == two.0, "orthomosaics differ");
    assert!(one.1 == two.1, "surfaces differ");
    assert_eq!(one.2, two.2);
}

/// (place in the map, true place) of patches of the written GeoTIFF, found by correlation with the
/// landscape; local metres.
fn patch_offsets_m(tif: &[u8], epsg: u32) -> Vec<([f64; 2], [f64; 2])> {
    use tiff::decoder::{Decoder, DecodingResult};
    use tiff::tags::Tag;
    const HALF: i64 = 14;
    const REACH: i64 = 26;
    let mut decoder = Decoder::new(Cursor::new(tif)).unwrap();
    let (w, h) = decoder.dimensions().unwrap();
    let tie = decoder.get_tag_f64_vec(Tag::ModelTiepointTag).unwrap();
    let pixel = decoder.get_tag_f64_vec(Tag::ModelPixelScaleTag).unwrap()[0];
    let DecodingResult::U8(rgba) = decoder.read_image().unwrap() else {
        panic!("bytes expected")
    };
    let crs = whimbrel_geo::Crs::from_epsg(epsg).unwrap();
    let frame = LocalFrame::new(origin());
    let local = |x: f64, y: f64| {
        frame.enu_xy(
            crs.unproject([tie[3] + x * pixel, tie[4] - y * pixel])
                .unwrap(),
        )
    };
    let mut out = Vec::new();
    for cy in (60..h as i64 - 60).step_by(55) {
        for cx in (60..w as i64 - 60).step_by(55) {
            let at = |x: i64, y: i64| &rgba[((y * i64::from(w) + x) * 4) as usize..][..4];
            let patch: Vec<f64> = (-HALF..=HALF)
                .flat_map(|dy| (-HALF..=HALF).map(move |dx| (dx, dy)))
                .map(|(dx, dy)| f64::from(at(cx + dx, cy + dy)[1]))
                .collect();
            if (-HALF..=HALF).any(|d| at(cx + d, cy + d)[3] == 0 || at(cx + d, cy - d)[3] == 0) {
                continue;
            }
            let big = HALF + REACH;
            let side = 2 * big + 1;
            let truth: Vec<f64> = (-big..=big)
                .flat_map(|dy| (-big..=big).map(move |dx| (dx, dy)))
                .map(|(dx, dy)| {
                    let [x, y] = local((cx + dx) as f64 + 0.5, (cy + dy) as f64 + 0.5);
                    f64::from(colour(x, y)[1])
                })
                .collect();
            let score = |sx: i64, sy: i64| {
                let window: Vec<f64> = (-HALF..=HALF)
                    .flat_map(|dy| (-HALF..=HALF).map(move |dx| (dx, dy)))
                    .map(|(dx, dy)| truth[((dy + sy + big) * side + dx + sx + big) as usize])
                    .collect();
                correlation(&patch, &window)
            };
            let mut best = (f64::MIN, 0, 0);
            for sy in -REACH + 1..REACH {
                for sx in -REACH + 1..REACH {
                    let s = score(sx, sy);
                    if s > best.0 {
                        best = (s, sx, sy);
                    }
                }
            }
            let (s, sx, sy) = best;
            if s < 0.8 || sx.abs() >= REACH - 1 || sy.abs() >= REACH - 1 {
                continue;
            }
            let peak = |l: f64, r: f64| 0.5 * (l - r) / (l - 2.0 * s + r);
            let fx = sx as f64 + peak(score(sx - 1, sy), score(sx + 1, sy));
            let fy = sy as f64 + peak(score(sx, sy - 1), score(sx, sy + 1));
            out.push((
                local(cx as f64 + 0.5, cy as f64 + 0.5),
                local(cx as f64 + 0.5 + fx, cy as f64 + 0.5 + fy),
            ));
        }
    }
    out
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    ab / (aa * bb).sqrt().max(1e-9)
}
