//! Flight records: from arming to disarming everything that was said on the link, and what was made of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_fly::{LinkId, PhotoEvent, VehicleId, VehicleView};
use whimbrel_store::{FlightLog, Store, StoreError, Way};

/// State is written this often while a record is open.
const STATE_EVERY: Duration = Duration::from_secs(1);

/// Records of one vehicle that may begin in the same second.
const SAME_SECOND_MAX: u32 = 1_000;

struct Open {
    row: i64,
    log: FlightLog,
    started: Duration,
    state_at: Duration,
    /// Battery energy used before arming.
    used_before_wh: f64,
    newest: Value,
    photos: u32,
    id: String,
}

/// The records that are being written.
pub struct Records {
    store: Store,
    open: BTreeMap<VehicleId, Open>,
}

impl Records {
    /// No record is open. Those that a killed server left are closed as interrupted.
    pub fn new(store: Store) -> Self {
        match store.flights() {
            Ok(rows) => {
                for row in rows.iter().filter(|r| r.ended.is_none()) {
                    tell(store.end_flight(row.started, row.id, &json!({"interrupted": true})));
                }
            }
            Err(error) => crate::log(&format!("flight records: {error}")),
        }
        Self {
            store,
            open: BTreeMap::new(),
        }
    }

    /// Bytes on a link: a datagram holds frames of one vehicle, a stream may hold anybody's.
    pub fn bytes(&mut self, now: Duration, link: LinkId, way: Way, bytes: &[u8]) {
        // MAVLink 2 has the sender's system id at byte 5, MAVLink 1 at byte 3 (serialization guide).
        let sender = match bytes.first() {
            Some(0xfd) => bytes.get(5),
            Some(0xfe) => bytes.get(3),
            _ => None,
        };
        for (vehicle, open) in &mut self.open {
            let concerns = way == Way::Sent || sender.is_none_or(|s| *s == vehicle.system);
            if vehicle.link == link && concerns {
                tell(open.log.mavlink(now, &open.id, way, bytes));
            }
        }
    }

    /// A photo that the vehicle told of.
    pub fn photo(&mut self, now: Duration, photo: &PhotoEvent) {
        if let Some(open) = self.open.get_mut(&photo.vehicle) {
            open.photos += 1;
            let place = photo.position.map(|p| json!({"lat_deg": p.at.lat_deg(), "lon_deg": p.at.lon_deg(), "amsl_m": p.height.m()}));
            tell(open.log.json(
                now,
                "/photo",
                &json!({"index": photo.index, "place": place}),
            ));
        }
    }

    /// Open a record when a vehicle is armed, close it when it is disarmed.
    pub fn follow(&mut self, now: Duration, view: &VehicleView, id: &str) {
        if view.armed && !self.open.contains_key(&view.id) {
            match self.begin(now, view, id) {
                Ok(open) => {
                    self.open.insert(view.id, open);
                }
                Err(error) => crate::log(&format!("flight record: {error}")),
            }
        }
        if let Some(open) = self.open.get_mut(&view.id) {
            if now >= open.state_at + STATE_EVERY {
                open.state_at = now;
                let used = view.used_wh.map(|w| w - open.used_before_wh);
                open.newest = json!({
                    "vehicle": id, "mode": view.mode, "phase": view.phase.name(), "plan": view.mission.plan,
                    "sortie": view.mission.sortie, "time_s": now.saturating_sub(open.started).as_secs_f64(), "energy_wh": used, "photos": open.photos,
                });
                tell(open.log.json(now, "/state", &open.newest));
            }
            if !view.armed {
                self.close(now, view.id);
            }
        }
    }

    fn begin(&self, now: Duration, view: &VehicleView, id: &str) -> Result<Open, StoreError> {
        // Simulated time and numbers of links may come again after a restart; a record is never written over.
        let name = (1..=SAME_SECOND_MAX)
            .map(|n| format!("{id}-{}-{n}", now.as_secs()))
            .find(|name| !self.store.flight_log_path(name).exists())
            .ok_or_else(|| StoreError::Missing {
                what: "a free name for the flight record".into(),
            })?;
        let data = json!({"plan": view.mission.plan, "sortie": view.mission.sortie});
        let mission = view.mission.plan.as_ref().and_then(|p| p.parse().ok());
        let log = FlightLog::create(&self.store.flight_log_path(&name))?;
        let row = self
            .store
            .start_flight(now, id, mission, Some(&name), &data)?;
        Ok(Open {
            row,
            log,
            started: now,
            state_at: Duration::ZERO,
            used_before_wh: view.used_wh.unwrap_or(0.0),
            newest: data,
            photos: 0,
            id: id.to_owned(),
        })
    }

    fn close(&mut self, now: Duration, vehicle: VehicleId) {
        if let Some(open) = self.open.remove(&vehicle) {
            tell(open.log.finish());
            tell(self.store.end_flight(now, open.row, &open.newest));
        }
    }

    /// Close all records, because the server ends.
    pub fn close_all(&mut self, now: Duration) {
        let vehicles: Vec<VehicleId> = self.open.keys().copied().collect();
        for vehicle in vehicles {
            self.close(now, vehicle);
        }
    }
}

/// A record that cannot be written must not stop the flight: it is told and the flight goes on.
fn tell(result: Result<(), StoreError>) {
    if let Err(error) = result {
        crate::log(&format!("flight record: {error}"));
    }
}
