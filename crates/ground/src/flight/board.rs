//! What the flight thread shows and keeps of each vehicle: who it is, its track, its record, what it carries.

use std::sync::PoisonError;
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_fly::{Command, Level, LoadState, Operator, Role, VehicleId, VehicleView};

use super::{
    ENDED_ALERTS_STAY, FREE_SPACE, MAKE_ROOM, TRACK_MAX, TRACK_STEP_M, UNKEPT, UNRECORDED, Worker,
};
use crate::identity::Heard;
use crate::live::Kind;
use crate::plans::firmware_of;
use crate::recorder::Entry;
use crate::shown;

impl Worker {
    /// Put the vehicles and alerts on the board.
    pub(super) fn tell(&mut self, now: Duration) {
        let mut rows = Vec::new();
        for view in &self.fleet.vehicles(now) {
            let Some(id) = self.identify(now, view) else {
                continue;
            };
            self.follow(now, view, &id);
            let link = self.names.get(&view.id.link);
            let terrain = self.terrain.as_deref();
            rows.push((id.clone(), shown::vehicle(view, &id, link, terrain, now)));
        }
        rows.sort_by_key(|(id, _)| shown::order(id));
        let rows = rows.into_iter().map(|(_, row)| row);
        self.live.set(Kind::Vehicles, Value::Array(rows.collect()));
        self.tell_alerts(now);
    }

    fn tell_alerts(&mut self, now: Duration) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.alerts.len();
        known.alerts.retain(|_, (alert, _)| {
            alert.active || now.saturating_sub(alert.at) < ENDED_ALERTS_STAY
        });
        match self.recorder.problem() {
            Some(why) => {
                let text = format!("What is ordered and done cannot be recorded: {why}");
                self.notices
                    .raise(now, UNRECORDED, Level::Warning, text, FREE_SPACE);
            }
            None => self.notices.end(UNRECORDED),
        }
        let radio = self.live.get(Kind::Radio);
        match radio.as_ref().and_then(|r| r["problem"].as_str()) {
            Some(why) => {
                let text = format!("Photos that arrive cannot be kept: {why}");
                self.notices
                    .raise(now, UNKEPT, Level::Caution, text, MAKE_ROOM);
            }
            None => self.notices.end(UNKEPT),
        }
        let edition = self.notices.edition();
        if self.alerts_changed || known.alerts.len() != before || self.noticed != edition {
            self.alerts_changed = false;
            self.noticed = edition;
            let fleet = known.alerts.values().rev().map(|(alert, acknowledged)| {
                let vehicle = self.identities.name(alert.vehicle);
                shown::alert(alert, &vehicle, *acknowledged)
            });
            let rows = self.notices.rows().into_iter().chain(fleet);
            self.live.set(Kind::Alerts, Value::Array(rows.collect()));
        }
    }

    /// Who it is. Nothing while that is not known, which is for a few seconds.
    fn identify(&mut self, now: Duration, view: &VehicleView) -> Option<String> {
        let peer = self.names.get(&view.id.link).cloned().unwrap_or_default();
        let heard = Heard {
            vehicle: view.id,
            serial: view.serial.as_deref(),
            answered: view.version.is_some(),
            peer: &peer,
            at: now.saturating_sub(view.age),
        };
        let met = self.identities.meet(now, heard)?;
        if let Some(other) = met.replaces {
            let effects = self.fleet.replace(other);
            self.carry_out(now, effects);
        }
        let id = self.identities.id(view.id)?.to_owned();
        if met.changed
            && let Some(known) = self.identities.known(&id)
        {
            self.recorder.keep(Entry::Vehicle {
                at: now,
                id: id.clone(),
                data: known.to_json(),
            });
        }
        if met.assigned {
            self.recorder.keep(Entry::Row {
                at: now,
                who: "whimbrel".into(),
                verb: "vehicle.known",
                subject: id.clone(),
                detail: json!({"detail": format!("{} on {peer}", view.autopilot.name()), "serial": view.serial}),
            });
        }
        Some(id)
    }

    /// A vehicle has left the fleet's board.
    pub(super) fn forgotten(&mut self, vehicle: VehicleId) {
        self.identities.gone(vehicle);
        self.asked.remove(&vehicle);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let known = &mut *known;
        known.vehicles.retain(|_, (other, _)| *other != vehicle);
        let there = &known.vehicles;
        known.tracks.retain(|id, _| there.contains_key(id));
    }

    /// After a restart of the server, or of the link: what a vehicle carries is compared with what was loaded into it, not
    /// taken for granted.
    fn adopt(&mut self, now: Duration, view: &VehicleView, id: &str) {
        let known = self.identities.known(id).and_then(|k| k.carries.clone());
        let Some((plan, sortie)) = known else {
            return;
        };
        let empty = view.mission.state == LoadState::None && view.motion.position.is_some();
        if !empty || !self.asked.insert(view.id) {
            return;
        }
        match self
            .plans
            .upload(&plan, sortie, firmware_of(view.autopilot))
        {
            Ok(upload) => {
                let us = Operator {
                    name: "whimbrel".into(),
                    role: Role::Pilot,
                };
                let answer =
                    self.fleet
                        .command(now, &us, view.id, Command::Verify(Box::new(upload)));
                self.carry_out(now, answer.effects);
            }
            Err(error) => crate::log(&format!("what vehicle {id} carries: {error}")),
        }
    }

    /// Keep what a vehicle was verified to carry, for [`Worker::adopt`] after a restart.
    fn note_carried(&mut self, now: Duration, view: &VehicleView, id: &str) {
        let mission = &view.mission;
        let (LoadState::Verified, Some(plan), Some(sortie)) =
            (&mission.state, &mission.plan, mission.sortie)
        else {
            return;
        };
        if self.identities.carries(id, plan, sortie)
            && let Some(known) = self.identities.known(id)
        {
            self.recorder.keep(Entry::Vehicle {
                at: now,
                id: id.to_owned(),
                data: known.to_json(),
            });
        }
    }

    /// Track and flight record of one vehicle.
    fn follow(&mut self, now: Duration, view: &VehicleView, id: &str) {
        self.adopt(now, view, id);
        self.note_carried(now, view, id);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known
            .vehicles
            .insert(id.to_owned(), (view.id, view.autopilot));
        if let Some(position) = view.motion.position
            && (view.armed || view.flying)
        {
            let track = known.tracks.entry(id.to_owned()).or_default();
            let place = [
                position.at.lon_deg(),
                position.at.lat_deg(),
                position.height.m(),
            ];
            let moved = track
                .last()
                .is_none_or(|last| shown::apart_m(*last, place) >= TRACK_STEP_M);
            if moved {
                track.push(place);
            }
            if track.len() > TRACK_MAX {
                let mut keep = false;
                track.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
        }
        drop(known);
        self.records.follow(now, view, id);
    }
}
