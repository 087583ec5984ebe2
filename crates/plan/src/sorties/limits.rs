//! What no sharing can beat.
//!
//! A connected path of length L covers at most wL + πw²/4 of swath w. From
//! that the number of sorties and the time of the last vehicle are bounded,
//! whatever the lines.

use core::f64::consts::PI;
use whimbrel_geo::Polygon;

/// Samples of the areas for the bound by distance.
const SAMPLES: f64 = 4_000.0;
/// Halvings of the makespan.
const HALVINGS: usize = 48;
/// Most sorties that are counted up to.
const MAX_SORTIES: f64 = 1e6;

/// What one kind of vehicle can do at best.
#[derive(Clone, Debug, PartialEq)]
pub struct Ability {
    /// How many of them.
    pub vehicles: usize,
    /// Fastest that photo lines can be flown, stops between the longest ones
    /// included.
    pub speed_m_s: f64,
    /// Time of one sortie at most.
    pub endurance_s: f64,
    /// Take-off and landing.
    pub overhead_s: f64,
    /// Launch sites, metres; empty for open routes.
    pub sites: Vec<[f64; 2]>,
}

/// What is asked of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Surface to be covered (that part of the areas which is covered).
    pub area_m2: f64,
    /// Swath.
    pub swath_m: f64,
    /// Time on the ground between two sorties of a vehicle.
    pub swap_s: f64,
}

impl Work {
    /// What the ends of a path cover.
    fn cap_m2(&self) -> f64 {
        0.25 * PI * self.swath_m * self.swath_m
    }
}

/// Distances of samples of the areas from the nearest site, in order, and the
/// surface that each stands for.
fn distances(areas: &[Polygon], abilities: &[Ability]) -> (Vec<f64>, f64) {
    let total: f64 = areas.iter().map(Polygon::area_m2).sum();
    let cell = (total / SAMPLES).sqrt().max(1e-3);
    let sites: Vec<[f64; 2]> = abilities.iter().flat_map(|a| a.sites.clone()).collect();
    let open = sites.is_empty() || abilities.iter().any(|a| a.sites.is_empty());
    let mut out = Vec::new();
    for area in areas {
        let Some((low, high)) = area.bounds() else {
            continue;
        };
        let steps = |axis: usize| ((high[axis] - low[axis]) / cell).ceil().min(2_000.0) as usize;
        for row in 0..steps(1) {
            for column in 0..steps(0) {
                let p = [
                    low[0] + (column as f64 + 0.5) * cell,
                    low[1] + (row as f64 + 0.5) * cell,
                ];
                if !open && area.contains(p) {
                    let far = sites.iter().map(|s| (s[0] - p[0]).hypot(s[1] - p[1]));
                    out.push(far.fold(f64::INFINITY, f64::min));
                }
            }
        }
    }
    out.sort_by(f64::total_cmp);
    (out, cell * cell)
}

/// Fewest sorties that the work takes: by its surface, and by what lies farther
/// from all sites than each distance (a sortie that goes there has that much
/// less left).
#[must_use]
pub fn fewest_sorties(work: &Work, areas: &[Polygon], abilities: &[Ability]) -> usize {
    // What one sortie covers beyond a distance, by the ablest vehicle.
    let one = |beyond_m: f64| {
        let covers = abilities.iter().map(|a| {
            let way = 2.0 * (beyond_m - 0.5 * work.swath_m).max(0.0);
            let left = (a.endurance_s - a.overhead_s) * a.speed_m_s - way;
            left.max(0.0) * work.swath_m + work.cap_m2()
        });
        covers.fold(0.0, f64::max)
    };
    let count = |area_m2: f64, one_m2: f64| {
        if area_m2 <= 0.0 || one_m2.is_nan() || one_m2 <= 0.0 {
            return 0;
        }
        (area_m2 / one_m2 - 1e-9).ceil().min(MAX_SORTIES) as usize
    };
    let mut fewest = count(work.area_m2, one(0.0)).max(1);
    let (far, cell_m2) = distances(areas, abilities);
    let total: f64 = areas.iter().map(Polygon::area_m2).sum();
    // What need not be covered may be the farthest; and the samples are not
    // exact: their outermost ring is left out.
    let spared = (total - work.area_m2).max(0.0) + 4.0 * (total * cell_m2).sqrt();
    for (index, r) in far.iter().enumerate().step_by(16) {
        let beyond = (far.len() - index) as f64 * cell_m2 - spared;
        fewest = fewest.max(count(beyond, one(*r)));
    }
    fewest
}

/// Least time until the last vehicle is back.
#[must_use]
pub fn least_makespan_s(work: &Work, abilities: &[Ability]) -> f64 {
    // What a vehicle covers in a time, with the number of sorties that suits.
    let covers = |a: &Ability, time_s: f64| {
        let mut best: f64 = 0.0;
        let mut sorties = 1.0;
        while sorties < MAX_SORTIES {
            let spent = sorties * a.overhead_s + (sorties - 1.0) * work.swap_s;
            if spent >= time_s {
                break;
            }
            let full = sorties * (a.endurance_s - a.overhead_s).max(0.0);
            let flown = (time_s - spent).min(full);
            best = best.max(flown * a.speed_m_s * work.swath_m + sorties * work.cap_m2());
            if full >= time_s - spent {
                break;
            }
            sorties += 1.0;
        }
        best
    };
    let all = |time_s: f64| -> f64 {
        let by_kind = abilities
            .iter()
            .map(|a| a.vehicles as f64 * covers(a, time_s));
        by_kind.sum()
    };
    let (mut low, mut high) = (0.0, 60.0);
    while all(high) < work.area_m2 {
        (low, high) = (high, 2.0 * high);
        if high > 1e9 {
            return low;
        }
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if all(middle) < work.area_m2 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_references_example() {
        // Reference §4b: 247 ha, 40 m, 20 min, overhead 60 s, swaps of 3 min, 10
        // m/s, three vehicles: 6 sorties, 39.2 min (without end caps: 38 min of
        // flight and two sorties each).
        let work = Work {
            area_m2: 2.47e6,
            swath_m: 40.0,
            swap_s: 180.0,
        };
        let able = Ability {
            vehicles: 3,
            speed_m_s: 10.0,
            endurance_s: 1200.0,
            overhead_s: 60.0,
            sites: Vec::new(),
        };
        let square = Polygon::new(vec![
            [0.0, 0.0],
            [1571.6, 0.0],
            [1571.6, 1571.6],
            [0.0, 1571.6],
        ]);
        let abilities = [able];
        assert_eq!(fewest_sorties(&work, &[square], &abilities), 6);
        let least = least_makespan_s(&work, &abilities) / 60.0;
        assert!((38.9..39.4).contains(&least), "{least}");
    }
}
