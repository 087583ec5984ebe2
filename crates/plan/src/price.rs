//! What lines and the legs between them cost: metres or seconds, by a model
//! that is quick enough for the search. What is reported comes from the full
//! flight model.

use crate::request::Objective;
use crate::route::Leads;
use core::f64::consts::PI;
use whimbrel_mission::Vehicle;
use whimbrel_mission::energy::{FlightModel, Wind};

/// Costs of one vehicle under one objective.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// Metres instead of seconds.
    length: bool,
    /// Distance of photos, where their number counts.
    photo_spacing_m: Option<f64>,
    speed_m_s: f64,
    acceleration_m_s2: f64,
    /// Radius of turns; 0 for rotors.
    pub radius_m: f64,
    /// Before and after each line; 0 for rotors.
    pub leads: Leads,
}

impl Price {
    /// The price for a vehicle.
    pub fn new(
        vehicle: &Vehicle,
        wind: Wind,
        objective: Objective,
        photo_spacing_m: Option<f64>,
    ) -> Self {
        let p = &vehicle.performance;
        Self {
            length: objective == Objective::Length,
            photo_spacing_m: photo_spacing_m.filter(|_| objective == Objective::Photos),
            speed_m_s: p.cruise_m_s.max(0.1),
            acceleration_m_s2: p.acceleration_m_s2.max(0.01),
            radius_m: FlightModel::new(vehicle, wind, 0.0).turn_radius_m(),
            leads: Leads::of(vehicle),
        }
    }

    /// Whether the aircraft turns in circles.
    pub fn wing(&self) -> bool {
        self.radius_m > 0.0
    }

    /// A straight way: from rest to rest for rotors.
    pub fn straight(&self, length_m: f64) -> f64 {
        if self.length {
            return length_m;
        }
        let (v, a) = (self.speed_m_s, self.acceleration_m_s2);
        if self.wing() {
            length_m / v
        } else if length_m >= v * v / a {
            length_m / v + v / a
        } else {
            2.0 * (length_m / a).sqrt()
        }
    }

    /// A photo line.
    pub fn line(&self, length_m: f64) -> f64 {
        let photos = self.photo_spacing_m.map_or(0.0, |s| {
            PHOTO_WEIGHT * ((length_m / s + 1e-9).floor() + 1.0)
        });
        photos + self.straight(length_m + self.leads.before_m + self.leads.after_m)
    }

    /// The turn to the next of several lines that are `apart_m` apart.
    pub fn next_line(&self, apart_m: f64) -> f64 {
        let r = self.radius_m;
        self.straight(apart_m.max(PI * r + (apart_m - 2.0 * r).max(0.0)))
    }
}

/// One photo more is worse than any detour.
const PHOTO_WEIGHT: f64 = 1e4;
