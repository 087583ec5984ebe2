//! Strips of one direction over a part: how many, where, and from where to
//! where the part reaches in each.

/// Rings (even–odd) in a plane turned so that lines run along x.
pub type Rings = [Vec<[f64; 2]>];

/// Rounding that must not make one more strip, share of the extent.
const ROUNDING: f64 = 1e-6;
/// Lateral places per strip at which the ends of lines are fitted.
const SAMPLES: usize = 32;
/// Shortest line, share of the swath.
const SHORTEST: f64 = 0.04;

/// A strip; its line runs along the middle.
#[derive(Clone, Debug)]
pub struct Strip {
    /// Its lower edge.
    pub bottom: f64,
    /// Its upper edge.
    pub top: f64,
    /// From where to where the part reaches anywhere in the strip.
    pub spans: Vec<(f64, f64)>,
}

impl Strip {
    /// Height of its line.
    pub fn middle(&self) -> f64 {
        0.5 * (self.bottom + self.top)
    }
}

/// Strips of equal width, no wider than the swath, that cover the rings; up to
/// `spare_m2` of ground may be left out on both sides together.
pub fn strips(rings: &Rings, swath_m: f64, spare_m2: f64) -> Vec<Strip> {
    let ys = || rings.iter().flatten().map(|p| p[1]);
    let (mut low, mut high) = (
        ys().fold(f64::INFINITY, f64::min),
        ys().fold(f64::NEG_INFINITY, f64::max),
    );
    if !(low.is_finite() && high > low) {
        return Vec::new();
    }
    if spare_m2 > 0.0 {
        let cut = (
            sliver(rings, low, high, 0.5 * spare_m2),
            -sliver(&mirrored(rings), -high, -low, 0.5 * spare_m2),
        );
        if cut.1 > cut.0 {
            (low, high) = cut;
        }
    }
    let rows = ((high - low) / swath_m - ROUNDING).ceil().max(1.0);
    let step = (high - low) / rows;
    (0..rows as usize)
        .map(|row| {
            let bottom = low + row as f64 * step;
            let top = bottom + step;
            Strip {
                bottom,
                top,
                spans: shadow(rings, bottom, top, 0.5 * swath_m),
            }
        })
        .collect()
}

fn mirrored(rings: &Rings) -> Vec<Vec<[f64; 2]>> {
    let flip = |r: &Vec<[f64; 2]>| r.iter().map(|p| [p[0], -p[1]]).collect();
    rings.iter().map(flip).collect()
}

/// How far up from `low` no more than `spare_m2` of ground lies.
fn sliver(rings: &Rings, low: f64, high: f64, spare_m2: f64) -> f64 {
    let (mut from, mut to) = (low, high);
    for _ in 0..24 {
        let middle = 0.5 * (from + to);
        if ground_below(rings, middle) <= spare_m2 {
            from = middle;
        } else {
            to = middle;
        }
    }
    from
}

/// Ground of the rings below a height.
fn ground_below(rings: &Rings, y: f64) -> f64 {
    let mut levels = levels(rings, f64::NEG_INFINITY, y);
    levels.push(y);
    let mut ground = 0.0;
    for pair in levels.windows(2) {
        let &[low, high] = pair else { continue };
        for (left, right) in pieces(rings, low, high) {
            ground += (right[0] - left[0]).max(0.0) * (high - low);
        }
    }
    ground
}

/// Heights of vertices between two heights, in order.
fn levels(rings: &Rings, bottom: f64, top: f64) -> Vec<f64> {
    let mut levels: Vec<f64> = rings
        .iter()
        .flatten()
        .map(|p| p[1])
        .filter(|y| *y > bottom && *y < top)
        .collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup_by(|a, b| *a - *b < 1e-9);
    levels
}

/// The left and the right edge (x at the middle, below, above) of each piece
/// of the rings in a slab without vertices.
pub fn pieces(rings: &Rings, low: f64, high: f64) -> Vec<([f64; 3], [f64; 3])> {
    let middle = 0.5 * (low + high);
    let mut edges: Vec<[f64; 3]> = Vec::new();
    for ring in rings {
        for (p, q) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            if (p[1] > middle) != (q[1] > middle) {
                let x = |y: f64| p[0] + (y - p[1]) / (q[1] - p[1]) * (q[0] - p[0]);
                edges.push([x(middle), x(low), x(high)]);
            }
        }
    }
    edges.sort_by(|a, b| a[0].total_cmp(&b[0]));
    edges
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            &[left, right] => Some((left, right)),
            _ => None,
        })
        .collect()
}

/// Intervals of x that the rings reach anywhere between two heights; gaps of
/// at most `join` are closed.
fn shadow(rings: &Rings, bottom: f64, top: f64, join: f64) -> Vec<(f64, f64)> {
    let mut heights = vec![bottom];
    heights.extend(levels(rings, bottom, top));
    heights.push(top);
    let mut spans: Vec<(f64, f64)> = Vec::new();
    for pair in heights.windows(2) {
        let &[low, high] = pair else { continue };
        for (left, right) in pieces(rings, low, high) {
            spans.push((left[1].min(left[2]), right[1].max(right[2])));
        }
    }
    merged(spans, join)
}

/// Calls `act` with the middle and the width of each of the strips that
/// [`strips`] would lay, without fitting any.
pub fn for_each_strip(rings: &Rings, swath_m: f64, mut act: impl FnMut(f64, f64)) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for p in rings.iter().flatten() {
        (low, high) = (low.min(p[1]), high.max(p[1]));
    }
    if high > low {
        let rows = ((high - low) / swath_m - ROUNDING).ceil().max(1.0);
        let step = (high - low) / rows;
        for row in 0..rows as usize {
            act(low + (row as f64 + 0.5) * step, step);
        }
    }
}

/// Intervals of x that the rings reach at any of some heights; gaps of at most
/// `join` are closed.
pub fn spans_at(rings: &Rings, heights: impl Iterator<Item = f64>, join: f64) -> Vec<(f64, f64)> {
    let mut spans = Vec::new();
    let mut cuts = Vec::new();
    for y in heights {
        cuts.clear();
        for ring in rings {
            let mut before = ring.last();
            for q in ring {
                if let Some(p) = before
                    && (p[1] > y) != (q[1] > y)
                {
                    cuts.push(p[0] + (y - p[1]) / (q[1] - p[1]) * (q[0] - p[0]));
                }
                before = Some(q);
            }
        }
        cuts.sort_unstable_by(f64::total_cmp);
        for pair in cuts.chunks_exact(2) {
            if let &[from, to] = pair {
                spans.push((from, to));
            }
        }
    }
    merged(spans, join)
}

fn merged(mut spans: Vec<(f64, f64)>, join: f64) -> Vec<(f64, f64)> {
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.0 <= last.1 + join => last.1 = last.1.max(span.1),
            _ => merged.push(span),
        }
    }
    merged
}

/// Cuts the spans to what a line with round ends of half a swath must reach,
/// so that no more than `spare_m2` of ground is left out at all ends together.
/// Ground is left where that saves most: the same share of each strip's width
/// remains at every end.
pub fn fit_ends(strips: &mut [Strip], rings: &Rings, swath_m: f64, spare_m2: f64) {
    let mut ends: Vec<[Vec<f64>; 2]> = Vec::new();
    for strip in strips.iter() {
        ends.extend(needs(strip, rings, 0.5 * swath_m));
    }
    let lateral_m = strips.first().map_or(0.0, |s| s.top - s.bottom) / SAMPLES as f64;
    let reach = |needs: &Vec<f64>, out: usize| {
        let last = needs.len().saturating_sub(1);
        needs.get(out.min(last)).copied()
    };
    let loss = |out: usize| -> f64 {
        let of = |needs: &Vec<f64>| {
            let reach = reach(needs, out).unwrap_or(0.0);
            needs.iter().take(out).map(|n| n - reach).sum::<f64>()
        };
        lateral_m * ends.iter().flatten().map(of).sum::<f64>()
    };
    let out = (0..SAMPLES / 2)
        .take_while(|out| loss(*out) <= spare_m2)
        .last()
        .unwrap_or(0);
    let spans = strips.iter_mut().flat_map(|s| &mut s.spans);
    for (span, [left, right]) in spans.zip(&ends) {
        let (Some(left), Some(right)) = (reach(left, out), reach(right, out)) else {
            continue;
        };
        let middle = 0.5 * (span.0 + span.1);
        let least = 0.5 * SHORTEST * swath_m;
        *span = (middle - left, middle + right);
        if span.1 - span.0 < 2.0 * least {
            let middle = 0.5 * (span.0 + span.1);
            *span = (middle - least, middle + least);
        }
    }
}

/// How far from the middle of each span its line must reach to the left and to
/// the right for each of the lateral places, the farthest first.
fn needs(strip: &Strip, rings: &Rings, half: f64) -> Vec<[Vec<f64>; 2]> {
    let mut needs: Vec<[Vec<f64>; 2]> = vec![Default::default(); strip.spans.len()];
    for k in 0..SAMPLES {
        let share = (k as f64 + 0.5) / SAMPLES as f64;
        let y = strip.bottom + share * (strip.top - strip.bottom);
        let cap = (half * half - (y - strip.middle()).powi(2)).max(0.0).sqrt();
        let pieces = pieces(rings, y, y);
        for (span, [to_left, to_right]) in strip.spans.iter().zip(&mut needs) {
            let within = pieces
                .iter()
                .filter(|(left, right)| left[0] <= span.1 && right[0] >= span.0)
                .fold(None, |reach: Option<(f64, f64)>, (left, right)| {
                    let (l, r) = reach.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
                    Some((l.min(left[0]), r.max(right[0])))
                });
            if let Some((left, right)) = within {
                let middle = 0.5 * (span.0 + span.1);
                to_left.push(middle - left - cap);
                to_right.push(right - middle - cap);
            }
        }
    }
    for end in needs.iter_mut().flatten() {
        end.sort_by(|a, b| b.total_cmp(a));
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Vec<Vec<[f64; 2]>> {
        vec![vec![[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]]]
    }

    #[test]
    fn strips_fit_the_extent() {
        let strips = strips(&square(), 3.0, 0.0);
        assert_eq!(strips.len(), 34);
        assert_eq!(strips[0].bottom, 0.0);
        assert!((strips[33].top - 100.0).abs() < 1e-9);
        assert!(strips.iter().all(|s| s.spans == [(0.0, 100.0)]));
    }

    #[test]
    fn ends_are_cut_within_what_may_be_left() {
        let mut strips = strips(&square(), 3.0, 0.0);
        fit_ends(&mut strips, &square(), 3.0, 5.0);
        for s in &strips {
            assert!((0.6..1.2).contains(&s.spans[0].0), "{:?}", s.spans);
        }
        // Round ends reach a little farther for nothing.
        let mut strips = super::strips(&square(), 3.0, 0.0);
        fit_ends(&mut strips, &square(), 3.0, 0.0);
        assert!((0.2..0.5).contains(&strips[0].spans[0].0));
    }

    #[test]
    fn a_tip_is_left_out_where_allowed() {
        let tip = vec![vec![[0.0, 0.0], [50.0, 100.0], [-50.0, 100.0]]];
        let all = strips(&tip, 10.0, 0.0);
        let most = strips(&tip, 10.0, 20.0);
        assert_eq!(all[0].bottom, 0.0);
        // A tip of h metres holds h²/2.
        assert!(
            (most[0].bottom - 20f64.sqrt()).abs() < 0.1,
            "{}",
            most[0].bottom
        );
    }
}
