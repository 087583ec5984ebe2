//! Tie points: one place on the ground as seen in several photos, joined from matched pairs.

use nalgebra::Vector3;

use crate::lens::{Intrinsics, Pose, triangulate};

/// Longest track kept; longer ones are joined by mistake.
const MAX_TRACK: usize = 40;
/// Rows and columns of the grid that spreads the solver's tie points over each photo.
const SPREAD: (usize, usize) = (8, 6);
/// Tie points per cell of that grid.
const PER_CELL: usize = 8;

/// One tie point.
#[derive(Clone, Debug)]
pub struct Track {
    /// (photo, reference pixels), by photo.
    pub seen: Vec<(usize, [f64; 2])>,
    /// Where it is.
    pub point: Vector3<f64>,
    /// Largest angle between two rays.
    pub angle_rad: f64,
}

/// The same place in two photos: (photo, feature) each.
pub type Joint = ((usize, u32), (usize, u32));

/// Joins matches `((photo, feature), (photo, feature))` into sets; sets that hold one photo twice
/// are dropped. `offsets[p]` is the number of features of the photos before `p`.
pub fn join(offsets: &[usize], matches: impl Iterator<Item = Joint>) -> Vec<Vec<(usize, u32)>> {
    let total = offsets.last().copied().unwrap_or(0);
    let mut parent: Vec<u32> = (0..total as u32).collect();
    let find = |parent: &mut Vec<u32>, mut i: u32| {
        while parent[i as usize] != i {
            parent[i as usize] = parent[parent[i as usize] as usize];
            i = parent[i as usize];
        }
        i
    };
    let mut used = vec![false; total];
    for ((p, i), (q, j)) in matches {
        let (u, v) = (offsets[p] as u32 + i, offsets[q] as u32 + j);
        used[u as usize] = true;
        used[v as usize] = true;
        let (ru, rv) = (find(&mut parent, u), find(&mut parent, v));
        parent[ru.max(rv) as usize] = ru.min(rv);
    }
    let mut slot = vec![u32::MAX; total];
    let mut sets: Vec<Vec<(usize, u32)>> = Vec::new();
    let mut photo = 0;
    for (node, joined) in used.into_iter().enumerate() {
        while node >= offsets[photo + 1] {
            photo += 1;
        }
        if !joined {
            continue;
        }
        let root = find(&mut parent, node as u32) as usize;
        if slot[root] == u32::MAX {
            slot[root] = sets.len() as u32;
            sets.push(Vec::new());
        }
        sets[slot[root] as usize].push((photo, (node - offsets[photo]) as u32));
    }
    sets.retain(|s| s.len() >= 2 && s.len() <= MAX_TRACK && s.windows(2).all(|w| w[0].0 != w[1].0));
    sets
}

/// Finds the track's point from the poses, dropping the worst observations until all are within
/// `limit_px`. Rays nearly parallel meet on the level `ground_up_m` instead.
pub fn locate(
    seen: &[(usize, [f64; 2])],
    pose: impl Fn(usize) -> Option<(Pose, Intrinsics)>,
    ground_up_m: impl Fn(&Vector3<f64>) -> f64,
    limit_px: f64,
) -> Option<Track> {
    let mut seen: Vec<(usize, [f64; 2], Pose, Intrinsics)> = seen
        .iter()
        .filter_map(|&(p, xy)| pose(p).map(|(pose, lens)| (p, xy, pose, lens)))
        .collect();
    while seen.len() >= 2 {
        let rays: Vec<(Vector3<f64>, Vector3<f64>)> = seen
            .iter()
            .map(|(_, xy, pose, lens)| (pose.centre, pose.ray(lens, *xy)))
            .collect();
        let (point, angle_rad) = match triangulate(&rays) {
            Some((point, angle)) if angle > 0.01 => (point, angle),
            other => {
                let first = &seen[0];
                let guess = first
                    .2
                    .on_level(&first.3, first.1, ground_up_m(&first.2.centre))?;
                let level = first.2.on_level(&first.3, first.1, ground_up_m(&guess))?;
                (level, other.map_or(0.0, |o| o.1))
            }
        };
        let errors: Vec<f64> = seen
            .iter()
            .map(|(_, xy, pose, lens)| {
                pose.image(lens, &point)
                    .map_or(f64::INFINITY, |v| (v.x - xy[0]).hypot(v.y - xy[1]))
            })
            .collect();
        let (worst, error) = errors
            .iter()
            .enumerate()
            .fold((0, 0.0), |m, (i, &e)| if e > m.1 { (i, e) } else { m });
        if error <= limit_px {
            let seen = seen.iter().map(|s| (s.0, s.1)).collect();
            return Some(Track {
                seen,
                point,
                angle_rad,
            });
        }
        seen.remove(worst);
    }
    None
}

/// A subset with enough tie points everywhere in each photo, longest tracks first.
pub fn select(tracks: &[Track], photos: usize, half_height: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tracks.len()).collect();
    order.sort_by_key(|&t| (std::cmp::Reverse(tracks[t].seen.len()), t));
    let mut filled = vec![0usize; photos * SPREAD.0 * SPREAD.1];
    let cell = |photo: usize, xy: [f64; 2]| {
        let half_width = crate::lens::REFERENCE_WIDTH / 2.0;
        let place = |v: f64, half: f64, n: usize| {
            (((v + half) / (2.0 * half) * n as f64).max(0.0) as usize).min(n - 1)
        };
        photo * SPREAD.0 * SPREAD.1
            + place(xy[1], half_height, SPREAD.1) * SPREAD.0
            + place(xy[0], half_width, SPREAD.0)
    };
    order.retain(|&t| {
        let wanted = tracks[t]
            .seen
            .iter()
            .filter(|s| filled[cell(s.0, s.1)] < PER_CELL)
            .count();
        if wanted < 2 {
            return false;
        }
        for s in &tracks[t].seen {
            filled[cell(s.0, s.1)] += 1;
        }
        true
    });
    order.sort_unstable();
    order
}
