//! The handle of the flight thread: orders and questions from HTTP, and what may be read at any time.

use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::oneshot;
use whimbrel_fly::{Alert, AuditRecord, Checks, Command, Operator, VehicleId};
use whimbrel_link::quirks::Autopilot;
use whimbrel_store::Store;

use crate::notices::Notices;
use crate::recorder::Entry;

/// Something for the thread to do.
pub(super) enum Request {
    /// What an order would be, to be recorded before it is given.
    Consider {
        operator: Operator,
        vehicle: VehicleId,
        command: Command,
        reply: oneshot::Sender<(AuditRecord, Result<(), String>)>,
    },
    Order {
        operator: Operator,
        vehicle: VehicleId,
        command: Command,
        /// What is in the audit log already.
        recorded: Option<AuditRecord>,
        reply: oneshot::Sender<Result<(), String>>,
    },
    Checks {
        vehicle: VehicleId,
        reply: oneshot::Sender<Option<Checks>>,
    },
    Acknowledge {
        who: String,
        alert: String,
    },
}

/// What other threads may read at any time.
#[derive(Default)]
pub(super) struct Known {
    /// By id.
    pub vehicles: BTreeMap<String, (VehicleId, Autopilot)>,
    /// By id.
    pub tracks: BTreeMap<String, Vec<[f64; 3]>>,
    pub alerts: BTreeMap<u64, (Alert, bool)>,
}

/// The handle of the thread.
pub struct Flight {
    pub(super) requests: SyncSender<Request>,
    pub(super) known: Arc<RwLock<Known>>,
    pub(super) notices: Arc<Notices>,
    pub(super) store: Store,
}

impl Flight {
    fn known(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<VehicleId> {
        self.known().vehicles.get(id).map(|(vehicle, _)| *vehicle)
    }

    /// All vehicles.
    pub fn ids(&self) -> Vec<String> {
        self.known().vehicles.keys().cloned().collect()
    }

    /// The autopilot of a vehicle.
    pub fn autopilot(&self, id: &str) -> Option<Autopilot> {
        self.known()
            .vehicles
            .get(id)
            .map(|(_, autopilot)| *autopilot)
    }

    /// Give an order; the answer says whether it was taken, and why not.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub async fn order(
        &self,
        operator: Operator,
        id: &str,
        command: Command,
    ) -> Result<(), String> {
        let vehicle = self.find(id).ok_or_else(|| {
            format!("there is no vehicle {id}: it has not been heard, or its link is gone")
        })?;
        let recorded = if command.is_way_out() {
            None
        } else {
            Some(self.record(&operator, id, vehicle, &command).await?)
        };
        self.ask(|reply| Request::Order {
            operator,
            vehicle,
            command,
            recorded,
            reply,
        })
        .await?
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, String> {
        let (reply, answer) = oneshot::channel();
        self.requests
            .try_send(request(reply))
            .map_err(|_| "too many orders wait: try again".to_owned())?;
        answer
            .await
            .map_err(|_| "the server is stopping".to_owned())
    }

    /// Record an order that may wait for the disk. The thread of the links never does.
    async fn record(
        &self,
        operator: &Operator,
        id: &str,
        vehicle: VehicleId,
        command: &Command,
    ) -> Result<AuditRecord, String> {
        let (record, outcome) = self
            .ask(|reply| Request::Consider {
                operator: operator.clone(),
                vehicle,
                command: command.clone(),
                reply,
            })
            .await?;
        let (store, row) = (self.store.clone(), Entry::about(&record, id));
        let written = tokio::task::spawn_blocking(move || row.keep(&store))
            .await
            .map_err(|e| e.to_string())?;
        outcome?;
        written.map_err(|error| {
            format!(
                "{} was not carried out, because it could not be recorded: {error}",
                record.verb
            )
        })?;
        Ok(record)
    }

    /// The pre-flight list.
    pub async fn checks(&self, id: &str) -> Option<Checks> {
        let vehicle = self.find(id)?;
        let (reply, answer) = oneshot::channel();
        self.requests
            .try_send(Request::Checks { vehicle, reply })
            .ok()?;
        answer.await.ok().flatten()
    }

    /// The flown track: longitude, latitude, AMSL.
    pub fn track(&self, id: &str) -> Option<Vec<[f64; 3]>> {
        let known = self.known();
        known.vehicles.get(id)?;
        Some(known.tracks.get(id).cloned().unwrap_or_default())
    }

    /// Acknowledge an alert; that is recorded as soon as the disk takes it. False when there is none of that id.
    pub fn acknowledge(&self, who: &str, id: &str) -> bool {
        let number = id.parse::<u64>().ok();
        let fleets = number.is_some_and(|alert| self.known().alerts.contains_key(&alert));
        let (who, alert) = (who.to_owned(), id.to_owned());
        (fleets || self.notices.acknowledge(id))
            && self
                .requests
                .try_send(Request::Acknowledge { who, alert })
                .is_ok()
    }
}
