//! Boustrophedon decomposition: an area falls into blocks at the heights where
//! what a sweep line cuts out of it splits, joins, begins, ends or jumps.
//!
//! Source: H. Choset, *Coverage of known spaces: the boustrophedon cellular
//! decomposition*, Autonomous Robots 9 (2000).

use crate::lines::Turned;
use crate::strips::pieces;
use whimbrel_geo::Polygon;

/// Vertices nearer to each other than this across the lines are on one height.
const LEVEL_M: f64 = 1e-6;

/// A block, in the plane of the area, and the blocks that it touches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Its outline.
    pub ring: Vec<[f64; 2]>,
    /// Its neighbours.
    pub touches: Vec<usize>,
}

/// A block that is still growing.
struct Growing {
    block: usize,
    left: f64,
    right: f64,
}

/// The blocks of an area for lines in a direction. Jumps of the outline of
/// less than `jump_m` do not begin a new block.
pub fn blocks(area: &Polygon, angle_rad: f64, jump_m: f64) -> Vec<Block> {
    let turned = Turned::by(angle_rad);
    let rings: Vec<Vec<[f64; 2]>> = area.rings().map(<[_]>::to_vec).collect();
    let rings = turned.rings(&rings);
    let mut levels: Vec<f64> = rings.iter().flatten().map(|p| p[1]).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup_by(|a, b| *a - *b < LEVEL_M);
    // Left and right chains of each block, upwards.
    let mut chains: Vec<[Vec<[f64; 2]>; 2]> = Vec::new();
    let mut touches: Vec<Vec<usize>> = Vec::new();
    let mut open: Vec<Growing> = Vec::new();
    for pair in levels.windows(2) {
        let &[low, high] = pair else { continue };
        let slab = pieces(&rings, low, high);
        let overlap = |g: &Growing, l: &[f64; 3], r: &[f64; 3]| {
            g.right.min(r[1]) - g.left.max(l[1]) > LEVEL_M
        };
        let mut next = Vec::with_capacity(slab.len());
        for (left, right) in &slab {
            let below: Vec<&Growing> = open.iter().filter(|g| overlap(g, left, right)).collect();
            let same = match below.as_slice() {
                [g] => {
                    let alone = slab.iter().filter(|(l, r)| overlap(g, l, r)).count() == 1;
                    let jump = (g.left - left[1]).abs().max((g.right - right[1]).abs());
                    (alone && jump <= jump_m).then_some(g.block)
                }
                _ => None,
            };
            let block = same.unwrap_or_else(|| {
                chains.push(Default::default());
                touches.push(below.iter().map(|g| g.block).collect());
                chains.len() - 1
            });
            if let Some([l, r]) = chains.get_mut(block) {
                l.extend([[left[1], low], [left[2], high]]);
                r.extend([[right[1], low], [right[2], high]]);
            }
            next.push(Growing {
                block,
                left: left[2],
                right: right[2],
            });
        }
        open = next;
    }
    let mut blocks: Vec<Block> = chains
        .into_iter()
        .map(|[left, mut right]| {
            let mut ring = left;
            right.reverse();
            ring.append(&mut right);
            ring.dedup_by(|a, b| (a[0] - b[0]).abs() + (a[1] - b[1]).abs() < LEVEL_M);
            Block {
                ring: ring.into_iter().map(|p| turned.back(p)).collect(),
                touches: Vec::new(),
            }
        })
        .collect();
    for (upper, lower) in touches.into_iter().enumerate() {
        for below in lower {
            for (a, b) in [(upper, below), (below, upper)] {
                if let Some(block) = blocks.get_mut(a)
                    && !block.touches.contains(&b)
                {
                    block.touches.push(b);
                }
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_makes_four_blocks() {
        let area = Polygon {
            outer: vec![[0.0, 0.0], [100.0, 0.0], [100.0, 60.0], [0.0, 60.0]],
            holes: vec![vec![[40.0, 20.0], [60.0, 30.0], [40.0, 40.0], [30.0, 30.0]]],
        };
        for angle in [0.0, 0.4, 1.2] {
            let blocks = blocks(&area, angle, 0.1);
            let ground: f64 = blocks
                .iter()
                .map(|b| Polygon::new(b.ring.clone()).area_m2())
                .sum();
            assert!((ground - area.area_m2()).abs() < 1e-6, "{angle}: {ground}");
            assert_eq!(blocks.len(), 4, "{angle}");
            let links: usize = blocks.iter().map(|b| b.touches.len()).sum();
            assert_eq!(links, 8, "{angle}: {blocks:?}");
        }
    }

    #[test]
    fn an_l_falls_in_two() {
        let l = Polygon::new(vec![
            [0.0, 0.0],
            [500.0, 0.0],
            [500.0, 200.0],
            [200.0, 200.0],
            [200.0, 600.0],
            [0.0, 600.0],
        ]);
        assert_eq!(blocks(&l, 0.0, 1.0).len(), 2);
        assert_eq!(blocks(&l, core::f64::consts::FRAC_PI_2, 1.0).len(), 2);
    }
}
