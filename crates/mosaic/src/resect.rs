//! One camera's pose from ground points that are already known.

use nalgebra::{Rotation3, SMatrix, SVector, Vector2, Vector3};

use crate::bundle::PosePrior;
use crate::lens::{Intrinsics, Pose};

/// Fewest points.
const MIN_POINTS: usize = 12;
/// Scales of the Cauchy loss in turn, reference pixels.
const CAUCHY_PX: [f64; 4] = [100.0, 30.0, 10.0, 5.0];
/// Iterations with each.
const ITERATIONS: usize = 6;

/// Improves `pose` by robust Gauss–Newton on the points' images and the prior position.
pub fn resect(
    mut pose: Pose,
    lens: &Intrinsics,
    prior: &PosePrior,
    known: &[([f64; 2], Vector3<f64>)],
) -> Option<Pose> {
    if known.len() < MIN_POINTS {
        return None;
    }
    for cauchy in CAUCHY_PX {
        for _ in 0..ITERATIONS {
            let mut a = SMatrix::<f64, 6, 6>::zeros();
            let mut b = SVector::<f64, 6>::zeros();
            for (xy, x) in known {
                let Some(image) = pose.project(lens, x) else {
                    continue;
                };
                let r = image.xy - Vector2::new(xy[0], xy[1]);
                let w = 1.0 / (1.0 + r.norm_squared() / (cauchy * cauchy));
                let mut j = SMatrix::<f64, 2, 6>::zeros();
                j.fixed_view_mut::<2, 3>(0, 0).copy_from(&image.by_turn);
                j.fixed_view_mut::<2, 3>(0, 3).copy_from(&-image.by_point);
                a += j.transpose() * j * w;
                b -= j.transpose() * r * w;
            }
            for k in 0..3 {
                let s = 1.0 / (prior.sigma_m[k] * prior.sigma_m[k]);
                a[(3 + k, 3 + k)] += s;
                b[3 + k] -= s * (pose.centre[k] - prior.centre[k]);
                a[(k, k)] += 1.0;
            }
            let d = a.cholesky()?.solve(&b);
            pose.camera_from_enu =
                Rotation3::new(Vector3::new(d[0], d[1], d[2])) * pose.camera_from_enu;
            pose.centre += Vector3::new(d[3], d[4], d[5]);
        }
    }
    let errors = known.iter().map(|(xy, x)| {
        pose.image(lens, x)
            .map_or(f64::INFINITY, |v| (v.x - xy[0]).hypot(v.y - xy[1]))
    });
    let close = errors.filter(|e| *e < 20.0).count();
    (2 * close >= known.len()).then_some(pose)
}
