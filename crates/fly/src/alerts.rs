//! Alerts: raised once, ended once, each with something to do.

use crate::effect::VehicleId;
use core::time::Duration;
use std::collections::BTreeMap;

/// How soon an alert needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Know this.
    Advisory,
    /// Act soon.
    Caution,
    /// Act now.
    Warning,
}

impl Level {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Advisory => "advisory",
            Self::Caution => "caution",
            Self::Warning => "warning",
        }
    }
}

/// What an alert is about; a vehicle has at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlertKind {
    /// Nothing is heard.
    LinkLost,
    /// The battery is low.
    BatteryLow,
    /// The fence is near, or left.
    Fence,
    /// No position.
    PositionLost,
    /// An order was not carried out.
    OrderFailed,
    /// The vehicle says something critical.
    VehicleSays,
    /// Somebody or something else changed the mode.
    ModeChanged,
}

/// An alert, or the end of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Names it for acknowledging.
    pub id: u64,
    /// What it is about.
    pub kind: AlertKind,
    /// Since when.
    pub at: Duration,
    /// How soon it needs a person.
    pub level: Level,
    /// Which vehicle.
    pub vehicle: VehicleId,
    /// What is the case.
    pub text: String,
    /// What to do.
    pub action: &'static str,
    /// False when it has ended.
    pub active: bool,
}

/// The alerts of one vehicle.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    vehicle: VehicleId,
    next_id: u64,
    active: BTreeMap<AlertKind, Alert>,
    changes: Vec<Alert>,
}

/// Alerts that one vehicle can have before its ids run into the next one's.
const IDS_PER_VEHICLE: u64 = 1 << 24;

impl Board {
    /// An empty board; `number` is the vehicle's number in the fleet.
    pub fn new(vehicle: VehicleId, number: usize) -> Self {
        Self {
            vehicle,
            next_id: number as u64 * IDS_PER_VEHICLE + 1,
            active: BTreeMap::new(),
            changes: vec![],
        }
    }

    /// Raises an alert, or changes it when it is there already with another
    /// level.
    pub fn raise(
        &mut self,
        now: Duration,
        kind: AlertKind,
        level: Level,
        text: String,
        action: &'static str,
    ) {
        let known = self.active.get(&kind);
        if known.is_some_and(|a| a.level == level) {
            return;
        }
        let id = known.map_or(self.next_id, |a| a.id);
        if id == self.next_id {
            self.next_id += 1;
        }
        let alert = Alert {
            id,
            kind,
            at: now,
            level,
            vehicle: self.vehicle,
            text,
            action,
            active: true,
        };
        self.active.insert(kind, alert.clone());
        self.changes.push(alert);
    }

    /// Ends alerts of these kinds that were raised before `then`.
    pub fn end_older(&mut self, then: Duration, kinds: &[AlertKind]) {
        for kind in kinds {
            if self.active.get(kind).is_some_and(|a| a.at < then) {
                self.end(*kind);
            }
        }
    }

    /// Ends an alert, if it is there.
    pub fn end(&mut self, kind: AlertKind) {
        if let Some(mut alert) = self.active.remove(&kind) {
            alert.active = false;
            self.changes.push(alert);
        }
    }

    /// Ends all alerts.
    pub fn end_all(&mut self) {
        let kinds: Vec<AlertKind> = self.active.keys().copied().collect();
        kinds.into_iter().for_each(|kind| self.end(kind));
    }

    /// What has changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Alert> {
        std::mem::take(&mut self.changes)
    }

    /// The alerts that are active.
    pub fn active(&self) -> impl Iterator<Item = &Alert> {
        self.active.values()
    }
}
