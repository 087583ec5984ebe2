//! Sharing lines among sorties and vehicles, on level ground with a plain time
//! model, held against exact solvers.

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, constraint, variable};
use proptest::prelude::*;
use whimbrel_plan::sorties::{
    Balance, Budget, Class, Fares, Fleet, Job, Load, Piece, divide, improve, score, share,
    shared_exactly,
};

type Place = [f64; 2];

/// Lines and sites; 10 m/s, 2 m/s², stops at corners, a minute for take-off and
/// landing.
#[derive(Clone, Debug)]
struct Field {
    lines: Vec<(Place, Place)>,
    sites: Vec<Place>,
}

fn apart(a: Place, b: Place) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn leg(length_m: f64) -> Load {
    Load {
        time_s: if length_m > 1e-9 {
            length_m / 10.0 + 5.0
        } else {
            0.0
        },
        energy_wh: length_m * 0.01,
        items: 1.0,
    }
}

impl Field {
    fn place(&self, line: usize, share: f64) -> Place {
        let (a, b) = self.lines[line];
        [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
    }

    fn tour(&self) -> Vec<Piece> {
        (0..self.lines.len())
            .map(|i| Piece::whole(i, i % 2 == 1))
            .collect()
    }

    fn fleet(&self, vehicles: usize, endurance_s: f64, swap_s: f64) -> Fleet {
        Fleet {
            classes: vec![Class {
                limit: Load {
                    time_s: endurance_s,
                    energy_wh: 1e6,
                    items: 1e6,
                },
                sites: self.sites.len(),
                moves_s: vec![0.0; self.sites.len().pow(2)],
            }],
            vehicles: vec![0; vehicles],
            swap_s,
        }
    }
}

impl Fares for Field {
    fn pass(&self, _: usize, p: Piece) -> Load {
        leg(apart(self.place(p.line, p.from), self.place(p.line, p.to)))
    }
    fn between(&self, _: usize, a: Piece, b: Piece) -> Load {
        leg(apart(self.place(a.line, a.to), self.place(b.line, b.from)))
    }
    fn out(&self, _: usize, site: usize, p: Piece) -> Load {
        let mut load = leg(apart(self.sites[site], self.place(p.line, p.from)));
        load.time_s += 30.0;
        load
    }
    fn back(&self, _: usize, site: usize, p: Piece) -> Load {
        let mut load = leg(apart(self.sites[site], self.place(p.line, p.to)));
        load.time_s += 30.0;
        load
    }
}

/// Parallel lines of uneven length.
fn rows(lengths: &[f64], swath: f64, site: Place) -> Field {
    let line = |(i, l): (usize, &f64)| ([0.0, swath * i as f64], [*l, swath * i as f64]);
    Field {
        lines: lengths.iter().enumerate().map(line).collect(),
        sites: vec![site],
    }
}

/// The shortest sortie over a set of lines, by trying all orders.
fn cheapest(field: &Field, set: &[usize], done: &mut Vec<Piece>, so_far: f64, best: &mut f64) {
    if so_far >= *best {
        return;
    }
    if set.is_empty() {
        let home = field.back(0, 0, *done.last().unwrap()).time_s;
        *best = best.min(so_far + home);
        return;
    }
    for (k, line) in set.iter().enumerate() {
        let rest: Vec<usize> = [&set[..k], &set[k + 1..]].concat();
        for reversed in [false, true] {
            let piece = Piece::whole(*line, reversed);
            let way = match done.last() {
                Some(last) => field.between(0, *last, piece),
                None => field.out(0, 0, piece),
            };
            done.push(piece);
            let cost = so_far + way.time_s + field.pass(0, piece).time_s;
            cheapest(field, &rest, done, cost, best);
            done.pop();
        }
    }
}

/// Least makespan by a mixed integer program over all sorties.
fn milp(field: &Field, vehicles: usize, endurance_s: f64, swap_s: f64) -> Option<f64> {
    let n = field.lines.len();
    let columns: Vec<(usize, f64)> = (1..1_usize << n)
        .filter_map(|set| {
            let lines: Vec<usize> = (0..n).filter(|l| set >> l & 1 == 1).collect();
            let mut best = f64::INFINITY;
            cheapest(field, &lines, &mut Vec::new(), 0.0, &mut best);
            (best <= endurance_s).then_some((set, best))
        })
        .collect();
    let mut variables = ProblemVariables::new();
    let longest = variables.add(variable().min(0.0));
    let x: Vec<Vec<_>> = (0..vehicles)
        .map(|_| {
            columns
                .iter()
                .map(|_| variables.add(variable().binary()))
                .collect()
        })
        .collect();
    let mut model = variables.minimise(longest).using(good_lp::microlp);
    for line in 0..n {
        let flown: Expression = x
            .iter()
            .flat_map(|v| v.iter().zip(&columns))
            .filter(|(_, c)| c.0 >> line & 1 == 1)
            .map(|(x, _)| *x)
            .sum();
        model = model.with(constraint!(flown == 1));
    }
    for v in &x {
        let time: Expression = v
            .iter()
            .zip(&columns)
            .map(|(x, c)| (c.1 + swap_s) * *x)
            .sum();
        model = model.with(constraint!(time - swap_s <= longest));
    }
    model.solve().ok().map(|s| s.value(longest))
}

fn flown(field: &Field, fleet: &Fleet, jobs: &[Job]) {
    let mut covered = vec![0.0; field.lines.len()];
    for job in jobs {
        assert!(job.load.within(fleet.classes[0].limit), "{job:?}");
        for p in &job.pieces {
            covered[p.line] += p.share();
        }
    }
    assert!(
        covered.iter().all(|c| (c - 1.0).abs() < 1e-9),
        "{covered:?}"
    );
}

#[test]
fn few_lines_are_shared_as_a_milp_does() {
    let cases: [(&[f64], usize, f64, f64); 5] = [
        (&[400.0, 900.0, 700.0, 300.0, 500.0], 2, 400.0, 60.0),
        (&[800.0, 800.0, 800.0, 800.0], 2, 310.0, 180.0),
        (&[300.0, 1200.0, 200.0, 600.0, 900.0], 3, 380.0, 0.0),
        (&[500.0, 400.0, 300.0, 200.0, 600.0], 1, 300.0, 120.0),
        (&[700.0, 650.0, 620.0, 580.0, 530.0], 2, 900.0, 30.0),
    ];
    for (lengths, vehicles, endurance_s, swap_s) in cases {
        let field = rows(lengths, 40.0, [-100.0, 60.0]);
        let fleet = field.fleet(vehicles, endurance_s, swap_s);
        let best = milp(&field, vehicles, endurance_s, swap_s).unwrap();
        // One vehicle: fewest sorties come first, so only their time is compared.
        let exact = shared_exactly(&field, &fleet, lengths.len(), Balance::Makespan).unwrap();
        flown(&field, &fleet, &exact);
        let makespan = fleet.times_s(&exact).into_iter().fold(0.0, f64::max);
        let ours = share(
            &field,
            &fleet,
            &[field.tour()],
            Balance::Makespan,
            Budget::default(),
        )
        .unwrap();
        flown(&field, &fleet, &ours);
        let ours = fleet.times_s(&ours).into_iter().fold(0.0, f64::max);
        println!(
            "{vehicles} vehicles: MILP {best:.1} s, sets {makespan:.1} s, with cuts {ours:.1} s"
        );
        assert!((makespan - best).abs() < 1e-4, "{makespan} {best}");
        assert!(ours <= best + 1e-4);
    }
}

/// What dividing and improving alone does, which larger plans rely on: against
/// the best without cuts, and often below it.
#[test]
fn dividing_comes_close_to_exact() {
    let (mut sum, mut worst, mut cases) = (0.0, 0.0_f64, 0.0);
    let mut state = 1_u64;
    let mut uniform = |low: f64, high: f64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for case in 0..60 {
        let vehicles = 2 + case % 3;
        let lengths: Vec<f64> = (0..5 + case % 5).map(|_| uniform(100.0, 1200.0)).collect();
        let field = rows(&lengths, 40.0, [uniform(-400.0, 400.0), -80.0]);
        let one = |i: usize| {
            let p = Piece::whole(i, false);
            (field.out(0, 0, p) + field.pass(0, p) + field.back(0, 0, p)).time_s
        };
        let longest = (0..lengths.len()).map(one).fold(0.0, f64::max);
        let slack = uniform(1.05, 3.0);
        let fleet = field.fleet(vehicles, slack * longest, uniform(0.0, 200.0));
        let balance = Balance::Makespan;
        let exact = shared_exactly(&field, &fleet, lengths.len(), balance).unwrap();
        let divided = divide(&field, &fleet, &field.tour(), balance).unwrap();
        let divided = improve(&field, &fleet, divided, balance, Budget::default());
        flown(&field, &fleet, &exact);
        flown(&field, &fleet, &divided);
        let ratio = score(&fleet, balance, &divided).0 / score(&fleet, balance, &exact).0;
        (sum, worst, cases) = (sum + ratio, worst.max(ratio), cases + 1.0);
    }
    let mean = sum / cases;
    println!("dividing over exact: mean {mean:.4}, worst {worst:.4} of {cases}");
    assert!(mean < 1.01 && worst < 1.25, "{mean} {worst}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// More endurance never needs more sorties.
    #[test]
    fn more_endurance_never_needs_more_sorties(
        lengths in proptest::collection::vec(200.0..1500.0_f64, 4..24),
        x in -400.0..400.0_f64,
        swap_s in 0.0..200.0_f64)
    {
        let field = rows(&lengths, 40.0, [x, -80.0]);
        let mut before = usize::MAX;
        for step in 0..8 {
            let endurance_s = 420.0 * 1.19_f64.powi(step);
            let fleet = field.fleet(1, endurance_s, swap_s);
            let Some(jobs) = share(&field, &fleet, &[field.tour()], Balance::Makespan, Budget::default()) else {
                prop_assert!(before == usize::MAX);
                continue;
            };
            flown(&field, &fleet, &jobs);
            prop_assert!(jobs.len() <= before, "{} after {before} at {endurance_s}", jobs.len());
            before = jobs.len();
        }
    }
}
