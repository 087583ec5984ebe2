//! Loading a sortie: mission, fence and rally points up, read back, compared,
//! and the vehicle's own verdict awaited.

use crate::commands::Upload;
use crate::craft::{Craft, Loaded};
use crate::view::LoadState;
use core::time::Duration;
use std::collections::VecDeque;
use whimbrel_geo::{Amsl, Position};
use whimbrel_link::gcs::{MissionTransfer, Rtt, TransferError};
use whimbrel_link::mav::{self, mission_result};
use whimbrel_link::quirks::{Autopilot, PlanKind};
use whimbrel_link::{Frame, Message};
use whimbrel_mission::{Item, fence_items};

/// How long a PX4 may take to find a fault in a mission that it has accepted.
pub const VERDICT_WAIT: Duration = Duration::from_secs(5);

/// A sortie being loaded.
pub(crate) struct Loading {
    who: String,
    /// Only reads and compares.
    verify: bool,
    steps: VecDeque<PlanKind>,
    steps_in_all: usize,
    transfer: Option<MissionTransfer>,
    rtt: Rtt,
    verdict_at: Option<Duration>,
    rejection: Option<String>,
}

impl Loading {
    /// Begins: the vehicle holds no verified mission from now on.
    pub fn begin(craft: &mut Craft, who: &str, upload: Upload, verify: bool) {
        // A generic vehicle may serve missions only; nothing is asked of it
        // that the sortie does not need.
        let generic = craft.state.autopilot == Autopilot::Generic;
        let mut steps = VecDeque::from([PlanKind::Mission]);
        if !generic || !upload.mission.fence.is_empty() {
            steps.push_back(PlanKind::Fence);
        }
        if !generic || !upload.mission.rally.is_empty() {
            steps.push_back(PlanKind::Rally);
        }
        let fenced = !upload.mission.fence.is_empty();
        craft.loaded = Some(Loaded {
            upload,
            mission_state: LoadState::Uploading,
            fence_state: if fenced {
                LoadState::Uploading
            } else {
                LoadState::None
            },
        });
        craft.loading = Some(Self {
            who: who.to_owned(),
            verify,
            steps_in_all: steps.len(),
            steps,
            transfer: None,
            rtt: craft.commander.rtt(),
            verdict_at: None,
            rejection: None,
        });
    }

    pub fn handle(&mut self, now: Duration, frame: &Frame) {
        if let Some(transfer) = &mut self.transfer {
            transfer.handle(now, frame);
        }
    }

    /// PX4 says in words what it thinks of a mission, after its "accepted".
    pub fn heard_text(&mut self, text: &str) {
        let lower = text.to_lowercase();
        if lower.contains("mission rejected") || lower.contains("mission infeasible") {
            self.rejection = Some(text.to_owned());
        }
    }

    pub fn next_deadline(&self) -> Option<Duration> {
        match (&self.transfer, self.verdict_at) {
            (Some(transfer), _) => transfer.next_deadline(),
            (None, Some(at)) => Some(at),
            (None, None) => Some(Duration::ZERO),
        }
    }

    /// 0 to 1.
    pub fn progress(&self) -> f64 {
        let Some(transfer) = &self.transfer else {
            return if self.verdict_at.is_some() { 1.0 } else { 0.0 };
        };
        let p = transfer.progress();
        let within = f64::from(p.done) / f64::from(p.total.max(1));
        let within = if p.verifying {
            0.5 + within / 2.0
        } else {
            within / 2.0
        };
        let before = self.steps_in_all - self.steps.len() - 1;
        (before as f64 + within) / self.steps_in_all as f64
    }

    pub fn detail(&self) -> String {
        match &self.transfer {
            None => "waiting for the vehicle's verdict".to_owned(),
            Some(transfer) => {
                let p = transfer.progress();
                let verb = if p.verifying {
                    "reading back"
                } else {
                    "sending"
                };
                format!(
                    "{verb} the {}: {} of {}",
                    transfer.plan().name(),
                    p.done,
                    p.total
                )
            }
        }
    }
}

/// Goes on with loading, if any.
pub(crate) fn step(craft: &mut Craft, now: Duration, out: &mut Vec<Message>) {
    let Some(mut loading) = craft.loading.take() else {
        return;
    };
    loop {
        if let Some(transfer) = &mut loading.transfer {
            while let Some(message) = transfer.poll(now) {
                out.push(message);
            }
            let Some(outcome) = transfer.outcome().cloned() else {
                break;
            };
            let plan = transfer.plan();
            loading.rtt = transfer.rtt();
            loading.transfer = None;
            if let Err(why) = settle(craft, plan, outcome) {
                finish(craft, now, &loading, Err(why));
                return;
            }
            continue;
        }
        if let Some(plan) = loading.steps.pop_front() {
            let Some(loaded) = &craft.loaded else { return };
            let mission = &loaded.upload.mission;
            let items = match plan {
                PlanKind::Mission => mission.items.clone(),
                PlanKind::Fence => fence_items(&mission.fence),
                PlanKind::Rally => mission.rally.clone(),
            };
            let home = craft.state.home.or(mission.home).map(home_item);
            let transfer = if loading.verify {
                MissionTransfer::verify(now, craft.target, plan, &items)
            } else {
                MissionTransfer::upload(now, craft.target, plan, &items, home)
            };
            loading.transfer = Some(transfer.with_rtt(loading.rtt));
            continue;
        }
        let judged = craft.state.autopilot == Autopilot::Px4 && !loading.verify;
        let at = *loading
            .verdict_at
            .get_or_insert(if judged { now + VERDICT_WAIT } else { now });
        if let Some(text) = loading.rejection.take() {
            finish(craft, now, &loading, Err(text));
            return;
        }
        if now >= at {
            finish(craft, now, &loading, Ok(()));
            return;
        }
        break;
    }
    craft.loading = Some(loading);
}

/// Notes how one plan ended; a fence that a generic vehicle does not have is
/// told in the checks and does not stop the mission.
fn settle(
    craft: &mut Craft,
    plan: PlanKind,
    outcome: Result<Vec<Item>, TransferError>,
) -> Result<(), String> {
    let generic = craft.state.autopilot == Autopilot::Generic;
    let Some(loaded) = &mut craft.loaded else {
        return Ok(());
    };
    match (plan, outcome) {
        (PlanKind::Fence, Ok(items)) => {
            loaded.fence_state = if items.is_empty() {
                LoadState::None
            } else {
                LoadState::Verified
            };
            Ok(())
        }
        (_, Ok(_)) => Ok(()),
        (PlanKind::Fence | PlanKind::Rally, Err(error)) if generic && lacks(&error) => {
            if plan == PlanKind::Fence {
                loaded.fence_state =
                    LoadState::Failed(format!("{error}; this vehicle holds no fence"));
            }
            Ok(())
        }
        (PlanKind::Fence, Err(error)) => {
            loaded.fence_state = LoadState::Failed(error.to_string());
            Err(error.to_string())
        }
        (_, Err(error)) => Err(error.to_string()),
    }
}

/// Whether the vehicle does not have this kind of plan at all.
fn lacks(error: &TransferError) -> bool {
    match error {
        TransferError::Refused { result, .. } => *result == mission_result::UNSUPPORTED,
        TransferError::NoAnswer { done, .. } => *done == 0,
        _ => false,
    }
}

fn finish(craft: &mut Craft, now: Duration, loading: &Loading, outcome: Result<(), String>) {
    let (state, detail) = match outcome {
        Ok(()) => (
            LoadState::Verified,
            "verified: read back and equal".to_owned(),
        ),
        Err(why) => (LoadState::Failed(why.clone()), format!("failed: {why}")),
    };
    if let LoadState::Failed(why) = &state {
        craft.failed(
            now,
            format!(
                "{} failed: {why}",
                if loading.verify {
                    "Verification"
                } else {
                    "Upload"
                }
            ),
            "Read the reason, correct it and upload again",
        );
    }
    let mut what = String::new();
    if let Some(loaded) = &mut craft.loaded {
        let mission = &loaded.upload.mission;
        what = format!(
            "{} sortie {}: {} items, {} fence shapes; ",
            loaded.upload.plan,
            loaded.upload.sortie + 1,
            mission.items.len(),
            mission.fence.len()
        );
        loaded.mission_state = state;
        if loaded.fence_state == LoadState::Uploading {
            loaded.fence_state = LoadState::Failed("not uploaded".to_owned());
        }
    }
    let verb = if loading.verify {
        "mission.verify"
    } else {
        "mission.upload"
    };
    craft.record(now, &loading.who, verb, what + &detail);
}

/// Home as the item of ArduPilot's home slot.
fn home_item(home: Position<Amsl>) -> Item {
    Item {
        frame: mav::frame::GLOBAL,
        params: [0.0; 4],
        ..Item::waypoint(home, 0.0)
    }
}
