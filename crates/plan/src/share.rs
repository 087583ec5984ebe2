//! Sharing the lines among the vehicles, and the flights of each.

use crate::build::{Builder, Flight};
use crate::lines::{Cell, Line};
use crate::order::{Pass, Search};
use crate::profile::Rules;
use crate::request::{PlanError, Sortie};
use crate::task::Task;

/// Photo lines may be this share of the height above their floor.
const HEIGHT_TOLERANCE: f64 = 0.08;
/// Rounds in which shares of several vehicles are balanced.
const BALANCE_ROUNDS: usize = 6;

impl<'a> Task<'a> {
    fn builder(&self, vehicle_index: usize) -> Option<Builder<'a>> {
        let vehicle = self.vehicles.get(vehicle_index)?;
        let p = &vehicle.performance;
        let (wide, long) = self.m.footprint_m.unwrap_or((self.m.swath_m, 0.0));
        let slope = |rate: f64| 0.8 * rate / (p.cruise_m_s + self.request.wind.speed_m_s);
        let limit = self.request.endurance_s.unwrap_or(f64::INFINITY);
        Some(Builder {
            frame: self.frame,
            space: self.space,
            ground: self.ground,
            rules: Rules {
                height_m: self.m.height_m,
                half_across_m: 0.5 * wide,
                half_along_m: 0.5 * long.max(2.0),
                half_way_m: 30.0,
                tolerance_m: (HEIGHT_TOLERANCE * self.m.height_m).max(2.0),
                climb: slope(p.climb_m_s),
                descent: slope(p.descent_m_s),
            },
            swath_m: self.m.swath_m,
            photo_spacing_m: self.m.photo_spacing_m,
            vehicle,
            vehicle_index,
            wind: self.request.wind,
            launch: self.launches.get(vehicle_index).copied().flatten(),
            firmware: self.request.firmware,
            height_reference: self.request.height_reference,
            endurance_s: p.endurance_s.min(limit),
        })
    }

    /// The flights of one vehicle over the lines of `passes`, in an order of
    /// its own.
    fn flights(
        &self,
        lines: &[Line],
        cells: &[Cell],
        passes: &[Pass],
        vehicle: usize,
    ) -> Result<Vec<Flight>, PlanError> {
        let Some(builder) = self.builder(vehicle) else {
            return Ok(Vec::new());
        };
        let mut mine = vec![false; lines.len()];
        for pass in passes {
            if let Some(m) = mine.get_mut(pass.line) {
                *m = true;
            }
        }
        let only = |cell: &Cell| -> Cell {
            cell.iter()
                .copied()
                .filter(|l| mine.get(*l) == Some(&true))
                .collect()
        };
        let cells: Vec<Cell> = cells.iter().map(only).filter(|c| !c.is_empty()).collect();
        let task = Search {
            lines,
            ..self.search(&[], vehicle, true)
        };
        let passes = task.arrange(&cells);
        builder.split(&task, &passes)
    }

    /// The flights of all vehicles over all lines.
    pub fn sorties(&self, lines: &[Line], cells: &[Cell]) -> Result<Vec<Sortie>, PlanError> {
        let n = self.vehicles.len();
        let search = Search {
            lines,
            skip: 1,
            ..self.search(&[], 0, true)
        };
        let all = search.arrange(cells);
        let mut best: Option<(f64, Vec<Vec<Flight>>)> = None;
        let mut error = None;
        let mut rates = vec![1.0 / n as f64; n];
        for _ in 0..if n > 1 { BALANCE_ROUNDS } else { 1 } {
            let mut from = 0;
            let mut flights = Vec::with_capacity(n);
            let mut next_rates = Vec::with_capacity(n);
            let total: f64 = all
                .iter()
                .filter_map(|p| lines.get(p.line))
                .map(Line::length_m)
                .sum();
            let (mut share, mut done) = (0.0, 0.0);
            for (vehicle, rate) in rates.iter().enumerate() {
                share += rate;
                let mut to = from;
                let mut length = 0.0;
                while let Some(line) = all.get(to).and_then(|p| lines.get(p.line)) {
                    if vehicle + 1 < n && done + length + 0.5 * line.length_m() > share * total {
                        break;
                    }
                    length += line.length_m();
                    to += 1;
                }
                done += length;
                let part = all.get(from..to).unwrap_or_default();
                from = to;
                match self.flights(lines, cells, part, vehicle) {
                    Ok(f) => {
                        let time: f64 = f.iter().map(|f| f.cost().time_s).sum();
                        next_rates.push(if time > 0.0 {
                            length / time
                        } else {
                            total / n as f64 / 600.0
                        });
                        flights.push(f);
                    }
                    Err(e) => {
                        error = Some(e);
                        break;
                    }
                }
            }
            if flights.len() < n {
                break;
            }
            let time = |f: &Vec<Flight>| f.iter().map(|f| f.cost().time_s).sum::<f64>();
            let longest = flights.iter().map(time).fold(0.0, f64::max);
            if best.as_ref().is_none_or(|b| longest < b.0) {
                best = Some((longest, flights));
            }
            let sum: f64 = next_rates.iter().sum();
            rates = next_rates.iter().map(|r| r / sum.max(1e-9)).collect();
        }
        let Some((_, flights)) = best else {
            return Err(error.unwrap_or(PlanError::NothingToFly));
        };
        let mut sorties = Vec::new();
        for (vehicle, flights) in flights.iter().enumerate() {
            if let Some(builder) = self.builder(vehicle) {
                for flight in flights {
                    sorties.push(builder.finish(flight)?);
                }
            }
        }
        Ok(sorties)
    }
}
