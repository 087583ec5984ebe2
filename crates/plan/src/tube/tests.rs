use super::*;
use proptest::prelude::*;

const STEEP: Slopes = Slopes {
    climb: 10.0,
    descent: 10.0,
};

fn gate(s_m: f64, low_m: f64, high_m: f64) -> Gate {
    Gate {
        s_m,
        low_m,
        high_m,
        corner: false,
    }
}

fn narrow(gates: &mut [Gate], slopes: Slopes) {
    raise(gates, slopes);
    lower(gates, slopes);
}

fn at(knots: &[Knot], s: f64) -> f64 {
    let i = knots
        .partition_point(|k| k.s_m < s)
        .clamp(1, knots.len().max(2) - 1);
    match (knots.get(i - 1), knots.get(i)) {
        (Some(a), Some(b)) if b.s_m > a.s_m => {
            a.z_m + (b.z_m - a.z_m) * (s - a.s_m) / (b.s_m - a.s_m)
        }
        (Some(a), _) => a.z_m,
        _ => f64::NAN,
    }
}

fn keeps(knots: &[Knot], gates: &[Gate], slopes: Slopes) -> Result<(), String> {
    for g in gates {
        let z = at(knots, g.s_m);
        if !(g.low_m - 2e-3..=g.high_m + 2e-3).contains(&z) {
            return Err(format!("{z} outside of {g:?}"));
        }
    }
    for k in knots {
        let i = gates
            .partition_point(|g| g.s_m < k.s_m)
            .clamp(1, gates.len() - 1);
        let (a, b) = (gates[i - 1], gates[i]);
        let t = (k.s_m - a.s_m) / (b.s_m - a.s_m);
        let (low, high) = (
            a.low_m + t * (b.low_m - a.low_m),
            a.high_m + t * (b.high_m - a.high_m),
        );
        if !(low - 2e-3..=high + 2e-3).contains(&k.z_m) {
            return Err(format!("{k:?} outside of {low} .. {high}"));
        }
    }
    for k in knots.windows(2) {
        let (ds, dz) = (k[1].s_m - k[0].s_m, k[1].z_m - k[0].z_m);
        if dz > slopes.climb * ds + 3e-3 || dz < -slopes.descent * ds - 3e-3 || ds < -1e-9 {
            return Err(format!("{k:?} is too steep"));
        }
    }
    Ok(())
}

#[test]
fn one_piece_where_one_does() {
    let gates: Vec<Gate> = (0..50)
        .map(|i| gate(f64::from(i), f64::from(i) - 1.0, f64::from(i) + 1.0))
        .collect();
    let knots = fewest(&gates, STEEP).unwrap();
    assert_eq!(knots.len(), 2);
    keeps(&knots, &gates, STEEP).unwrap();
}

#[test]
fn a_step_needs_a_corner_and_a_steep_one_two() {
    let step = |gap: f64| -> Vec<Gate> {
        (0..=40)
            .map(|i| {
                let s = f64::from(i);
                let z = if s < 20.0 { 0.0 } else { gap };
                gate(s, z, z + 1.0)
            })
            .collect()
    };
    let mut gates = step(0.5);
    narrow(&mut gates, STEEP);
    assert_eq!(fewest(&gates, STEEP).unwrap().len(), 2);
    let slopes = Slopes {
        climb: 0.2,
        descent: 0.2,
    };
    let mut gates = step(3.0);
    narrow(&mut gates, slopes);
    let knots = fewest(&gates, slopes).unwrap();
    keeps(&knots, &gates, slopes).unwrap();
    assert_eq!(knots.len(), 4, "{knots:?}");
}

#[test]
fn corners_of_the_way_are_always_there() {
    let mut gates: Vec<Gate> = (0..30).map(|i| gate(f64::from(i), 0.0, 5.0)).collect();
    gates[10].corner = true;
    gates[20].corner = true;
    let knots = fewest(&gates, STEEP).unwrap();
    let places: Vec<f64> = knots.iter().map(|k| k.s_m).collect();
    assert_eq!(places, [0.0, 10.0, 20.0, 29.0]);
}

#[test]
fn shut_gates_and_none_are_refused() {
    assert_eq!(fewest(&[], STEEP), None);
    assert_eq!(fewest(&[gate(0.0, 1.0, 0.0)], STEEP), None);
    assert_eq!(fewest(&[gate(0.0, f64::NAN, 0.0)], STEEP), None);
    assert_eq!(fewest(&[gate(0.0, 0.0, 1.0)], STEEP).unwrap().len(), 1);
}

/// Fewest pieces whose corners lie on a grid of heights at every half gate, by trying all.
fn on_a_grid(gates: &[Gate], slopes: Slopes, step: f64) -> Option<usize> {
    let mut places: Vec<Gate> = Vec::new();
    for pair in gates.windows(2) {
        places.push(pair[0]);
        places.push(gate(
            0.5 * (pair[0].s_m + pair[1].s_m),
            0.5 * (pair[0].low_m + pair[1].low_m),
            0.5 * (pair[0].high_m + pair[1].high_m),
        ));
    }
    places.push(*gates.last()?);
    let (low, high) = places.iter().fold((f64::MAX, f64::MIN), |(l, h), g| {
        (l.min(g.low_m), h.max(g.high_m))
    });
    let levels = ((high - low) / step).ceil() as usize + 1;
    let z = |l: usize| low + step * l as f64;
    let fits = |g: &Gate, z: f64| (g.low_m..=g.high_m).contains(&z);
    let mut best = vec![vec![usize::MAX; levels]; places.len()];
    for (l, first) in best[0].iter_mut().enumerate() {
        if fits(&places[0], z(l)) {
            *first = 0;
        }
    }
    for i in 0..places.len() {
        for l in 0..levels {
            let have = best[i][l];
            if have == usize::MAX {
                continue;
            }
            // All slopes that pass the gates so far.
            let (mut least, mut most) = (-slopes.descent, slopes.climb);
            for j in i + 1..places.len() {
                let ds = places[j].s_m - places[i].s_m;
                least = least.max((places[j].low_m - z(l)) / ds);
                most = most.min((places[j].high_m - z(l)) / ds);
                if least > most {
                    break;
                }
                for (k, found) in best[j].iter_mut().enumerate() {
                    let slope = (z(k) - z(l)) / ds;
                    if (least..=most).contains(&slope) {
                        *found = (*found).min(have + 1);
                    }
                }
            }
        }
    }
    best.last()?
        .iter()
        .copied()
        .min()
        .filter(|n| *n < usize::MAX)
}

/// The customary fit: narrow a cone of slopes from the last corner until it is empty.
fn cone_fit(gates: &[Gate], slopes: Slopes) -> usize {
    let (mut i, mut pieces) = (0, 0);
    let mut z = 0.5 * (gates[0].low_m + gates[0].high_m);
    while i + 1 < gates.len() {
        let (mut least, mut most) = (-slopes.descent, slopes.climb);
        let mut to = (i + 1, 0.0);
        for (j, g) in gates.iter().enumerate().skip(i + 1) {
            let ds = g.s_m - gates[i].s_m;
            let (l, m) = (least.max((g.low_m - z) / ds), most.min((g.high_m - z) / ds));
            if l > m + 1e-9 {
                break;
            }
            (least, most) = (l, m.max(l));
            to = (j, 0.5 * (least + most));
        }
        z += to.1 * (gates[to.0].s_m - gates[i].s_m);
        (i, pieces) = (to.0, pieces + 1);
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn no_more_than_an_exhaustive_search_finds(
        heights in proptest::collection::vec(0.0..8.0_f64, 3..8),
        width in 0.5..2.0_f64, climb in 0.3..3.0_f64, descent in 0.3..3.0_f64)
    {
        let slopes = Slopes { climb, descent };
        let mut gates: Vec<Gate> = heights.iter().enumerate()
            .map(|(i, z)| gate(3.0 * i as f64, *z, z + width)).collect();
        narrow(&mut gates, slopes);
        let knots = fewest(&gates, slopes).unwrap();
        prop_assert!(keeps(&knots, &gates, slopes).is_ok(), "{:?}", keeps(&knots, &gates, slopes));
        let pieces = knots.len() - 1;
        if let Some(found) = on_a_grid(&gates, slopes, 0.05) {
            prop_assert!(pieces <= found, "{} found, {} made", found, pieces);
        }
    }

    #[test]
    fn never_more_than_a_cone_fit_and_within_gates(
        steps in proptest::collection::vec(-4.0..4.0_f64, 5..120),
        width in 0.5..12.0_f64, climb in 0.1..1.0_f64, descent in 0.1..1.0_f64)
    {
        let slopes = Slopes { climb, descent };
        let mut z = 0.0;
        let mut gates: Vec<Gate> = steps.iter().enumerate().map(|(i, step)| {
            z += step;
            gate(10.0 * i as f64, z, z + width)
        }).collect();
        narrow(&mut gates, slopes);
        let mut knots = fewest(&gates, slopes).unwrap();
        prop_assert!(keeps(&knots, &gates, slopes).is_ok(), "{:?}", keeps(&knots, &gates, slopes));
        prop_assert!(knots.len() - 1 <= cone_fit(&gates, slopes));
        let before: f64 = knots.iter().map(|k| k.z_m).sum();
        let count = knots.len();
        settle(&mut knots, &gates, slopes, Aim::Low);
        prop_assert!(keeps(&knots, &gates, slopes).is_ok(), "settled: {:?}", keeps(&knots, &gates, slopes));
        prop_assert_eq!(knots.len(), count);
        prop_assert!(knots.iter().map(|k| k.z_m).sum::<f64>() <= before + 0.01);
    }
}

/// Pieces of different slopes in a tube so narrow that no line follows two of them.
#[test]
fn exactly_as_many_as_the_tube_was_made_of() {
    for seed in 1..60_u32 {
        let mut state = seed;
        let mut chance = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1_u32 << 24)
        };
        let pieces = 1 + (chance() * 12.0) as usize;
        let (mut gates, mut z, mut slope) = (vec![gate(0.0, -0.02, 0.02)], 0.0, 0.0);
        for _ in 0..pieces {
            slope += if chance() < 0.5 { -0.3 } else { 0.3 };
            for _ in 0..4 + (chance() * 5.0) as usize {
                z += slope;
                let s = gates.len() as f64;
                gates.push(gate(s, z - 0.02, z + 0.02));
            }
        }
        let knots = fewest(&gates, STEEP).unwrap();
        keeps(&knots, &gates, STEEP).unwrap();
        assert_eq!(knots.len() - 1, pieces, "seed {seed}");
    }
}

#[test]
fn a_saw_needs_a_piece_a_side() {
    for teeth in 1..6 {
        let gates: Vec<Gate> = (0..=2 * teeth)
            .map(|i| {
                let z = if i % 2 == 0 { 0.0 } else { 10.0 };
                gate(10.0 * f64::from(i), z, z + 0.1)
            })
            .collect();
        let knots = fewest(&gates, STEEP).unwrap();
        keeps(&knots, &gates, STEEP).unwrap();
        assert_eq!(knots.len() as i32 - 1, 2 * teeth);
    }
}
