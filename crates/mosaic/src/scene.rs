//! The geometry of a project: cameras, lenses, matched pairs, tie points, and the stages by which
//! they are brought together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nalgebra::Vector3;
use rayon::prelude::*;

use crate::bundle::{Effort, LensPrior, Observation, PosePrior, Problem};
use crate::features::Features;
use crate::layout::{self, Edge};
use crate::lens::{Intrinsics, Pose, REFERENCE_WIDTH};
use crate::matching::PairMatch;
use crate::resect::resect;
use crate::tracks::{self, Track};

/// Fewest tie points that hold a camera.
pub const MIN_SUPPORT: usize = 20;
/// Assumed height of flight when nothing tells the ground's height.
pub const ASSUMED_HEIGHT_M: f64 = 80.0;
/// How far from GPS's place under the aircraft a photo's centre may lie: part of the height …
const LOOK_SLACK: f64 = 0.15;
/// … and metres.
const GPS_SLACK_M: f64 = 4.0;
/// Distance from the epipolar line that a match may have, reference pixels.
const EPIPOLAR_PX: f64 = 3.0;
/// The same while poses are still rough.
const MAX_EPIPOLAR_PX: f64 = 20.0;
/// Share of new cameras above which everything is solved from coarse to fine.
const RESTART_SHARE: f64 = 0.3;
/// Reprojection error above which an observation is false in the end, reference pixels.
pub const FINAL_GATE_PX: f64 = 2.5;

/// One photo's geometry.
#[derive(Clone, Debug)]
pub struct SceneCamera {
    /// From GPS and telemetry; a camera without it takes no part.
    pub prior: Option<PosePrior>,
    /// Index of its lens.
    pub lens: usize,
    /// Once extracted.
    pub features: Option<Arc<Features>>,
    /// Size of the image that the features were found in.
    pub feature_size: [f64; 2],
    /// Once solved by matching.
    pub pose: Option<Pose>,
    /// Tie points that hold the pose.
    pub support: usize,
}

impl SceneCamera {
    fn reference(&self, feature: u32) -> Option<[f64; 2]> {
        let p = self.features.as_ref()?.points.get(feature as usize)?;
        let unit = REFERENCE_WIDTH / self.feature_size[0];
        Some([
            (f64::from(p.x) - 0.5 * self.feature_size[0]) * unit,
            (f64::from(p.y) - 0.5 * self.feature_size[1]) * unit,
        ])
    }

    /// Half the image's height in reference pixels.
    pub fn half_height(&self) -> f64 {
        0.5 * REFERENCE_WIDTH * self.feature_size[1] / self.feature_size[0]
    }
}

/// Height of the ground, local up.
pub struct Ground<'a> {
    /// From a terrain model.
    pub terrain: Option<&'a (dyn Fn(f64, f64) -> Option<f64> + Sync)>,
    /// Estimated or assumed.
    pub level_m: f64,
}

/// All geometry.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// One for each photo of the project.
    pub cameras: Vec<SceneCamera>,
    /// Lenses with what is expected of them.
    pub lenses: Vec<(Intrinsics, LensPrior)>,
    /// Verified pairs.
    pub pairs: BTreeMap<(usize, usize), PairMatch>,
    /// Pairs that geometry showed to be false.
    pub rejected: BTreeSet<(usize, usize)>,
    /// Tie points of the last solution.
    pub tracks: Vec<Track>,
    /// Median ground height found by the last layout, local up.
    pub level_m: Option<f64>,
}

struct Stage {
    planar_only: bool,
    on_ground: bool,
    gate_px: f64,
    effort: Effort,
}

const fn stage(
    gate_px: f64,
    cauchy_px: f64,
    ground_sigma_m: f64,
    iterations: usize,
    free_lens: bool,
) -> Stage {
    Stage {
        planar_only: false,
        on_ground: false,
        gate_px,
        effort: Effort {
            iterations,
            cauchy_px,
            ground_sigma_m,
            free_lens,
            tolerance: 1e-4,
        },
    }
}

impl Scene {
    /// Gives poses to cameras that matches reach, then improves all. Returns how many are new.
    /// `thorough` iterates to convergence.
    pub fn solve(
        &mut self,
        ground: &Ground<'_>,
        thorough: bool,
        mut progress: impl FnMut(usize, usize),
    ) -> usize {
        let before = self.cameras.iter().filter(|c| c.pose.is_some()).count();
        let added = self.initialise(ground);
        let solved = before + added;
        if solved == 0 {
            self.tracks.clear();
            return 0;
        }
        let restart = added as f64 > RESTART_SHARE * solved as f64;
        let mut stages = Vec::new();
        if restart {
            let mut first = stage(f64::INFINITY, 30.0, 3.0, 12, false);
            (first.planar_only, first.on_ground) = (true, true);
            stages.push(first);
            let mut second = stage(40.0, 8.0, 10.0, 8, false);
            second.planar_only = true;
            stages.push(second);
            let mut third = stage(15.0, 3.0, 20.0, 10, true);
            third.planar_only = true;
            stages.push(third);
        }
        if restart || thorough {
            stages.push(stage(6.0, 1.5, 50.0, 10, true));
            stages.push(stage(3.0, 1.0, 100.0, 15, true));
        } else {
            if added > 0 {
                // Newcomers are drawn in from as far as their telemetry may be wrong.
                let mut wide = stage(40.0, 8.0, 20.0, 4, false);
                wide.planar_only = true;
                stages.push(wide);
            }
            stages.push(stage(8.0, 2.0, 50.0, 4, true));
        }
        let total = stages.len() + 1;
        for (i, s) in stages.iter().enumerate() {
            progress(i, total);
            self.adjust(ground, s);
        }
        progress(total - 1, total);
        self.tracks = self.locate_tracks(ground, false, false, FINAL_GATE_PX);
        self.count_support();
        added
    }

    fn count_support(&mut self) {
        self.cameras.iter_mut().for_each(|c| c.support = 0);
        for t in &self.tracks {
            for (p, _) in &t.seen {
                self.cameras[*p].support += 1;
            }
        }
        for c in &mut self.cameras {
            if c.support < MIN_SUPPORT {
                c.pose = None;
            }
        }
    }

    fn edges(&self) -> (Vec<Edge>, Vec<(usize, usize)>) {
        self.pairs
            .iter()
            .filter_map(|(&(a, b), m)| {
                let places: Vec<_> = m
                    .matches
                    .iter()
                    .filter(|m| m.planar)
                    .filter_map(|m| {
                        Some((
                            self.cameras[a].reference(m.a)?,
                            self.cameras[b].reference(m.b)?,
                        ))
                    })
                    .collect();
                Edge::fit(a, b, &places).map(|e| (e, (a, b)))
            })
            .unzip()
    }

    /// First poses for cameras that have none; returns how many got one.
    fn initialise(&mut self, ground: &Ground<'_>) -> usize {
        let (edges, keys) = self.edges();
        let gps: Vec<Option<[f64; 2]>> = self
            .cameras
            .iter()
            .map(|c| c.prior.map(|p| [p.centre.x, p.centre.y]))
            .collect();
        let height = |c: &SceneCamera| {
            c.prior
                .map_or(ASSUMED_HEIGHT_M, |p| p.centre.z - ground.level_m)
        };
        let typical = median(self.cameras.iter().map(height).collect()).unwrap_or(ASSUMED_HEIGHT_M);
        let slack = GPS_SLACK_M + LOOK_SLACK * typical.clamp(10.0, 1000.0);
        let (placements, false_edges) = layout::layout(&gps, &edges, slack);
        for e in false_edges {
            self.pairs.remove(&keys[e]);
            self.rejected.insert(keys[e]);
        }
        // The ground that the photos' scale implies.
        let levels: Vec<f64> = self
            .cameras
            .iter()
            .zip(&placements)
            .filter_map(|(c, p)| {
                Some(c.prior?.centre.z - p.as_ref()?.gsd_m * self.lenses[c.lens].0.focal)
            })
            .collect();
        let level = median(levels);
        self.level_m = level.or(self.level_m);
        let mut added = 0;
        let solved: Vec<bool> = self.cameras.iter().map(|c| c.pose.is_some()).collect();
        #[allow(clippy::needless_range_loop)] // Poses are written while others are read.
        for i in 0..self.cameras.len() {
            let camera = &self.cameras[i];
            let (Some(prior), None) = (camera.prior, camera.pose) else {
                continue;
            };
            let pose = match (&placements[i], prior.attitude) {
                (_, Some((attitude, _))) if self.has_edge(i) => Pose {
                    camera_from_enu: attitude,
                    centre: prior.centre,
                },
                (Some(p), None) => {
                    let up = ground
                        .terrain
                        .and_then(|t| t(prior.centre.x, prior.centre.y))
                        .or(level)
                        .unwrap_or(ground.level_m);
                    layout::tilted(prior.centre, up, p)
                }
                _ => continue,
            };
            let known = self.known_points(i, &solved, ground);
            let lens = self.lenses[camera.lens].0;
            self.cameras[i].pose = Some(resect(pose, &lens, &prior, &known).unwrap_or(pose));
            added += 1;
        }
        added
    }

    fn has_edge(&self, i: usize) -> bool {
        self.pairs.keys().any(|&(a, b)| a == i || b == i)
    }

    /// Places in photo `i` whose ground point solved neighbours tell.
    fn known_points(
        &self,
        i: usize,
        solved: &[bool],
        ground: &Ground<'_>,
    ) -> Vec<([f64; 2], Vector3<f64>)> {
        let mut out = Vec::new();
        for (&(a, b), pair) in &self.pairs {
            let other = if a == i {
                b
            } else if b == i {
                a
            } else {
                continue;
            };
            let (true, Some(pose)) = (solved[other], self.cameras[other].pose) else {
                continue;
            };
            let lens = self.lenses[self.cameras[other].lens].0;
            for m in pair.matches.iter().filter(|m| m.planar) {
                let (mine, theirs) = if a == i { (m.a, m.b) } else { (m.b, m.a) };
                let (Some(xy), Some(from)) = (
                    self.cameras[i].reference(mine),
                    self.cameras[other].reference(theirs),
                ) else {
                    continue;
                };
                let level = self.level_m.unwrap_or(ground.level_m);
                let at = |up| pose.on_level(&lens, from, up);
                let Some(guess) = at(level) else { continue };
                let up = ground
                    .terrain
                    .and_then(|t| t(guess.x, guess.y))
                    .unwrap_or(level);
                out.extend(at(up).map(|x| (xy, x)));
            }
        }
        out
    }

    fn locate_tracks(
        &self,
        ground: &Ground<'_>,
        planar_only: bool,
        on_ground: bool,
        gate_px: f64,
    ) -> Vec<Track> {
        let mut offsets = vec![0];
        for c in &self.cameras {
            let n = c.features.as_ref().map_or(0, |f| f.points.len());
            offsets.push(offsets[offsets.len() - 1] + n);
        }
        let keys: Vec<_> = self.pairs.iter().collect();
        let matches: Vec<Vec<tracks::Joint>> = keys
            .par_iter()
            .map(|&(&(a, b), pair)| {
                if self.cameras[a].pose.is_none() || self.cameras[b].pose.is_none() {
                    return Vec::new();
                }
                pair.matches
                    .iter()
                    .filter(|m| m.planar || !planar_only)
                    .filter(|m| {
                        planar_only
                            || self.on_epipolar_line(
                                a,
                                m.a,
                                b,
                                m.b,
                                gate_px.clamp(EPIPOLAR_PX, MAX_EPIPOLAR_PX),
                            )
                    })
                    .map(|m| ((a, m.a), (b, m.b)))
                    .collect()
            })
            .collect();
        let level = self.level_m.unwrap_or(ground.level_m);
        let up = |x: &Vector3<f64>| ground.terrain.and_then(|t| t(x.x, x.y)).unwrap_or(level);
        let sets = tracks::join(&offsets, matches.into_iter().flatten());
        sets.par_iter()
            .with_min_len(256)
            .filter_map(|set| {
                let seen: Vec<(usize, [f64; 2])> = set
                    .iter()
                    .filter_map(|&(p, f)| Some((p, self.cameras[p].reference(f)?)))
                    .collect();
                let view = |p: usize| {
                    self.cameras[p]
                        .pose
                        .map(|pose| (pose, self.lenses[self.cameras[p].lens].0))
                };
                if on_ground {
                    let hits: Vec<Vector3<f64>> = seen
                        .iter()
                        .filter_map(|(p, xy)| {
                            let (pose, lens) = view(*p)?;
                            let guess = pose.on_level(&lens, *xy, up(&pose.centre))?;
                            pose.on_level(&lens, *xy, up(&guess))
                        })
                        .collect();
                    let point = hits.iter().sum::<Vector3<f64>>() / hits.len() as f64;
                    (hits.len() >= 2).then_some(Track {
                        seen,
                        point,
                        angle_rad: 0.0,
                    })
                } else {
                    tracks::locate(&seen, view, up, gate_px)
                }
            })
            .collect()
    }

    fn on_epipolar_line(&self, a: usize, fa: u32, b: usize, fb: u32, limit_px: f64) -> bool {
        let (ca, cb) = (&self.cameras[a], &self.cameras[b]);
        let (Some(pa), Some(pb), Some(xa), Some(xb)) =
            (ca.pose, cb.pose, ca.reference(fa), cb.reference(fb))
        else {
            return false;
        };
        let (la, lb) = (self.lenses[ca.lens].0, self.lenses[cb.lens].0);
        let (u, v) = (pa.ray(&la, xa), pb.ray(&lb, xb));
        let base = pb.centre - pa.centre;
        let normal = base.cross(&u);
        if normal.norm() < 1e-6 {
            return true;
        }
        v.dot(&normal.normalize()).abs() * lb.focal < limit_px
    }

    fn adjust(&mut self, ground: &Ground<'_>, stage: &Stage) {
        let located = self.locate_tracks(ground, stage.planar_only, stage.on_ground, stage.gate_px);
        let half = self
            .cameras
            .iter()
            .map(SceneCamera::half_height)
            .fold(1.0, f64::max);
        let chosen = tracks::select(&located, self.cameras.len(), half);
        let active: Vec<usize> = (0..self.cameras.len())
            .filter(|&i| self.cameras[i].pose.is_some())
            .collect();
        let mut index = vec![usize::MAX; self.cameras.len()];
        let mut problem = Problem {
            lenses: self.lenses.iter().map(|l| l.0).collect(),
            lens_priors: self.lenses.iter().map(|l| l.1).collect(),
            first: vec![0],
            ..Problem::default()
        };
        for (k, &i) in active.iter().enumerate() {
            let camera = &self.cameras[i];
            if let (Some(pose), Some(prior)) = (camera.pose, camera.prior) {
                index[i] = k;
                problem.poses.push(pose);
                problem.pose_priors.push(prior);
                problem.lens_of.push(camera.lens);
            }
        }
        let level = self.level_m.unwrap_or(ground.level_m);
        for &t in &chosen {
            let track = &located[t];
            problem.points.push(track.point);
            let up = ground
                .terrain
                .and_then(|g| g(track.point.x, track.point.y))
                .unwrap_or(level);
            problem.ground_up_m.push(up);
            for &(p, xy) in &track.seen {
                problem.observations.push(Observation {
                    camera: index[p],
                    xy,
                });
            }
            problem.first.push(problem.observations.len());
        }
        problem.solve(&stage.effort);
        for (k, &i) in active.iter().enumerate() {
            self.cameras[i].pose = problem.poses.get(k).copied();
        }
        for (lens, solved) in self.lenses.iter_mut().zip(&problem.lenses) {
            lens.0 = *solved;
        }
        if ground.terrain.is_none() {
            self.level_m = median(problem.points.iter().map(|p| p.z).collect()).or(self.level_m);
        }
    }

    /// Root mean square distance between tie points' images and where they were seen, reference
    /// pixels, with the number of observations.
    pub fn reprojection_rms(&self) -> (f64, usize) {
        let (mut sum, mut n) = (0.0, 0usize);
        for t in &self.tracks {
            for &(p, xy) in &t.seen {
                let c = &self.cameras[p];
                if let Some(v) = c
                    .pose
                    .and_then(|pose| pose.image(&self.lenses[c.lens].0, &t.point))
                {
                    sum += (v.x - xy[0]).powi(2) + (v.y - xy[1]).powi(2);
                    n += 1;
                }
            }
        }
        ((sum / n.max(1) as f64).sqrt(), n)
    }
}

/// Middle value.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
