//! The planner's bench: `cargo xtask bench plan`.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::disallowed_methods
)]

mod cases;
mod measure;
mod random;
mod simple;
mod svg;

use cases::Case;
use whimbrel_geo::{FlatTerrain, Height};
use whimbrel_mission::Vehicle;
use whimbrel_plan::{Detail, Effort, Objective, Plan, PlanError, Request, plan};

fn quad() -> Vehicle {
    let mut quad = Vehicle::builtin("quad").expect("built in");
    quad.performance.cruise_m_s = 10.0;
    quad.performance.acceleration_m_s2 = 2.0;
    quad.performance.endurance_s = 1e6;
    quad.performance.waypoint_budget = u16::MAX;
    quad.battery.capacity_ah = 1e5;
    quad
}

fn planned(case: &Case, objective: Objective, effort: Effort) -> Result<(Plan, f64), PlanError> {
    let detail = Detail::Spacing {
        height_m: 50.0,
        line_spacing_m: case.swath,
    };
    let mut request = Request::new(vec![case.area()], None, quad(), detail);
    request.objective = objective;
    request.effort = effort;
    let start = cpu_s();
    let plan = plan(&request, &FlatTerrain(Height::from_m(100.0)))?;
    Ok((plan, cpu_s() - start))
}

/// Processor time of all threads so far, which other work on the machine
/// hardly disturbs.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |n: usize| -> f64 {
        let field = after_name.split_whitespace().nth(n);
        field.and_then(|t| t.parse().ok()).unwrap_or(0.0)
    };
    // utime and stime, in hundredths of a second (proc(5)).
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    match args.first().map(String::as_str) {
        Some("random") => {
            let from: u64 = args[1].parse().unwrap();
            let to: u64 = args[2].parse().unwrap();
            let mut times: Vec<f64> = Vec::new();
            for seed in from..to {
                let holes = (seed % 16) as usize;
                let case = Case {
                    name: format!("random{seed}"),
                    polygon: random::polygon(seed, holes, 2.0),
                    swath: 3.0,
                };
                let objective = if (seed / 16) % 2 == 0 {
                    Objective::Length
                } else {
                    Objective::Time
                };
                show(&case, objective, &args, &mut times);
            }
            times.sort_by(f64::total_cmp);
            println!(
                "median {:.3}, max {:.3}",
                times[times.len() / 2],
                times[times.len() - 1]
            );
        }
        _ => {
            for case in cases::shapes() {
                if args.first().is_some_and(|a| a != "all" && *a != case.name) {
                    continue;
                }
                for objective in [Objective::Length, Objective::Time] {
                    show(&case, objective, &args, &mut Vec::new());
                    if args.iter().any(|a| a == "base") {
                        baseline(&case, objective);
                    }
                }
            }
        }
    }
}

fn baseline(case: &Case, objective: Objective) {
    let areas = [case.polygon.clone()];
    let price = |d: f64| {
        if objective == Objective::Length {
            d
        } else {
            measure::run_s(d)
        }
    };
    let best = (0..180)
        .map(|k| {
            let lines = simple::lines(&areas, f64::from(k).to_radians(), case.swath, 0.0);
            let path = simple::route(lines, &price);
            let value = if objective == Objective::Length {
                measure::length(&path)
            } else {
                measure::time_s(&path)
            };
            (value, k)
        })
        .fold((f64::INFINITY, 0), |b, n| if n.0 < b.0 { n } else { b });
    println!("      simple best {:.1} at {}", best.0, best.1);
}

fn show(case: &Case, objective: Objective, args: &[String], times: &mut Vec<f64>) {
    let effort = if args.iter().any(|a| a == "quick") {
        Effort::Quick
    } else {
        Effort::Full
    };
    let (plan, took) = match planned(case, objective, effort) {
        Ok(p) => p,
        Err(e) => {
            println!("{} {objective:?}: FAILED {e}", case.name);
            return;
        }
    };
    times.push(took);
    let area = case.area().polygon(plan.frame());
    let (route, photo) = measure::route(&plan);
    let grid = measure::Grid::new(core::slice::from_ref(&area), case.swath);
    let photo_c = grid.coverage(&photo, case.swath);
    let c = grid.coverage(core::slice::from_ref(&route), case.swath);
    let l = measure::length(&route);
    let t = measure::time_s(&route);
    let lb = measure::length_bound(area.area_m2(), c, case.swath);
    let tb = measure::time_bound(lb, measure::diameter(core::slice::from_ref(&area)));
    let air = plan.airspace_polygon();
    println!(
        "{:15} {:10} order {:.4} L {l:.1} ({:.4}) T {t:.1} ({:.3}) cov {c:.5} photo {photo_c:.5} report {:.5} out {:.3} lines {} took {took:.3}",
        case.name,
        format!("{objective:?}"),
        plan.report().order_gap.unwrap_or(9.0),
        l / lb,
        t / tb,
        plan.report().coverage,
        measure::outside(&route, &air),
        photo.len()
    );
    if let Some(k) = args.iter().position(|a| a == "svg") {
        let name = format!("{}/{}-{objective:?}.svg", args[k + 1], case.name);
        std::fs::write(name, svg::draw(&area, &air, &route, &photo)).unwrap();
    }
}
