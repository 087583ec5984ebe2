//! One aircraft of the demo, flown through the server's interface as an operator would: load, check, fly, follow.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::setting::{Craft, Flown};

/// Uploads that may fail before the demo gives up.
const UPLOADS_MAX: u32 = 4;
/// Starts that may be refused before the demo gives up.
const STARTS_MAX: u32 = 20;
/// An aircraft must be heard within this (of the clock's time).
const HEARD: Duration = Duration::from_secs(120);
/// Mission and fence must be loaded within this.
const LOADED: Duration = Duration::from_secs(120);
/// Checks must be good within this: autopilots need most of a minute for a position.
const READY: Duration = Duration::from_secs(300);
/// It must be armed so soon after it was told to fly.
const ARMED: Duration = Duration::from_secs(60);
/// A start that was refused is tried again after this.
const AGAIN: Duration = Duration::from_secs(5);
/// The flight may take longer than planned by this factor, and this.
const LONGER: (f64, Duration) = (2.0, Duration::from_secs(300));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Waiting,
    Loading,
    Checking,
    Starting,
    Flying,
    Done,
}

/// The aircraft and how far it is.
pub struct Pilot {
    /// Which.
    pub craft: Craft,
    plan: String,
    sortie: usize,
    planned_s: f64,
    step: Step,
    since: Option<Duration>,
    again: Duration,
    uploads: u32,
    starts: u32,
    said: String,
    /// When it was first seen armed, and the battery's counter then.
    from: Option<(Duration, f64)>,
    used_wh: f64,
}

impl Pilot {
    /// An aircraft that is to fly a sortie of a plan.
    pub fn new(craft: Craft, plan: &str, sortie: usize, planned_s: f64) -> Self {
        Self {
            craft,
            plan: plan.to_owned(),
            sortie,
            planned_s,
            step: Step::Waiting,
            since: None,
            again: Duration::ZERO,
            uploads: 0,
            starts: 0,
            said: String::new(),
            from: None,
            used_wh: 0.0,
        }
    }

    /// Whether it has landed and is disarmed.
    pub fn done(&self) -> bool {
        self.step == Step::Done
    }

    /// Time and energy from arming to `now`.
    pub fn flown(&self, now: Duration) -> Flown {
        let (from, before_wh) = self.from.unwrap_or((now, self.used_wh));
        Flown {
            time_s: now.saturating_sub(from).as_secs_f64(),
            energy_wh: self.used_wh - before_wh,
        }
    }

    /// What it does, for people.
    pub fn status(&self) -> String {
        let what = match self.step {
            Step::Waiting => "waiting for its heartbeat",
            Step::Loading => "loading mission and fence",
            Step::Checking => "pre-flight checks",
            Step::Starting => "starting",
            Step::Flying => self.said.as_str(),
            Step::Done => "landed",
        };
        format!("{} {}: {what}", self.craft.vehicle, self.craft.system)
    }

    /// Begin again: its simulator was started again.
    pub fn begin_again(&mut self) {
        if self.step != Step::Done {
            *self = Self::new(self.craft, &self.plan, self.sortie, self.planned_s);
        }
    }

    fn go(&mut self, step: Step, now: Duration) {
        self.step = step;
        self.since = Some(now);
    }

    fn within(&self, now: Duration, limit: Duration, problem: &str) -> anyhow::Result<()> {
        let waited = now.saturating_sub(self.since.unwrap_or(now));
        anyhow::ensure!(
            waited <= limit,
            "aircraft {}: {problem} within {:.0} s; the reasons are in log/",
            self.craft.system,
            limit.as_secs_f64()
        );
        Ok(())
    }

    fn order(client: &Client, id: &str, command: &str, args: &Value) -> anyhow::Result<Value> {
        client.post(
            &format!("/vehicles/{id}/commands"),
            &json!({"command": command, "args": args}),
        )
    }

    /// One look at the aircraft; gives the orders that are due.
    pub fn turn(
        &mut self,
        client: &Client,
        vehicles: &[Value],
        now: Duration,
    ) -> anyhow::Result<()> {
        self.since.get_or_insert(now);
        let seen = vehicles
            .iter()
            .find(|v| v["system"].as_u64() == Some(u64::from(self.craft.system)));
        let Some(vehicle) = seen else {
            return if self.step == Step::Waiting {
                self.within(now, HEARD, "it was not heard")
            } else {
                Ok(())
            };
        };
        let id = vehicle["id"].as_str().unwrap_or_default().to_owned();
        let armed = vehicle["armed"].as_bool().unwrap_or(false);
        if let Some(used_wh) = vehicle["battery"]["used_wh"].as_f64() {
            self.used_wh = used_wh;
        }
        if armed && self.from.is_none() {
            self.from = Some((now, self.used_wh));
        }
        match self.step {
            Step::Waiting if armed => self.go(Step::Flying, now),
            Step::Waiting => self.load(client, &id, now)?,
            Step::Loading => self.loaded(client, vehicle, &id, now)?,
            Step::Checking if now >= self.again => self.check(client, &id, now)?,
            Step::Starting if armed => self.go(Step::Flying, now),
            Step::Starting if now.saturating_sub(self.since.unwrap_or(now)) > ARMED => {
                self.go(Step::Checking, now)
            }
            Step::Flying => {
                let height = vehicle["height_agl_m"]
                    .as_f64()
                    .or(vehicle["height_home_m"].as_f64())
                    .unwrap_or(0.0);
                self.said = format!(
                    "{}, {height:.0} m above ground, {:.0} % battery, {} photos",
                    vehicle["phase"].as_str().unwrap_or("flying"),
                    vehicle["battery"]["fraction"].as_f64().unwrap_or(0.0) * 100.0,
                    vehicle["photos"]
                );
                let limit = LONGER.1 + Duration::from_secs_f64(self.planned_s * LONGER.0);
                self.within(now, limit, "it did not land")?;
                if !armed {
                    self.go(Step::Done, now);
                }
            }
            Step::Checking | Step::Starting | Step::Done => {}
        }
        Ok(())
    }

    fn load(&mut self, client: &Client, id: &str, now: Duration) -> anyhow::Result<()> {
        if now < self.again {
            return Ok(());
        }
        match Self::order(
            client,
            id,
            "upload",
            &json!({"plan": self.plan, "sortie": self.sortie}),
        ) {
            Ok(_) => {
                self.uploads += 1;
                self.go(Step::Loading, now);
                Ok(())
            }
            Err(error) => {
                self.again = now + AGAIN;
                self.within(
                    now,
                    LOADED,
                    &format!("the mission was not taken ({error:#})"),
                )
            }
        }
    }

    fn loaded(
        &mut self,
        client: &Client,
        vehicle: &Value,
        id: &str,
        now: Duration,
    ) -> anyhow::Result<()> {
        match vehicle["mission"]["state"].as_str() {
            Some("verified") => {
                self.go(Step::Checking, now);
                Ok(())
            }
            Some("failed") => {
                let detail = vehicle["mission"]["detail"]
                    .as_str()
                    .unwrap_or("no reason was given")
                    .to_owned();
                anyhow::ensure!(
                    self.uploads < UPLOADS_MAX,
                    "aircraft {}: the upload failed: {detail}",
                    self.craft.system
                );
                self.again = now + AGAIN;
                self.load(client, id, now)
            }
            _ => self.within(now, LOADED, "the mission was not loaded"),
        }
    }

    fn check(&mut self, client: &Client, id: &str, now: Duration) -> anyhow::Result<()> {
        let Ok(Some(checks)) = client.ask(&format!("/vehicles/{id}/checks")) else {
            self.again = now + AGAIN;
            return self.within(now, READY, "its checks could not be asked for");
        };
        self.again = now + Duration::from_secs(1);
        if checks["ready"].as_bool() == Some(true) {
            self.starts += 1;
            return match Self::order(client, id, "fly", &Value::Null) {
                Ok(_) => {
                    self.go(Step::Starting, now);
                    Ok(())
                }
                Err(error) => {
                    anyhow::ensure!(
                        self.starts < STARTS_MAX,
                        "aircraft {}: {error:#}",
                        self.craft.system
                    );
                    self.again = now + AGAIN;
                    Ok(())
                }
            };
        }
        let rows = checks["checks"].as_array().map_or(&[][..], Vec::as_slice);
        let wrong: Vec<String> = rows
            .iter()
            .filter(|c| c["ok"].as_bool() != Some(true))
            .map(|c| {
                format!(
                    "{}: {}",
                    c["label"].as_str().unwrap_or_default(),
                    c["detail"].as_str().unwrap_or_default()
                )
            })
            .collect();
        self.within(
            now,
            READY,
            &format!("the pre-flight checks were not good ({})", wrong.join("; ")),
        )
    }
}
