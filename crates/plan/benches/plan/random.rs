//! Random polygons with holes, the same for each seed everywhere.

use crate::measure::apart;
use whimbrel_geo::Polygon;
use whimbrel_geo::polygon::distance_to_segment_m;

/// SplitMix64.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

/// A star-shaped ring around a place.
fn ring(chance: &mut Chance, at: [f64; 2], low: f64, high: f64, corners: usize) -> Vec<[f64; 2]> {
    (0..corners)
        .map(|k| {
            let angle =
                (k as f64 + chance.between(-0.35, 0.35)) / corners as f64 * core::f64::consts::TAU;
            let r = chance.between(low, high);
            [at[0] + r * angle.cos(), at[1] + r * angle.sin()]
        })
        .collect()
}

/// About 100 m wide, with `holes` holes that leave room between each other.
pub fn polygon(seed: u64, holes: usize, gap: f64) -> Polygon {
    let mut chance = Chance(seed.wrapping_mul(0x1234_5678_9abc_def1) + 77);
    let corners = 4 + (chance.next() * 9.0) as usize;
    let outer = ring(&mut chance, [0.0, 0.0], 38.0, 70.0, corners);
    let mut found = Polygon::new(outer);
    for _ in 0..4_000 {
        if found.holes.len() == holes {
            break;
        }
        let at = [chance.between(-60.0, 60.0), chance.between(-60.0, 60.0)];
        let corners = 3 + (chance.next() * 5.0) as usize;
        let high = chance.between(3.0, 9.0);
        let hole = ring(&mut chance, at, 0.5 * high, high, corners);
        let clear = |p: &[f64; 2]| found.contains(*p) && found.distance_to_edge_m(*p) > gap;
        let edge_clear = found.rings().flatten().all(|p| {
            let edges = hole.iter().zip(hole.iter().cycle().skip(1));
            edges
                .into_iter()
                .all(|(a, b)| distance_to_segment_m(*p, *a, *b) > gap)
        });
        if apart(at, [0.0; 2]) > 0.0 && hole.iter().all(clear) && edge_clear {
            found.holes.push(hole);
        }
    }
    found
}
