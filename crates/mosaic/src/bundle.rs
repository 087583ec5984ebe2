//! Bundle adjustment: Levenberg–Marquardt on camera poses, lenses and ground points together,
//! points eliminated by the Schur complement (Triggs et al., "Bundle Adjustment: A Modern
//! Synthesis", 2000, §6.1), with robust weights and priors from GPS, attitude and data sheet.

// Points, observations and what is derived from them are parallel lists.
#![allow(clippy::needless_range_loop)]

use nalgebra::{Matrix3, Rotation3, SMatrix, Vector2, Vector3};
use rayon::prelude::*;

use crate::cholesky;
use crate::lens::{Intrinsics, Pose};

/// Points handled by one task; fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;
/// Priors lose influence beyond this many sigmas.
const PRIOR_CAUCHY: f64 = 3.0;
/// Unknowns of one camera.
const POSE: usize = 6;
/// Unknowns of one lens.
const LENS: usize = 3;
/// Residual counted for a point that a camera cannot see, reference pixels.
const BEHIND_PX: f64 = 1e3;

/// What is known of a camera before looking at its photo.
#[derive(Clone, Copy, Debug)]
pub struct PosePrior {
    /// Measured position, local metres.
    pub centre: Vector3<f64>,
    /// Standard deviation per axis, metres.
    pub sigma_m: Vector3<f64>,
    /// Measured attitude and its standard deviation.
    pub attitude: Option<(Rotation3<f64>, f64)>,
}

/// What is known of a lens.
#[derive(Clone, Copy, Debug)]
pub struct LensPrior {
    /// Expected values.
    pub value: Intrinsics,
    /// Standard deviations of focal length (reference pixels), k1, k2.
    pub sigma: [f64; 3],
}

/// One place of one point in one photo.
#[derive(Clone, Copy, Debug)]
pub struct Observation {
    /// Index of the pose.
    pub camera: usize,
    /// Reference pixels.
    pub xy: [f64; 2],
}

/// Unknowns, measurements and priors.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// Camera poses.
    pub poses: Vec<Pose>,
    /// Lens of each pose.
    pub lens_of: Vec<usize>,
    /// Lenses.
    pub lenses: Vec<Intrinsics>,
    /// One prior per pose.
    pub pose_priors: Vec<PosePrior>,
    /// One prior per lens.
    pub lens_priors: Vec<LensPrior>,
    /// Ground points, local metres.
    pub points: Vec<Vector3<f64>>,
    /// Expected height of each point.
    pub ground_up_m: Vec<f64>,
    /// Observations of point `i`: `observations[first[i]..first[i + 1]]`.
    pub first: Vec<usize>,
    /// All observations, by point.
    pub observations: Vec<Observation>,
}

/// How to solve.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Most iterations.
    pub iterations: usize,
    /// Scale of the Cauchy loss, reference pixels.
    pub cauchy_px: f64,
    /// Standard deviation of the points' heights about the expected ground.
    pub ground_sigma_m: f64,
    /// Whether the lenses are unknowns.
    pub free_lens: bool,
    /// Stop when the cost shrinks by less than this part.
    pub tolerance: f64,
}

struct Linear {
    pose: SMatrix<f64, 2, 6>,
    lens: SMatrix<f64, 2, 3>,
    point: SMatrix<f64, 2, 3>,
    residual: Vector2<f64>,
}

/// Per observation, what the elimination of its point leaves: `W` and `W V⁻¹`.
struct Coupling {
    w_pose: SMatrix<f64, 6, 3>,
    w_lens: SMatrix<f64, 3, 3>,
    y_pose: SMatrix<f64, 6, 3>,
    y_lens: SMatrix<f64, 3, 3>,
}

struct PointPart {
    inverse: Matrix3<f64>,
    rhs: Vector3<f64>,
}

impl Problem {
    /// Improves all unknowns; returns the final cost.
    pub fn solve(&mut self, effort: &Effort) -> f64 {
        let mut cost = self.cost(effort);
        let mut damping = 1e-4;
        for _ in 0..effort.iterations {
            let linear = self.linearise(effort);
            let mut improved = false;
            for _ in 0..6 {
                let Some(trial) = self.step(effort, &linear, damping) else {
                    damping *= 10.0;
                    continue;
                };
                let after = trial.cost(effort);
                if after < cost {
                    let gain = (cost - after) / cost.max(1e-300);
                    *self = trial;
                    cost = after;
                    damping = (damping * 0.2).max(1e-9);
                    improved = gain > effort.tolerance;
                    break;
                }
                damping *= 8.0;
            }
            if !improved {
                break;
            }
        }
        cost
    }

    fn residual(&self, o: &Observation, point: &Vector3<f64>) -> Option<Vector2<f64>> {
        let image = self.poses[o.camera].image(&self.lenses[self.lens_of[o.camera]], point)?;
        Some(image - Vector2::new(o.xy[0], o.xy[1]))
    }

    /// Distance in reference pixels between an observation and the image of its point.
    pub fn error_px(&self, o: &Observation, point: &Vector3<f64>) -> f64 {
        self.residual(o, point).map_or(BEHIND_PX, |r| r.norm())
    }

    fn cost(&self, effort: &Effort) -> f64 {
        let c2 = effort.cauchy_px * effort.cauchy_px;
        let sums: Vec<f64> = (0..self.points.len().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let end = ((chunk + 1) * CHUNK).min(self.points.len());
                (chunk * CHUNK..end)
                    .map(|p| {
                        let x = &self.points[p];
                        let ground = (x.z - self.ground_up_m[p]) / effort.ground_sigma_m;
                        let seen: f64 = self.observations[self.first[p]..self.first[p + 1]]
                            .iter()
                            .map(|o| c2 * (1.0 + self.error_px(o, x).powi(2) / c2).ln())
                            .sum();
                        seen + ground * ground
                    })
                    .sum()
            })
            .collect();
        let loss =
            |s2: f64| PRIOR_CAUCHY * PRIOR_CAUCHY * (1.0 + s2 / (PRIOR_CAUCHY * PRIOR_CAUCHY)).ln();
        let poses: f64 = self
            .poses
            .iter()
            .zip(&self.pose_priors)
            .map(|(pose, prior)| {
                let (position, turn) = prior_errors(pose, prior);
                loss(position.norm_squared()) + turn.map_or(0.0, |t| loss(t.0.norm_squared()))
            })
            .sum();
        let lenses: f64 = self
            .lenses
            .iter()
            .zip(&self.lens_priors)
            .flat_map(|(lens, prior)| lens_errors(lens, prior).map(|e| e * e))
            .sum();
        sums.iter().sum::<f64>() + poses + lenses
    }

    fn linearise(&self, effort: &Effort) -> Vec<Linear> {
        let c2 = effort.cauchy_px * effort.cauchy_px;
        (0..self.points.len())
            .into_par_iter()
            .with_min_len(CHUNK)
            .flat_map_iter(|p| {
                let x = self.points[p];
                self.observations[self.first[p]..self.first[p + 1]]
                    .iter()
                    .map(move |o| {
                        let lens = &self.lenses[self.lens_of[o.camera]];
                        let Some(image) = self.poses[o.camera].project(lens, &x) else {
                            return Linear {
                                pose: SMatrix::zeros(),
                                lens: SMatrix::zeros(),
                                point: SMatrix::zeros(),
                                residual: Vector2::zeros(),
                            };
                        };
                        let r = image.xy - Vector2::new(o.xy[0], o.xy[1]);
                        let w = (1.0 / (1.0 + r.norm_squared() / c2)).sqrt();
                        let mut pose = SMatrix::<f64, 2, 6>::zeros();
                        pose.fixed_view_mut::<2, 3>(0, 0)
                            .copy_from(&(image.by_turn * w));
                        pose.fixed_view_mut::<2, 3>(0, 3)
                            .copy_from(&(image.by_point * -w));
                        let lens = if effort.free_lens {
                            image.by_lens * w
                        } else {
                            SMatrix::zeros()
                        };
                        Linear {
                            pose,
                            lens,
                            point: image.by_point * w,
                            residual: r * w,
                        }
                    })
            })
            .collect()
    }

    /// One damped step; `None` when the system cannot be solved.
    fn step(&self, effort: &Effort, linear: &[Linear], damping: f64) -> Option<Problem> {
        let cameras = self.poses.len();
        let lens_base = POSE * cameras;
        let n = lens_base + LENS * self.lenses.len();
        let ground_weight = 1.0 / (effort.ground_sigma_m * effort.ground_sigma_m);
        let parts: Vec<PointPart> = (0..self.points.len())
            .into_par_iter()
            .with_min_len(CHUNK)
            .map(|p| {
                let mut v = Matrix3::zeros();
                let mut rhs = Vector3::zeros();
                for l in &linear[self.first[p]..self.first[p + 1]] {
                    v += l.point.transpose() * l.point;
                    rhs -= l.point.transpose() * l.residual;
                }
                v[(2, 2)] += ground_weight;
                rhs.z -= ground_weight * (self.points[p].z - self.ground_up_m[p]);
                for k in 0..3 {
                    v[(k, k)] += damping * v[(k, k)] + 1e-9;
                }
                PointPart {
                    inverse: v.try_inverse().unwrap_or_else(Matrix3::zeros),
                    rhs,
                }
            })
            .collect();
        let point_of: Vec<usize> = (0..self.points.len())
            .flat_map(|p| std::iter::repeat_n(p, self.first[p + 1] - self.first[p]))
            .collect();
        let coupling: Vec<Coupling> = linear
            .par_iter()
            .enumerate()
            .with_min_len(CHUNK)
            .map(|(o, l)| {
                let w_pose = l.pose.transpose() * l.point;
                let w_lens = l.lens.transpose() * l.point;
                let inverse = &parts[point_of[o]].inverse;
                Coupling {
                    y_pose: w_pose * inverse,
                    y_lens: w_lens * inverse,
                    w_pose,
                    w_lens,
                }
            })
            .collect();
        let mut of_camera = vec![Vec::new(); cameras];
        for (o, observation) in self.observations.iter().enumerate() {
            of_camera[observation.camera].push(o);
        }
        let mut system = vec![0.0; n * n];
        let mut rhs = vec![0.0; n];
        let (pose_rows, lens_rows) = system.split_at_mut(lens_base * n);
        let (pose_rhs, lens_rhs) = rhs.split_at_mut(lens_base);
        pose_rows
            .par_chunks_mut(POSE * n)
            .zip(pose_rhs.par_chunks_mut(POSE))
            .enumerate()
            .for_each(|(i, (rows, rhs))| {
                self.camera_rows(
                    i,
                    n,
                    rows,
                    rhs,
                    &of_camera[i],
                    &point_of,
                    linear,
                    &coupling,
                    &parts,
                    damping,
                )
            });
        self.lens_rows(
            n, lens_base, lens_rows, lens_rhs, linear, &coupling, &parts, effort, damping,
        );
        let delta = cholesky::solve(system, rhs)?;
        let mut next = self.clone();
        for (i, pose) in next.poses.iter_mut().enumerate() {
            let d = &delta[i * POSE..(i + 1) * POSE];
            pose.camera_from_enu =
                Rotation3::new(Vector3::new(d[0], d[1], d[2])) * pose.camera_from_enu;
            pose.camera_from_enu.renormalize();
            pose.centre += Vector3::new(d[3], d[4], d[5]);
        }
        if effort.free_lens {
            for (g, lens) in next.lenses.iter_mut().enumerate() {
                let d = &delta[lens_base + g * LENS..];
                lens.focal += d[0];
                lens.k1 += d[1];
                lens.k2 += d[2];
                if lens.focal <= 50.0 {
                    return None;
                }
            }
        }
        next.points
            .par_iter_mut()
            .enumerate()
            .with_min_len(CHUNK)
            .for_each(|(p, x)| {
                let mut b = parts[p].rhs;
                for o in self.first[p]..self.first[p + 1] {
                    let camera = self.observations[o].camera;
                    let d = SMatrix::<f64, 6, 1>::from_column_slice(
                        &delta[camera * POSE..camera * POSE + POSE],
                    );
                    b -= coupling[o].w_pose.transpose() * d;
                    let g = lens_base + self.lens_of[camera] * LENS;
                    b -= coupling[o].w_lens.transpose()
                        * Vector3::from_column_slice(&delta[g..g + LENS]);
                }
                *x += parts[p].inverse * b;
            });
        Some(next)
    }

    #[allow(clippy::too_many_arguments)]
    fn camera_rows(
        &self,
        i: usize,
        n: usize,
        rows: &mut [f64],
        rhs: &mut [f64],
        mine: &[usize],
        point_of: &[usize],
        linear: &[Linear],
        coupling: &[Coupling],
        parts: &[PointPart],
        damping: f64,
    ) {
        let lens_base = POSE * self.poses.len();
        let mut diagonal = SMatrix::<f64, 6, 6>::zeros();
        let mut b = SMatrix::<f64, 6, 1>::zeros();
        let own_lens = lens_base + self.lens_of[i] * LENS;
        for &o in mine {
            let l = &linear[o];
            diagonal += l.pose.transpose() * l.pose;
            b -= l.pose.transpose() * l.residual;
            add(rows, n, 0, own_lens, &(l.pose.transpose() * l.lens));
        }
        let (position, turn) = prior_errors(&self.poses[i], &self.pose_priors[i]);
        let w = 1.0 / (1.0 + position.norm_squared() / (PRIOR_CAUCHY * PRIOR_CAUCHY));
        for k in 0..3 {
            let s = 1.0 / self.pose_priors[i].sigma_m[k];
            diagonal[(3 + k, 3 + k)] += w * s * s;
            b[3 + k] -= w * s * position[k];
        }
        if let Some((error, s)) = turn {
            let w = 1.0 / (1.0 + error.norm_squared() / (PRIOR_CAUCHY * PRIOR_CAUCHY));
            for k in 0..3 {
                diagonal[(k, k)] += w * s * s;
                b[k] -= w * s * error[k];
            }
        }
        for k in 0..POSE {
            diagonal[(k, k)] += damping * diagonal[(k, k)] + 1e-9;
        }
        add(rows, n, 0, i * POSE, &diagonal);
        for &o in mine {
            let p = point_of[o];
            let y = &coupling[o].y_pose;
            b -= y * parts[p].rhs;
            for other in self.first[p]..self.first[p + 1] {
                let j = self.observations[other].camera;
                let c = &coupling[other];
                if j >= i {
                    add(rows, n, 0, j * POSE, &(-(y * c.w_pose.transpose())));
                }
                add(
                    rows,
                    n,
                    0,
                    lens_base + self.lens_of[j] * LENS,
                    &(-(y * c.w_lens.transpose())),
                );
            }
        }
        rhs.copy_from_slice(b.as_slice());
    }

    #[allow(clippy::too_many_arguments)]
    fn lens_rows(
        &self,
        n: usize,
        lens_base: usize,
        rows: &mut [f64],
        rhs: &mut [f64],
        linear: &[Linear],
        coupling: &[Coupling],
        parts: &[PointPart],
        effort: &Effort,
        damping: f64,
    ) {
        let lenses = self.lenses.len();
        let mut own = vec![Matrix3::<f64>::zeros(); lenses];
        for (g, (lens, prior)) in self.lenses.iter().zip(&self.lens_priors).enumerate() {
            for (k, e) in lens_errors(lens, prior).into_iter().enumerate() {
                let s = 1.0 / prior.sigma[k];
                own[g][(k, k)] += s * s;
                rhs[g * LENS + k] -= s * e;
            }
        }
        let mut cross = vec![Matrix3::<f64>::zeros(); lenses * lenses];
        let mut y = vec![Matrix3::<f64>::zeros(); lenses];
        let mut w = vec![Matrix3::<f64>::zeros(); lenses];
        if effort.free_lens {
            for p in 0..self.points.len() {
                y.iter_mut().chain(w.iter_mut()).for_each(|m| m.fill(0.0));
                for o in self.first[p]..self.first[p + 1] {
                    let g = self.lens_of[self.observations[o].camera];
                    let l = &linear[o];
                    own[g] += l.lens.transpose() * l.lens;
                    let b = l.lens.transpose() * l.residual + coupling[o].y_lens * parts[p].rhs;
                    for k in 0..LENS {
                        rhs[g * LENS + k] -= b[k];
                    }
                    y[g] += coupling[o].y_lens;
                    w[g] += coupling[o].w_lens;
                }
                for g in 0..lenses {
                    for h in g..lenses {
                        cross[g * lenses + h] -= y[g] * w[h].transpose();
                    }
                }
            }
        }
        for g in 0..lenses {
            let mut d = own[g];
            for k in 0..LENS {
                d[(k, k)] += damping * d[(k, k)] + 1e-9;
            }
            cross[g * lenses + g] += d;
            for h in g..lenses {
                add(
                    rows,
                    n,
                    g * LENS,
                    lens_base + h * LENS,
                    &cross[g * lenses + h],
                );
            }
        }
    }
}

fn add<const R: usize, const C: usize>(
    rows: &mut [f64],
    n: usize,
    row: usize,
    column: usize,
    m: &SMatrix<f64, R, C>,
) {
    for r in 0..R {
        let out = &mut rows[(row + r) * n + column..][..C];
        for (c, o) in out.iter_mut().enumerate() {
            *o += m[(r, c)];
        }
    }
}

/// Position error in sigmas; attitude error in sigmas with 1/sigma.
fn prior_errors(pose: &Pose, prior: &PosePrior) -> (Vector3<f64>, Option<(Vector3<f64>, f64)>) {
    let position = (pose.centre - prior.centre).component_div(&prior.sigma_m);
    let turn = prior.attitude.map(|(expected, sigma_rad)| {
        let error = (pose.camera_from_enu * expected.inverse()).scaled_axis();
        (error / sigma_rad, 1.0 / sigma_rad)
    });
    (position, turn)
}

fn lens_errors(lens: &Intrinsics, prior: &LensPrior) -> [f64; 3] {
    [
        (lens.focal - prior.value.focal) / prior.sigma[0],
        (lens.k1 - prior.value.k1) / prior.sigma[1],
        (lens.k2 - prior.value.k2) / prior.sigma[2],
    ]
}
