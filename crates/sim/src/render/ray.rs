//! Where a ray meets the landscape.

use crate::landscape::{Landscape, MAX_HEIGHT_M, Top};

/// Horizontal step while looking for things on the ground, m.
const STEP_M: f64 = 0.3;
/// Steps over the height of the tallest thing at most; a ray that needs more is too flat and sees only the ground.
const MAX_STEPS: f64 = 400.0;
/// Rays flatter than this slope (down over along) see the sky.
const MIN_FALL: f64 = 0.03;

/// A point seen.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// Where, in the landscape's frame, m.
    pub at: [f64; 3],
    /// What is on top there.
    pub top: Top,
    /// Seen from the side, below the top.
    pub side: bool,
}

/// Follows the ray from `eye` along the unit vector `along` (east, north, up). `guess_m` is a height near the ground's
/// where the ray meets it. None: it goes to the sky, or below ground from the start.
pub fn cast(landscape: &Landscape, eye: [f64; 3], along: [f64; 3], guess_m: f64) -> Option<Hit> {
    let fall = -along[2];
    if fall < MIN_FALL {
        return None;
    }
    // Horizontal shift for each metre of descent.
    let (sx, sy) = (along[0] / fall, along[1] / fall);
    let ground = meet_ground(landscape, eye, [sx, sy], guess_m)?;
    let bare = Hit {
        at: ground,
        top: Top::Ground,
        side: false,
    };
    let slope = (sx * sx + sy * sy).sqrt();
    // Things can stand in the way only within the tallest thing's height above this point, and a little for slopes.
    let reach = MAX_HEIGHT_M + 4.0;
    let above = |d: f64| [ground[0] - sx * d, ground[1] - sy * d];
    // Half a tile at a time along the ground, so that no more than a tile's corner is missed.
    let stride = (3.0 / slope.max(1e-9)).min(reach);
    let mut tallest = 0.0_f64;
    let mut d = 0.0;
    loop {
        let [x, y] = above(d);
        let here = landscape.things_below_m(x, y) * 1.1;
        // What is lower than the ray there cannot hide the ground; what is higher does so from the ray's height down.
        if here > 0.0 && here + 1.0 > d - stride {
            tallest = tallest.max(here.min(d + stride));
        }
        d += stride;
        if d > reach || slope * reach < 0.05 {
            break;
        }
    }
    if tallest == 0.0 {
        return Some(bare);
    }
    let start = (tallest + 1.0).min(eye[2] - ground[2]);
    let step = (STEP_M / slope.max(1e-9)).clamp(start / MAX_STEPS, start);
    // Slopes of the ground up to a third are allowed for.
    let share = (1.0 - 0.33 * slope).max(0.2);
    let mut outside = start;
    let mut depth = (start - step).max(0.0);
    loop {
        let [x, y] = above(depth);
        if depth > 0.0 {
            let (bound, run) = landscape.clear_run(x, y, [sx, sy]);
            let lowest = (bound + 0.1) / share;
            if depth > lowest {
                // Nothing reaches this high here: go on to where something might.
                let steps = f64::from(((depth - lowest).min(run) / step) as u32);
                outside = depth - steps * step;
                depth = (outside - step).max(0.0);
                continue;
            }
        }
        let (z, top) = landscape.surface_m(x, y);
        if top != Top::Ground && z >= ground[2] + depth {
            return Some(refine(landscape, ground, [sx, sy], depth, outside));
        }
        if depth <= 0.0 {
            return Some(bare);
        }
        outside = depth;
        depth = (depth - step).max(0.0);
    }
}

/// Fixed-point rounds on the smooth ground: each shrinks the error by the ground's slope times the ray's, so that a
/// last step below 2 mm leaves less than 1 mm.
fn meet_ground(
    landscape: &Landscape,
    eye: [f64; 3],
    shift: [f64; 2],
    guess_m: f64,
) -> Option<[f64; 3]> {
    let mut z = guess_m;
    for _ in 0..12 {
        let down = eye[2] - z;
        let (x, y) = (eye[0] + shift[0] * down, eye[1] + shift[1] * down);
        let next = landscape.ground_m(x, y);
        let done = (next - z).abs() < 2e-3;
        z = next;
        if done {
            break;
        }
    }
    let down = eye[2] - z;
    (down > 0.0).then(|| [eye[0] + shift[0] * down, eye[1] + shift[1] * down, z])
}

/// Halves the interval in which the ray goes under the surface.
fn refine(
    landscape: &Landscape,
    ground: [f64; 3],
    shift: [f64; 2],
    inside: f64,
    outside: f64,
) -> Hit {
    let (mut inside, mut outside) = (inside, outside);
    let at = |d: f64| {
        [
            ground[0] - shift[0] * d,
            ground[1] - shift[1] * d,
            ground[2] + d,
        ]
    };
    // Down to 4 mm along the ground or up.
    let wanted = 0.004 / (shift[0] * shift[0] + shift[1] * shift[1]).sqrt().max(1.0);
    for _ in 0..20 {
        if outside - inside < wanted {
            break;
        }
        let middle = 0.5 * (inside + outside);
        let p = at(middle);
        if landscape.surface_m(p[0], p[1]).0 >= p[2] {
            inside = middle
        } else {
            outside = middle
        }
    }
    let p = at(inside);
    let (z, top) = landscape.surface_m(p[0], p[1]);
    Hit {
        at: p,
        top,
        side: z - p[2] > 0.25,
    }
}
