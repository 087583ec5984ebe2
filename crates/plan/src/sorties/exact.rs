//! Exact sharing of few whole lines: dynamic programming over sets of lines.

use super::{Balance, Fares, Fleet, Job, Load, Piece, load_of};

/// Most lines that are shared exactly: 3ⁿ steps.
pub const MAX_LINES: usize = 9;

/// Cheapest sortie over each set of lines for one class: time, site, order.
struct Routes {
    time_s: Vec<f64>,
    job: Vec<Option<(usize, Vec<Piece>)>>,
}

/// The best sorties over whole lines `0..lines`, without cuts, by Held and
/// Karp's recursion over sets (J. SIAM 10, 1962) for sorties, vehicles and
/// fleet. `None`: more than [`MAX_LINES`], a choice of sites that the crew has
/// to move between, or no way to fly each line.
#[must_use]
pub fn shared_exactly(
    fares: &dyn Fares,
    fleet: &Fleet,
    lines: usize,
    balance: Balance,
) -> Option<Vec<Job>> {
    if lines == 0 || lines > MAX_LINES {
        return None;
    }
    if fleet
        .classes
        .iter()
        .any(|c| c.moves_s.iter().any(|m| *m > 0.0))
    {
        return None;
    }
    let routes: Vec<Routes> = (0..fleet.classes.len())
        .map(|class| Routes::new(fares, fleet, class, lines))
        .collect();
    let sets = 1_usize << lines;
    let fewest = fleet.counts_sorties(balance);
    // Cost of each set by one vehicle of a class, and the set of its last sortie.
    let by_one = |class: usize| -> Vec<(f64, usize)> {
        let extra = if fewest { 1e7 } else { 0.0 } + fleet.swap_s;
        let mut cost = vec![(f64::INFINITY, 0); sets];
        cost[0] = (if fewest { 0.0 } else { -fleet.swap_s }, 0);
        for set in 1..sets {
            let mut part = set;
            while part > 0 {
                let sum = cost[set & !part].0 + extra + routes[class].time_s[part];
                if sum < cost[set].0 {
                    cost[set] = (sum, part);
                }
                part = (part - 1) & set;
            }
        }
        cost[0].0 = 0.0;
        cost
    };
    let alone: Vec<Vec<(f64, usize)>> = (0..fleet.classes.len()).map(by_one).collect();
    // What the first vehicles do of each set, best first by score, and the share
    // of the last of them. All sorties may go to the first vehicle of a class
    // when only their sum counts.
    let mut done: Vec<Vec<((f64, f64), usize)>> = vec![vec![((f64::INFINITY, 0.0), 0); sets]];
    done[0][0] = ((0.0, 0.0), 0);
    for class in &fleet.vehicles {
        let before = done.last()?;
        let mut next = vec![((f64::INFINITY, 0.0), 0); sets];
        for (set, best) in next.iter_mut().enumerate() {
            let mut part = set;
            loop {
                let (a, b) = (before[set & !part].0, alone[*class][part].0);
                let sum = if fewest {
                    (a.0 + b, 0.0)
                } else {
                    (a.0.max(b), a.1 + b)
                };
                if sum.0 < best.0.0 || (sum.0 == best.0.0 && sum.1 < best.0.1) {
                    *best = (sum, part);
                }
                if part == 0 {
                    break;
                }
                part = (part - 1) & set;
            }
        }
        done.push(next);
    }
    let mut set = sets - 1;
    if done.last()?[set].0.0.is_infinite() {
        return None;
    }
    let mut jobs = Vec::new();
    for (vehicle, class) in fleet.vehicles.iter().enumerate().rev() {
        let mut part = done[vehicle + 1][set].1;
        set &= !part;
        while part > 0 {
            let last = alone[*class][part].1;
            let (site, pieces) = routes[*class].job[last].clone()?;
            jobs.push(Job {
                vehicle,
                site,
                load: load_of(fares, *class, site, &pieces),
                pieces,
            });
            part &= !last;
        }
    }
    jobs.reverse();
    Some(jobs)
}

impl Routes {
    fn new(fares: &dyn Fares, fleet: &Fleet, class: usize, lines: usize) -> Self {
        let sets = 1_usize << lines;
        let ends = 2 * lines;
        let piece = |end: usize| Piece::whole(end / 2, end % 2 == 1);
        let between: Vec<Load> = (0..ends * ends)
            .map(|k| match (k / ends, k % ends) {
                (i, j) if i / 2 == j / 2 => Load::default(),
                (i, j) => fares.between(class, piece(i), piece(j)),
            })
            .collect();
        let pass: Vec<Load> = (0..ends).map(|e| fares.pass(class, piece(e))).collect();
        let mut routes = Self {
            time_s: vec![f64::INFINITY; sets],
            job: vec![None; sets],
        };
        let sites = fleet.classes.get(class).map_or(0, |c| c.sites);
        for site in 0..sites {
            // By set and last piece.
            let mut best: Vec<(Load, usize)> = vec![(Load::IMPOSSIBLE, usize::MAX); sets * ends];
            for end in 0..ends {
                let out = fares.out(class, site, piece(end)) + pass[end];
                best[(1 << (end / 2)) * ends + end] = (out, usize::MAX);
            }
            for set in 1..sets {
                for last in 0..ends {
                    let (so_far, _) = best[set * ends + last];
                    if so_far.time_s.is_infinite() {
                        continue;
                    }
                    for next in (0..ends).filter(|e| set & (1 << (e / 2)) == 0) {
                        let load = so_far + between[last * ends + next] + pass[next];
                        let to = &mut best[(set | 1 << (next / 2)) * ends + next];
                        if load.time_s < to.0.time_s {
                            *to = (load, last);
                        }
                    }
                }
                for last in 0..ends {
                    let load = best[set * ends + last].0 + fares.back(class, site, piece(last));
                    if load.within(fleet.limit(class)) && load.time_s < routes.time_s[set] {
                        routes.time_s[set] = load.time_s;
                        let mut pieces = Vec::new();
                        let (mut left, mut end) = (set, last);
                        while end != usize::MAX {
                            pieces.push(piece(end));
                            let before = best[left * ends + end].1;
                            left &= !(1 << (end / 2));
                            end = before;
                        }
                        pieces.reverse();
                        routes.job[set] = Some((site, pieces));
                    }
                }
            }
        }
        routes
    }
}
