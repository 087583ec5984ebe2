//! The search for the best lines: whole areas in one direction each, and parts
//! of areas in directions of their own.

use crate::lay::lay;
use crate::lines::{Laid, Line, Part};
use crate::order::{Care, Pass, Search};
use crate::parts::{Estimate, apart, decompose, edge_angles};
use crate::patch::patch;
use crate::request::{Effort, Objective, Pattern, PlanError};
use crate::route::{cost, level};
use crate::task::Task;
use core::f64::consts::{FRAC_PI_2, PI};
use rayon::prelude::*;
use whimbrel_geo::Polygon;
use whimbrel_mission::energy::FlightModel;

/// Edge directions that are tried as sweep angles.
const MAX_EDGE_ANGLES: usize = 24;
/// Bases of decompositions are at least this far apart.
const BASES_APART_RAD: f64 = 12.0 * PI / 180.0;
/// Sweep angles that are tried in full are at least this far apart.
const ANGLES_APART_RAD: f64 = 0.7 * PI / 180.0;
/// What cannot be laid costs this many times what it saves.
const LOSS_WEIGHT: f64 = 10.0;

/// Budgets of the search.
struct Budget {
    /// Even steps of sweep angles that are estimated.
    angles: usize,
    /// Sweep angles whose lines are laid and ordered.
    laid: usize,
    /// Sweep angles from which areas are decomposed.
    bases: usize,
    /// Layouts that are patched and ordered with kicks.
    finals: usize,
    /// Kicks for each of these.
    kicks: usize,
}

impl Budget {
    /// For about so many lines: few lines are laid and ordered quickly, so more
    /// can be tried.
    fn of(effort: Effort, lines: usize) -> Self {
        let share =
            |tries: usize, least: usize, most: usize| (tries / lines.max(1)).clamp(least, most);
        match effort {
            Effort::Quick => Self {
                angles: 36,
                laid: share(200, 2, 6),
                bases: share(100, 1, 2),
                finals: share(60, 1, 3),
                kicks: 0,
            },
            Effort::Full => Self {
                angles: 180,
                laid: share(1_200, 8, 30),
                bases: share(250, 3, 8),
                finals: share(240, 3, 8),
                kicks: 150,
            },
        }
    }
}

/// A layout, the order of its lines and what it costs.
pub struct Found {
    /// The lines.
    pub laid: Laid,
    /// Their order.
    pub order: Vec<Pass>,
    /// By the objective.
    pub cost: f64,
}

impl Task<'_> {
    /// The best layout for the first vehicle, by the level route.
    pub fn best_layout(&self) -> Result<Found, PlanError> {
        let price = self.price(0).ok_or(PlanError::NothingToFly)?;
        let estimate = Estimate {
            price,
            swath_m: self.m.swath_m,
            trim: self.layout().trim,
            crossed: self.request.pattern == Pattern::Crosshatch,
        };
        let budget = Budget::of(self.request.effort, self.about(&estimate));
        let candidates = self.candidates(&estimate, &budget);
        let mut error = None;
        let mut settled: Vec<Found> = Vec::new();
        // Side by side; what is found comes in the order of the candidates.
        let found: Vec<Result<Found, PlanError>> = candidates
            .par_iter()
            .map(|parts| self.found(self.laid(parts), Care::Settled))
            .collect();
        for found in found {
            match found {
                Ok(found) => settled.push(found),
                Err(e) => error = Some(e),
            }
        }
        // To a microsecond or micrometre, so that rounding does not decide
        // between equal ones: the sort is stable.
        settled.sort_by_key(|f| (f.cost * 1e6).min(1e18) as u64);
        settled.truncate(budget.finals);
        let found: Vec<Result<Found, PlanError>> = settled
            .into_par_iter()
            .map(|found| {
                let mut laid = found.laid;
                if self.layout().fill && !price.wing() {
                    patch(&mut laid, self.areas, self.space, self.m.swath_m);
                }
                self.found(laid, Care::Kicked(budget.kicks))
            })
            .collect();
        let mut best: Option<Found> = None;
        for found in found {
            match found {
                Ok(found) => {
                    let better = |b: &Found| found.cost < b.cost * (1.0 - 1e-9);
                    if best.as_ref().is_none_or(better) {
                        best = Some(found);
                    }
                }
                Err(e) => error = Some(e),
            }
        }
        let Some(best) = best else {
            return Err(error.unwrap_or(PlanError::NothingToFly));
        };
        let search = self.search_over(&best.laid, self.care())?;
        let order = search.polish(&best.order);
        let cost = self.cost_of(&best.laid, &order)?;
        Ok(if cost < best.cost {
            Found {
                order,
                cost,
                ..best
            }
        } else {
            best
        })
    }

    /// About how many lines there will be.
    fn about(&self, estimate: &Estimate) -> usize {
        let each = self.areas.iter().map(|area| {
            let rings = Part::whole(area, 0.0).rings;
            let angle = edge_angles(&rings, 1).first().copied().unwrap_or(0.0);
            estimate.lines(&rings, angle)
        });
        each.sum()
    }

    /// Lines over parts, in both directions where they are to cross.
    fn laid(&self, parts: &[Part]) -> Laid {
        let mut parts = parts.to_vec();
        if self.request.pattern == Pattern::Crosshatch {
            let across: Vec<Part> = parts
                .iter()
                .map(|p| Part {
                    angle_rad: p.angle_rad + FRAC_PI_2,
                    ..p.clone()
                })
                .collect();
            parts.extend(across);
        }
        lay(&parts, self.space, &self.layout())
    }

    /// Layouts that are worth trying, the most promising first.
    fn candidates(&self, estimate: &Estimate, budget: &Budget) -> Vec<Vec<Part>> {
        let rings: Vec<Vec<Vec<[f64; 2]>>> = self
            .areas
            .iter()
            .map(|a| Part::whole(a, 0.0).rings)
            .collect();
        let all: Vec<Vec<[f64; 2]>> = rings.iter().flatten().cloned().collect();
        let mut angles = edge_angles(&all, MAX_EDGE_ANGLES);
        for area in self.areas {
            let hull = area.convex_hull();
            angles.extend(edge_angles(&[hull.outer], MAX_EDGE_ANGLES));
        }
        let steps = budget.angles;
        angles.extend((0..steps).map(|i| PI * i as f64 / steps as f64));
        let mut scored: Vec<(f64, f64)> = angles
            .into_iter()
            .map(|angle| {
                let cost = rings.iter().map(|r| estimate.cost(r, angle)).sum();
                (cost, angle)
            })
            .collect();
        scored.sort_by_key(|(s, _)| (s * 1e6).min(1e18) as u64);
        let distinct = |most: usize, rad: f64| {
            let mut picked: Vec<f64> = Vec::new();
            for (_, angle) in &scored {
                if picked.len() < most && picked.iter().all(|p| apart(*p, *angle) > rad) {
                    picked.push(*angle);
                }
            }
            picked
        };
        let whole = |angle: f64| -> Vec<Part> {
            self.areas.iter().map(|a| Part::whole(a, angle)).collect()
        };
        let mut candidates: Vec<Vec<Part>> = distinct(budget.laid, ANGLES_APART_RAD)
            .into_iter()
            .map(whole)
            .collect();
        if self.areas.len() > 1 {
            // Each area in its own best direction.
            let best = distinct(budget.laid, ANGLES_APART_RAD);
            let own = self.areas.iter().zip(&rings);
            candidates.push(
                own.map(|(a, r)| Part::whole(a, estimate.best(r, &best).0))
                    .collect(),
            );
        }
        for base in distinct(budget.bases, BASES_APART_RAD) {
            for parts in self.decomposed(base, estimate) {
                if !candidates.contains(&parts) {
                    candidates.push(parts);
                }
            }
        }
        candidates
    }

    /// All areas decomposed from one direction.
    fn decomposed(&self, base: f64, estimate: &Estimate) -> Vec<Vec<Part>> {
        let ground: f64 = self.areas.iter().map(Polygon::area_m2).sum();
        let joins = [
            estimate.price.straight(3.0 * self.m.swath_m),
            estimate.price.straight(0.3 * ground.sqrt()),
        ];
        let each: Vec<Vec<Vec<Part>>> = self
            .areas
            .iter()
            .map(|area| decompose(area, base, estimate, &joins))
            .collect();
        let most = each.iter().map(Vec::len).max().unwrap_or(0);
        (0..most)
            .map(|k| {
                let of = each.iter().zip(self.areas).map(|(found, area)| {
                    let own = found.get(k).or(found.last()).cloned();
                    own.unwrap_or_else(|| {
                        let whole = Part::whole(area, base);
                        let angle_rad = estimate.best(&whole.rings, &[base]).0;
                        vec![Part { angle_rad, ..whole }]
                    })
                });
                of.flatten().collect()
            })
            .collect()
    }

    fn search_over<'l>(&self, laid: &'l Laid, care: Care) -> Result<Search<'l>, PlanError>
    where
        Self: 'l,
    {
        let search = self.search(&laid.lines, 0, care);
        search.ok_or(PlanError::NothingToFly)
    }

    /// Orders the lines and counts what that costs.
    fn found(&self, laid: Laid, care: Care) -> Result<Found, PlanError> {
        let order = self.search_over(&laid, care)?.arrange(&laid.cells);
        let cost = self.cost_of(&laid, &order)?;
        Ok(Found { laid, order, cost })
    }

    /// The cost of the level route by the objective.
    fn cost_of(&self, laid: &Laid, order: &[Pass]) -> Result<f64, PlanError> {
        let vehicle = self.vehicles.first().ok_or(PlanError::NothingToFly)?;
        if laid.lines.is_empty() {
            return Err(PlanError::NothingToFly);
        }
        let search = self.search_over(laid, Care::Rough)?;
        // What cannot be laid is never worth what it saves.
        let loss = 1.0 + LOSS_WEIGHT * laid.lost_m / laid.wanted_m.max(1e-9);
        let launch = self.launch(0);
        let (start, end) = (launch.map(|l| l.start), launch.map(|l| l.end));
        let swath = self.m.swath_m;
        let nodes = level(&search, order, vehicle, swath, start, end, self.frame)?;
        let model = FlightModel::new(vehicle, self.request.wind, 0.0);
        let (time, lengths) = cost(&nodes, &model).ok_or(PlanError::Wind {
            vehicle: vehicle.name.clone(),
            cruise_m_s: vehicle.performance.cruise_m_s,
            wind_m_s: self.request.wind.speed_m_s,
            limit_m_s: 0.9 * vehicle.performance.cruise_m_s,
        })?;
        let cost = match (self.request.objective, self.m.photo_spacing_m) {
            (Objective::Length, _) => lengths.total,
            (Objective::Photos, Some(spacing)) => {
                let photos = |l: &Line| (l.length_m() / spacing + 1e-9).floor() + 1.0;
                laid.lines.iter().map(photos).sum::<f64>() + 1e-6 * time.time_s
            }
            _ => time.time_s,
        };
        Ok(loss * cost)
    }
}
