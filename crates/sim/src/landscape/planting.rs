//! Trees: where they stand, how tall and how round they are.

use super::lay::{Lay, Lie};
use super::objects::House;
use super::parcels::{LandUse, Parcel, Parcels};
use crate::chance;

/// One tree.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Middle, m east and north.
    pub at: [f64; 2],
    /// Radius of the crown, m.
    pub radius_m: f64,
    /// Height above the ground, m.
    pub height_m: f64,
    /// Pointed as a spruce, not round as an oak.
    pub pointed: bool,
    /// Its own shade of green, 0 to 1.
    pub tone: f64,
    lobes: f64,
}

impl Tree {
    /// Height of the crown's top above the ground at a place, if it is under the crown.
    pub fn height_at(&self, x: f64, y: f64) -> Option<f64> {
        let (dx, dy) = (x - self.at[0], y - self.at[1]);
        let d = dx.hypot(dy);
        if d > self.radius_m * 1.3 {
            return None;
        }
        let angle = dy.atan2(dx);
        let lobes = if self.pointed {
            0.05 * (9.0 * angle + self.lobes).sin()
        } else {
            0.11 * (3.0 * angle + self.lobes).sin()
                + 0.08 * (5.0 * angle + 2.3 * self.lobes).sin()
                + 0.04 * (11.0 * angle).sin()
        };
        let t = d / (self.radius_m * (1.0 + lobes));
        if t >= 1.0 {
            return None;
        }
        if self.pointed {
            return Some(self.height_m * (0.2 + 0.8 * (1.0 - t)));
        }
        // A dome with boughs: bumps about as wide as a third of the crown.
        let k = 7.0 / self.radius_m;
        let bumps = (k * dx + self.lobes).sin() * (k * dy + 1.7 * self.lobes).sin();
        let dome = (1.0 - t * t).sqrt();
        Some(self.height_m * (0.35 + 0.65 * dome) + bumps * 0.09 * self.radius_m)
    }
}

/// Plants trees by land use on a jittered grid, clear of houses, ways and water.
pub fn plant(
    seed: u64,
    parcels: &Parcels,
    lay: &Lay,
    houses: &[House],
    bounds: [f64; 4],
) -> Vec<Tree> {
    const SPACING_M: f64 = 4.4;
    let [west, south, east, north] = bounds;
    let (columns, rows) = (
        ((east - west) / SPACING_M) as u64,
        ((north - south) / SPACING_M) as u64,
    );
    let mut trees = Vec::new();
    for spot in 0..columns * rows {
        let draw = |k: u64| chance::uniform(seed, 141, spot * 16 + k);
        let x = west + ((spot % columns) as f64 + 0.1 + 0.8 * draw(0)) * SPACING_M;
        let y = south + ((spot / columns) as f64 + 0.1 + 0.8 * draw(1)) * SPACING_M;
        let lie = lay.lie(x, y);
        let Some(parcel) = parcels.parcels().get(lie.parcel) else {
            continue;
        };
        if let Some(tree) = sprout(parcel, &lie, x, y, draw) {
            let clear = |h: &House| {
                let (u, v) = h.local(tree.at[0], tree.at[1]);
                u.abs() > h.half[0] + tree.radius_m || v.abs() > h.half[1] + tree.radius_m
            };
            if houses.iter().all(clear) {
                trees.push(tree);
            }
        }
    }
    orchards(seed, parcels, lay, &mut trees);
    trees
}

fn sprout(parcel: &Parcel, lie: &Lie, x: f64, y: f64, draw: impl Fn(u64) -> f64) -> Option<Tree> {
    let chance = draw(2);
    let (edge, river, way) = (lie.edge_m, lie.river_m, (lie.road_m - 1.5).min(lie.track_m));
    let tree = |radius: f64, height: f64, pointed: bool| {
        let (radius_m, tone) = (radius * (0.75 + 0.5 * draw(3)), 0.05 + 0.9 * draw(4));
        let height_m = (height * (0.8 + 0.4 * draw(5))).max(1.2 * radius_m);
        Some(Tree {
            at: [x, y],
            radius_m,
            height_m,
            pointed,
            tone,
            lobes: draw(6) * 6.3,
        })
    };
    if river < 1.5 || way < 3.2 {
        return None;
    }
    if river < 8.0 && chance < 0.22 {
        return tree(2.6, 8.0, false);
    }
    if parcel.land_use == LandUse::Forest && edge > 1.5 {
        let spruce = parcel.tone > 0.5 && draw(7) < 0.75;
        return if chance > 0.93 {
            None
        } else if spruce {
            tree(2.3, 15.0, true)
        } else {
            tree(2.9, 13.0, false)
        };
    }
    if parcel.hedged && edge < 2.9 && chance < 0.9 {
        return if draw(7) < 0.08 {
            tree(3.2, 9.0, false)
        } else {
            tree(1.9, 3.0, false)
        };
    }
    if lie.road_m > 5.0 && lie.road_m < 7.5 && chance < 0.07 {
        return tree(3.0, 9.0, false);
    }
    let share = match parcel.land_use {
        LandUse::Pasture => 0.012,
        LandUse::Village => 0.10,
        LandUse::Meadow => 0.0025,
        _ => 0.0,
    };
    if chance >= share {
        return None;
    }
    if draw(7) < 0.45 {
        tree(1.3, 2.5, false)
    } else {
        tree(3.1, 8.5, draw(8) < 0.15)
    }
}

fn orchards(seed: u64, parcels: &Parcels, lay: &Lay, trees: &mut Vec<Tree>) {
    const SPACING_M: [f64; 2] = [5.0, 6.5];
    for (index, parcel) in parcels
        .parcels()
        .iter()
        .enumerate()
        .filter(|(_, p)| p.land_use == LandUse::Orchard)
    {
        let (c, s) = (f64::from(parcel.row[0]), f64::from(parcel.row[1]));
        // The row axes are the plan's axes turned back, near enough: look through a square that holds the parcel.
        let [p0, q0, p1, q1] = parcel.bounds;
        let (cx, cy) = parcels.place(0.5 * (p0 + p1), 0.5 * (q0 + q1));
        let reach = ((p1 - p0).hypot(q1 - q0) / 2.0 + 25.0).min(400.0);
        let n = (reach / SPACING_M[0]) as i64;
        for i in -n..=n {
            for j in -n..=n {
                let key = ((index as u64) << 32) ^ (((i + n) as u64) << 16) ^ (j + n) as u64;
                let draw = |k: u64| chance::uniform(seed, 142, key * 8 + k);
                let (u, v) = (
                    i as f64 * SPACING_M[0] + 0.7 * draw(0),
                    j as f64 * SPACING_M[1] + 0.7 * draw(1),
                );
                let (x, y) = (cx + c * u - s * v, cy + s * u + c * v);
                let lie = lay.lie(x, y);
                let free = lie.edge_m > 3.0 && lie.river_m > 8.0 && lay.holds(x, y);
                if lie.parcel == index && free && draw(2) < 0.94 {
                    let radius_m = 1.4 + 0.6 * draw(3);
                    trees.push(Tree {
                        at: [x, y],
                        radius_m,
                        height_m: 3.0 + 1.5 * draw(4),
                        pointed: false,
                        tone: 0.5 + 0.4 * draw(5),
                        lobes: 6.3 * draw(6),
                    });
                }
            }
        }
    }
}
