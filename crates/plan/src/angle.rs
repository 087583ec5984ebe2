//! The search for the best sweep angle.

use crate::lines::{Laid, Line};
use crate::request::{Objective, PlanError};
use crate::route::{cost, level};
use crate::space::distance;
use crate::task::Task;
use core::f64::consts::PI;
use whimbrel_geo::Polygon;
use whimbrel_mission::energy::FlightModel;

/// Edge directions that are tried as sweep angles.
const MAX_EDGE_ANGLES: usize = 24;
/// Even steps of sweep angles that are tried.
const EVEN_ANGLES: usize = 18;
/// Sweep angles whose routes are searched thoroughly.
const THOROUGH_ANGLES: usize = 6;

impl Task<'_> {
    /// The sweep angle that is best for the first vehicle, by the level route.
    pub fn best_angle(&self) -> Result<f64, PlanError> {
        let mut angles: Vec<f64> = Vec::new();
        let mut edges: Vec<(f64, f64)> = self
            .areas
            .iter()
            .flat_map(Polygon::edges)
            .map(|(a, b)| {
                (
                    distance(a, b),
                    (b[1] - a[1]).atan2(b[0] - a[0]).rem_euclid(PI),
                )
            })
            .collect();
        edges.sort_by(|a, b| b.0.total_cmp(&a.0));
        let apart = |a: f64, b: f64| {
            let d = (a - b).rem_euclid(PI);
            d.min(PI - d)
        };
        for (_, angle) in edges {
            let new = angles.iter().all(|a| apart(*a, angle) > 1f64.to_radians());
            if new && angles.len() < MAX_EDGE_ANGLES {
                angles.push(angle);
            }
        }
        angles.extend((0..EVEN_ANGLES).map(|i| PI * i as f64 / EVEN_ANGLES as f64));
        let mut error = None;
        let mut score = |angle: f64, thorough: bool| match self.score(angle, thorough) {
            Ok(score) => score,
            Err(e) => {
                error = Some(e);
                f64::INFINITY
            }
        };
        let mut quick: Vec<(f64, f64)> = angles.iter().map(|a| (score(*a, false), *a)).collect();
        // To a microsecond or micrometre, so that rounding does not decide
        // between equal ones: the sort is stable.
        quick.sort_by_key(|(s, _)| (s * 1e6).min(1e18) as u64);
        let mut best = (f64::INFINITY, 0.0);
        let offer = |best: &mut (f64, f64), s: f64, angle: f64| {
            if s < best.0 * (1.0 - 1e-9) {
                *best = (s, angle);
            }
        };
        for (_, angle) in quick.into_iter().take(THOROUGH_ANGLES) {
            offer(&mut best, score(angle, true), angle);
        }
        for step_deg in [4.0_f64, 2.0, 1.0] {
            for side in [-1.0, 1.0] {
                let angle = (best.1 + side * step_deg.to_radians()).rem_euclid(PI);
                offer(&mut best, score(angle, true), angle);
            }
        }
        if best.0.is_finite() {
            Ok(best.1)
        } else {
            Err(error.unwrap_or(PlanError::NothingToFly))
        }
    }

    fn score(&self, angle: f64, thorough: bool) -> Result<f64, PlanError> {
        let Laid {
            lines,
            cells,
            wanted_m,
            lost_m,
            ..
        } = self.lay(angle);
        // What cannot be laid is never worth what it saves.
        let loss = 1.0 + 10.0 * lost_m / wanted_m.max(1e-9);
        let Some(vehicle) = self.vehicles.first() else {
            return Err(PlanError::NothingToFly);
        };
        if lines.is_empty() {
            return Err(PlanError::NothingToFly);
        }
        if self.request.objective == Objective::Photos
            && let Some(spacing) = self.m.photo_spacing_m
        {
            let photos = |l: &Line| (l.length_m() / spacing + 1e-9).floor() + 1.0;
            return Ok(loss * lines.iter().map(photos).sum::<f64>());
        }
        let search = self.search(&lines, 0, thorough);
        let passes = search.arrange(&cells);
        let launch = self.launch(0);
        let (start, end) = (launch.map(|l| l.start), launch.map(|l| l.end));
        let nodes = level(
            &search,
            &passes,
            vehicle,
            self.m.swath_m,
            start,
            end,
            self.frame,
        )?;
        let model = FlightModel::new(vehicle, self.request.wind, 0.0);
        let (time, lengths) = cost(&nodes, &model).ok_or(PlanError::Wind {
            vehicle: vehicle.name.clone(),
            cruise_m_s: vehicle.performance.cruise_m_s,
            wind_m_s: self.request.wind.speed_m_s,
            limit_m_s: 0.9 * vehicle.performance.cruise_m_s,
        })?;
        Ok(loss
            * if self.request.objective == Objective::Length {
                lengths.total
            } else {
                time.time_s
            })
    }
}
