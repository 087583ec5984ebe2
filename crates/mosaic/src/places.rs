//! Who is whose neighbour, who is nowhere near, and where photos go that matching did not reach.

use std::collections::BTreeSet;

use nalgebra::Vector3;
use whimbrel_geo::{Position, Wgs84, distance_m};

use crate::lens::Pose;
use crate::project::Project;
use crate::scene::{ASSUMED_HEIGHT_M, median};

/// Photos further than this from all others are another place.
const MAX_GAP_M: f64 = 2_000.0;
/// Neighbours compared with each photo.
pub const NEIGHBOURS: usize = 12;
/// Most of them in one of eight directions, so that the next flight line gets its share.
const PER_DIRECTION: usize = 3;
/// Nearest neighbours for which all features are compared if need be.
pub const CLOSE_NEIGHBOURS: usize = 6;

impl Project {
    /// Marks photos that are nowhere near the largest group; returns that group's middle.
    pub(crate) fn set_far_aside(&mut self) -> Option<Wgs84> {
        let located: Vec<usize> = (0..self.photos.len())
            .filter(|&i| self.photos[i].useless.is_none() && self.photos[i].at.is_some())
            .collect();
        let mut group: Vec<usize> = (0..located.len()).collect();
        let mut todo: BTreeSet<usize> = (0..located.len()).collect();
        while let Some(first) = todo.pop_first() {
            let mut stack = vec![first];
            while let Some(k) = stack.pop() {
                group[k] = first;
                let near: Vec<usize> = todo
                    .iter()
                    .copied()
                    .filter(
                        |&j| match (self.photos[located[k]].at, self.photos[located[j]].at) {
                            (Some(a), Some(b)) => distance_m(a, b) < MAX_GAP_M,
                            _ => false,
                        },
                    )
                    .collect();
                for j in near {
                    todo.remove(&j);
                    stack.push(j);
                }
            }
        }
        let mut counts = vec![0usize; located.len()];
        group.iter().for_each(|&g| counts[g] += 1);
        let (main, _) = counts
            .iter()
            .enumerate()
            .max_by_key(|(g, n)| (**n, std::cmp::Reverse(*g)))?;
        let inside: Vec<usize> = located
            .iter()
            .zip(&group)
            .filter(|(_, g)| **g == main)
            .map(|(i, _)| *i)
            .collect();
        let middle = |f: &dyn Fn(usize) -> Option<f64>| {
            median(inside.iter().filter_map(|&i| f(i)).collect())
        };
        let lat = middle(&|i| self.photos[i].at.map(|a| a.lat_deg()))?;
        let lon = middle(&|i| self.photos[i].at.map(|a| a.lon_deg()))?;
        let height = middle(&|i| self.photos[i].height.map(|h| h.m())).unwrap_or(0.0);
        let at = whimbrel_geo::LatLon::from_deg(lat, lon).ok()?;
        for (&i, &g) in located.iter().zip(&group) {
            let away = self.photos[i].at.map_or(0.0, |p| distance_m(p, at));
            self.photos[i].far = (g != main).then(|| {
                format!(
                    "it was taken {:.0} km from the others: map it separately",
                    away / 1000.0
                )
            });
        }
        Some(Position::new(at, whimbrel_geo::Height::from_m(height)))
    }

    /// Pairs of each of `fresh` with its neighbours that were not tried yet, and whether to compare
    /// them exhaustively.
    pub(crate) fn candidate_pairs(&self, fresh: &[usize]) -> Vec<((usize, usize), bool)> {
        let place = |i: usize| self.scene.cameras[i].prior.map(|p| p.centre);
        let ready: Vec<(usize, Vector3<f64>)> = (0..self.photos.len())
            .filter(|&i| self.scene.cameras[i].features.is_some())
            .filter_map(|i| place(i).map(|p| (i, p)))
            .collect();
        let mut out = std::collections::BTreeMap::new();
        for &i in fresh {
            let Some(here) = place(i) else { continue };
            let mut near: Vec<(f64, usize, usize)> = ready
                .iter()
                .filter(|(j, _)| *j != i)
                .map(|(j, p)| {
                    let d = p - here;
                    let direction = ((d.y.atan2(d.x) / std::f64::consts::TAU * 8.0).rem_euclid(8.0)
                        as usize)
                        .min(7);
                    (d.x.hypot(d.y), *j, direction)
                })
                .collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let mut taken = [0usize; 8];
            let mut count = 0;
            for (_, j, direction) in near {
                if count >= NEIGHBOURS {
                    break;
                }
                if taken[direction] >= PER_DIRECTION {
                    continue;
                }
                taken[direction] += 1;
                count += 1;
                let key = (i.min(j), i.max(j));
                if !self.tried.contains(&key) {
                    *out.entry(key).or_insert(false) |= count <= CLOSE_NEIGHBOURS;
                }
            }
        }
        out.into_iter().collect()
    }

    /// Poses from GPS for photos that matching did not reach.
    pub(crate) fn place_the_rest(&mut self) {
        let turn = self.mount_turn_rad();
        let flown = median(
            self.scene
                .cameras
                .iter()
                .filter_map(|c| Some(c.pose?.centre.z - self.scene.level_m?))
                .collect(),
        );
        for i in 0..self.photos.len() {
            let camera = &self.scene.cameras[i];
            let photo = &self.photos[i];
            if camera.pose.is_some()
                || photo.useless.is_some()
                || photo.far.is_some()
                || photo.needs_features
            {
                self.photos[i].placed = None;
                continue;
            }
            let Some(prior) = camera.prior else { continue };
            let mut centre = prior.centre;
            if photo.height.is_none() {
                centre.z = self.scene.level_m.unwrap_or(0.0) + flown.unwrap_or(ASSUMED_HEIGHT_M);
            }
            let pose = match prior.attitude {
                Some((camera_from_enu, _)) => Pose {
                    camera_from_enu,
                    centre,
                },
                None => Pose::nadir(centre, self.track_heading_rad(i).map_or(0.0, |h| h + turn)),
            };
            let pairs = self
                .scene
                .pairs
                .keys()
                .filter(|k| k.0 == i || k.1 == i)
                .count();
            let reason = match pairs {
                0 => "no overlap with its neighbours was found: placed from GPS".to_string(),
                n => format!(
                    "its overlap with {n} neighbour(s) is too weak to hold it: placed from GPS"
                ),
            };
            self.photos[i].placed = Some((pose, reason));
        }
    }

    /// Direction of flight at a photo: from the one before to the one after, by time.
    fn track_heading_rad(&self, i: usize) -> Option<f64> {
        let time = self.photos[i].meta.taken_at?;
        let place = |j: usize| self.scene.cameras[j].prior.map(|p| p.centre);
        let (mut before, mut after) = (None, None);
        for j in 0..self.photos.len() {
            let (Some(t), Some(_), true) = (self.photos[j].meta.taken_at, place(j), j != i) else {
                continue;
            };
            if t < time && before.is_none_or(|(s, _)| t > s) {
                before = Some((t, j));
            }
            if t > time && after.is_none_or(|(s, _)| t < s) {
                after = Some((t, j));
            }
        }
        let from = before.map_or(i, |b| b.1);
        let to = after.map_or(i, |a| a.1);
        let d = place(to)? - place(from)?;
        (d.x.hypot(d.y) > 1.0).then(|| d.x.atan2(d.y))
    }

    /// How the camera is turned against the direction of flight, from the matched photos.
    fn mount_turn_rad(&self) -> f64 {
        let (mut s, mut c) = (0.0, 0.0);
        for (i, camera) in self.scene.cameras.iter().enumerate() {
            if let (Some(pose), Some(track)) = (camera.pose, self.track_heading_rad(i)) {
                let d = pose.heading_rad() - track;
                s += d.sin();
                c += d.cos();
            }
        }
        if s == 0.0 && c == 0.0 {
            0.0
        } else {
            f64::atan2(s, c)
        }
    }
}
