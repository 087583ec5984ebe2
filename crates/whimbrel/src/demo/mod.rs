//! `whimbrel demo`: the whole job with simulated aircraft. `serve`, `sim` and one `air` for each aircraft are processes of
//! this same program; everything is ordered through the server's interface, as any script would.

mod arguments;
mod children;
mod client;
mod flying;
mod pace;
mod raster;
mod report;
mod setting;
mod teller;
mod truth;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};
use whimbrel_air::Clock;
use whimbrel_mission::Vehicle;

use crate::outcome::{Done, Exit, Failure, log, print_json, print_line, read, write};
use crate::serve::open_browser;
use crate::{cli, stop};
use arguments::{air_args, serve_args, sim_args};
use children::Process;
use client::Client;
use flying::Pilot;
use pace::{Behind, Pace};
use report::Seen;
use setting::{CAMERA, FLEET, Setting, WING_SHIFTS_M};
use teller::Teller;

/// Simulated seconds per second when nothing is said: about three minutes on two cores.
pub const DEFAULT_SPEED: f64 = 2.2;
/// Autopilots need about this long until they fly.
const BOOT_S: f64 = 55.0;
/// Forward and side overlap of the demo's photos.
const OVERLAP: (f64, f64) = (0.75, 0.65);
/// How often everything is looked at, of the wall's time.
const LOOK: Duration = Duration::from_millis(200);
/// The server may be away for so long (of the wall's time).
const AWAY_MAX: Duration = Duration::from_secs(60);
/// When nothing arrived and nothing changed for so long (of the wall's time), the demo gives up.
const STUCK: Duration = Duration::from_secs(240);

/// Ctrl-C was pressed: nothing failed.
struct Interrupted;

/// The demo while it runs.
struct Show {
    setting: Setting,
    clock: Clock,
    pace: Pace,
    client: Client,
    serve: Process,
    sim: Option<Process>,
    airs: Vec<Process>,
    pilots: Vec<Pilot>,
    plan: Value,
    radio: Value,
    shutters: u64,
    rendered: u64,
    /// Since when the server has not answered.
    away: Option<Instant>,
    teller: Teller,
    stop: Arc<AtomicBool>,
}

fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    value[key]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("the first line of a process has no `{key}`"))
}

/// Plan the survey, or fetch the plan of the run that is gone on with. Returns its id and report.
fn plan(setting: &mut Setting, client: &Client) -> anyhow::Result<(String, Value)> {
    if let Some(id) = setting.state.plan.clone() {
        let answer = client
            .get(&format!("/plans/{id}"))
            .context("fetch the plan of the earlier run")?;
        return Ok((id, answer["report"].clone()));
    }
    let vehicles: Vec<&str> = FLEET.iter().map(|c| c.vehicle).collect();
    let mut answer = Err(anyhow::anyhow!("no place to start from was tried"));
    for shift_m in WING_SHIFTS_M {
        setting.state.wing_shift_m = shift_m;
        let homes: Vec<[f64; 2]> = FLEET
            .iter()
            .map(|c| setting.home(c))
            .map(|h| [h.lon_deg(), h.lat_deg()])
            .collect();
        let order = json!({
            "area": setting.area(), "camera": CAMERA, "vehicles": vehicles, "gsd_m": setting.state.gsd_m,
            "forward": OVERLAP.0, "side": OVERLAP.1, "homes": homes, "objective": "time",
        });
        answer = client.post("/plans", &order);
        // Hills in the way of a landing wing: the crew would move, too.
        if !answer
            .as_ref()
            .is_err_and(|e| format!("{e:#}").contains("has no "))
        {
            break;
        }
    }
    let answer = answer?;
    let id = answer["id"]
        .as_str()
        .map_or_else(|| answer["id"].to_string(), str::to_owned);
    setting.state.plan = Some(id.clone());
    setting.remember()?;
    Ok((id, answer["report"].clone()))
}

/// Which sortie each aircraft flies.
fn pilots(setting: &Setting, plan: &str, report: &Value) -> anyhow::Result<Vec<Pilot>> {
    let sorties = report["sorties"].as_array().map_or(&[][..], Vec::as_slice);
    let mut pilots = Vec::new();
    for craft in FLEET {
        let name = Vehicle::builtin(craft.vehicle)?.name;
        let mine: Vec<(usize, f64)> = sorties
            .iter()
            .enumerate()
            .filter(|(_, s)| s["vehicle"] == name.as_str())
            .map(|(index, s)| (index, s["time_s"].as_f64().unwrap_or(0.0)))
            .collect();
        anyhow::ensure!(
            mine.len() <= 1,
            "the area takes {} flights of the {}: nobody changes batteries in the demo, choose a smaller --side",
            mine.len(),
            craft.vehicle
        );
        if let Some((sortie, planned_s)) = mine.first()
            && !setting.state.landed.contains_key(&craft.system)
        {
            pilots.push(Pilot::new(craft, plan, *sortie, *planned_s));
        }
    }
    Ok(pilots)
}

fn save_missions(
    setting: &Setting,
    client: &Client,
    id: &str,
    report: &Value,
) -> anyhow::Result<()> {
    let count = report["sorties"].as_array().map_or(0, Vec::len);
    for sortie in 0..count {
        let bytes = client.get_bytes(&format!("/plans/{id}/export?format=plan&sortie={sortie}"))?;
        write(
            &setting.path(&format!("missions/sortie-{}.plan", sortie + 1)),
            &bytes,
        )?;
    }
    let bytes = client.get_bytes(&format!("/plans/{id}/export?format=geojson"))?;
    write(&setting.path("missions/plan.geojson"), &bytes)?;
    write(
        &setting.path("missions/report.json"),
        serde_json::to_string_pretty(report)?.as_bytes(),
    )
}

/// Add the counters of an earlier run.
fn summed(before: &Value, now: &Value) -> Value {
    let mut sum = now.clone();
    for key in [
        "datagrams_sent",
        "datagrams_erased",
        "payload_bytes",
        "bytes_delivered",
        "bytes_on_air",
        "bytes_returned",
        "queue_drops",
    ] {
        sum[key] = json!(before[key].as_u64().unwrap_or(0) + now[key].as_u64().unwrap_or(0));
    }
    sum
}

impl Show {
    /// Start the processes, sign in, plan.
    fn open(args: &cli::Demo, as_json: bool, stop: Arc<AtomicBool>) -> anyhow::Result<Self> {
        let teller = Teller::new(as_json);
        teller.say("making the landscape");
        let mut setting = Setting::open(args, DEFAULT_SPEED)?;
        if setting.resumed {
            teller.say(&format!(
                "going on with the demo in {}",
                setting.folder.display()
            ));
        }
        let pace = setting.pace()?;
        let (clock, logs) = (setting.clock()?, setting.path("log"));
        let mut serve = Process::start(
            "serve",
            serve_args(
                &setting,
                &args.listen.to_string(),
                "127.0.0.1:0",
                "127.0.0.1:0",
            ),
            &logs,
        )?;
        let ready = serve.first_line()?;
        let (url, mavlink, receive) = (
            text(&ready, "url")?,
            ready["mavlink"][0].as_str().unwrap_or_default().to_owned(),
            text(&ready, "receive")?,
        );
        serve.restart_with(serve_args(
            &setting,
            url.trim_start_matches("http://"),
            &mavlink,
            &receive,
        ));
        let client = Client::sign_in(&url, &text(&ready, "code")?)?;
        let code = text(&client.post("/session/codes", &Value::Null)?, "code")?;
        let (id, plan) = plan(&mut setting, &client)?;
        save_missions(&setting, &client, &id, &plan)?;
        let pilots = pilots(&setting, &id, &plan)?;
        let outage_at_s = BOOT_S + 0.5 * plan["time_s"].as_f64().unwrap_or(0.0);
        let mut sim = Process::start(
            "sim",
            sim_args(&setting, &mavlink, &receive, "127.0.0.1:0", outage_at_s),
            &logs,
        )?;
        let radio = text(&sim.first_line()?, "radio")?;
        sim.restart_with(sim_args(&setting, &mavlink, &receive, &radio, outage_at_s));
        let mut airs = Vec::new();
        for craft in &FLEET {
            let name: &'static str = if craft.system == 1 { "air-1" } else { "air-2" };
            let mut air = Process::start(name, air_args(&setting, craft.system, &radio), &logs)?;
            air.first_line()?;
            airs.push(air);
        }
        let pids = json!({"serve": serve.id(), "sim": sim.id(), "air-1": airs.first().map(Process::id), "air-2": airs.get(1).map(Process::id)});
        let console = format!("{url}/#code={code}");
        if as_json {
            print_json(
                &json!({"event": "ready", "url": url, "code": code, "mavlink": [mavlink], "receive": receive, "radio": radio, "pids": pids, "output": setting.folder, "speed": setting.state.speed}),
            );
        } else {
            teller.say(&format!("the console is at {console}"));
        }
        if !args.headless {
            open_browser(&console);
        }
        let hectares = plan["area_m2"].as_f64().unwrap_or(0.0) / 1e4;
        teller.say(&format!(
            "{hectares:.1} ha, {} photos, {:.0} min of flight, at {}x time",
            plan["photo_count"],
            plan["time_s"].as_f64().unwrap_or(0.0) / 60.0,
            setting.state.speed
        ));
        Ok(Self {
            clock,
            pace,
            client,
            serve,
            sim: Some(sim),
            airs,
            pilots,
            plan,
            radio: Value::Null,
            shutters: 0,
            rendered: 0,
            away: None,
            setting,
            teller,
            stop,
        })
    }

    /// Look after the processes and hear what they print.
    fn tend(&mut self) -> anyhow::Result<()> {
        for process in std::iter::once(&mut self.serve).chain(&mut self.airs) {
            if process.keep_alive()? {
                self.teller.say(&format!(
                    "{} had ended and was started again",
                    process.name()
                ));
            }
            drop(process.news());
        }
        let Some(sim) = &mut self.sim else {
            return Ok(());
        };
        for line in sim.news() {
            match line["event"].as_str() {
                Some("shutter") => self.shutters += 1,
                Some("photo") => self.rendered += 1,
                Some("radio") => self.radio = line,
                _ => {}
            }
        }
        if sim.keep_alive()? {
            self.teller
                .say("sim had ended and was started again: aircraft that flew begin anew");
            self.setting.state.radio = summed(&self.setting.state.radio, &self.radio);
            (self.radio, self.shutters, self.rendered) = (Value::Null, 0, 0);
            for pilot in &mut self.pilots {
                pilot.begin_again();
            }
        }
        Ok(())
    }

    /// Ask the server; while it is away (it may be starting again), wait a little and give nothing.
    fn ask(&mut self, path: &str) -> anyhow::Result<Option<Value>> {
        let answer = self.client.ask(path)?;
        if answer.is_some() {
            self.away = None;
            return Ok(answer);
        }
        let since = *self.away.get_or_insert_with(Instant::now);
        anyhow::ensure!(
            since.elapsed() < AWAY_MAX,
            "the server has not answered for {} s; the reason is in {}",
            AWAY_MAX.as_secs(),
            self.setting.path("log").display()
        );
        std::thread::sleep(LOOK);
        Ok(None)
    }

    /// Let time run as fast as this machine can follow.
    fn keep_pace(&mut self, map: &Value, finishing: bool) -> anyhow::Result<()> {
        let behind = Behind {
            unrendered: self.shutters.saturating_sub(self.rendered),
            unmapped: map["waiting"]["photos"].as_u64().unwrap_or(0),
            finishing,
        };
        Ok(self.pace.follow(behind)?)
    }

    fn interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Fly all sorties.
    fn fly(&mut self) -> anyhow::Result<Result<(), Interrupted>> {
        while self.pilots.iter().any(|p| !p.done()) {
            if self.interrupted() {
                return Ok(Err(Interrupted));
            }
            self.tend()?;
            let Some(vehicles) = self.ask("/vehicles")? else {
                continue;
            };
            let Some(map) = self.ask("/map")? else {
                continue;
            };
            self.keep_pace(&map, false)?;
            let now = self.clock.now();
            for pilot in &mut self.pilots {
                let before = pilot.done();
                pilot.turn(
                    &self.client,
                    vehicles.as_array().map_or(&[][..], Vec::as_slice),
                    now,
                )?;
                if pilot.done() && !before {
                    self.setting
                        .state
                        .landed
                        .insert(pilot.craft.system, pilot.flown(now));
                    self.setting.remember()?;
                    self.teller
                        .say(&format!("aircraft {} has landed", pilot.craft.system));
                }
            }
            let status = self
                .pilots
                .iter()
                .map(Pilot::status)
                .collect::<Vec<_>>()
                .join("; ");
            self.teller
                .show(format!("{status}; {} photos taken", self.shutters));
            std::thread::sleep(LOOK);
        }
        Ok(Ok(()))
    }

    /// Wait until the map stands from mapping-grade layers, then until all originals are in it.
    fn receive(&mut self) -> anyhow::Result<Result<(), Interrupted>> {
        let (mut last, mut changed) = (Value::Null, Instant::now());
        loop {
            if self.interrupted() {
                return Ok(Err(Interrupted));
            }
            self.tend()?;
            let flown = truth::photos(&self.setting).len() as u64;
            let Some(map) = self.ask("/map")? else {
                continue;
            };
            self.keep_pace(&map, self.setting.state.map_ready_s.is_none())?;
            let layer = |name: &str| map["layers"][name].as_u64().unwrap_or(0);
            let (busy, rendering) = (
                map["busy"].as_bool().unwrap_or(true),
                self.rendered < self.shutters,
            );
            if !rendering
                && flown > 0
                && layer("mapping") >= flown
                && self.setting.state.map_ready_s.is_none()
                && let Some(settled_s) = map["settled_s"].as_f64()
            {
                self.setting.state.map_ready_s = Some(settled_s);
                self.setting.remember()?;
                self.teller.say(&format!(
                    "the map stands from mapping-grade photos: {} of {flown} matched",
                    map["matched"]
                ));
            }
            if !rendering
                && flown > 0
                && layer("original") >= flown
                && !busy
                && map["refined"].as_bool() == Some(true)
            {
                return Ok(Ok(()));
            }
            let state = json!([map["layers"], map["stage"], self.rendered, map["version"]]);
            if state != last {
                (last, changed) = (state, Instant::now());
            }
            anyhow::ensure!(
                changed.elapsed() < STUCK,
                "nothing has arrived for {} s: {} of {flown} previews, {} for mapping, {} originals; the reasons are in {}",
                STUCK.as_secs(),
                layer("preview"),
                layer("mapping"),
                layer("original"),
                self.setting.path("log").display()
            );
            self.teller.show(format!(
                "{flown} photos: {} previews, {} for mapping, {} originals received; map: {}",
                layer("preview"),
                layer("mapping"),
                layer("original"),
                map["stage"].as_str().unwrap_or("-")
            ));
            std::thread::sleep(LOOK);
        }
    }

    /// Everything that the report needs from the server, and its files.
    fn gather(&mut self, started: Instant) -> anyhow::Result<Seen> {
        for name in ["orthomosaic.tif", "surface.tif", "cameras.json"] {
            write(
                &self.setting.path(name),
                &self.client.get_bytes(&format!("/map/files/{name}"))?,
            )?;
        }
        let flights = self
            .client
            .get("/flights")?
            .as_array()
            .cloned()
            .unwrap_or_default();
        for flight in &flights {
            let Some(id) = flight["id"].as_str() else {
                continue;
            };
            if flight["bytes"].as_u64().unwrap_or(0) > 0 {
                write(
                    &self.setting.path(&format!("flights/flight-{id}.mcap")),
                    &self.client.get_bytes(&format!("/flights/{id}.mcap"))?,
                )?;
            }
        }
        let radio = summed(&self.setting.state.radio, &self.radio);
        Ok(Seen {
            plan: self.plan.clone(),
            photos: self
                .client
                .get("/photos")?
                .as_array()
                .cloned()
                .unwrap_or_default(),
            map: self.client.get("/map")?,
            radio,
            wall_s: started.elapsed().as_secs_f64(),
            slowest: self.pace.slowest(),
        })
    }

    /// Stop the processes, the aircraft's first, and remember.
    fn close(mut self) -> anyhow::Result<Setting> {
        for air in &mut self.airs {
            air.stop();
        }
        if let Some(mut sim) = self.sim.take() {
            sim.stop();
            for line in sim.news() {
                if line["event"] == "radio" {
                    self.radio = line;
                }
            }
        }
        self.serve.stop();
        self.setting.state.radio = summed(&self.setting.state.radio, &self.radio);
        self.setting.remember()?;
        truth::write_cameras(&self.setting)?;
        Ok(self.setting)
    }
}

fn summary(r: &Value) -> String {
    format!(
        "{} of {} photos matched, {:.1} % covered; error {:.2} m, {:.2} GSD after one similarity; the map stood {:.0} simulated s after the last photo; planned {:.1} min, flown {:.1} min",
        r["photos_matched"],
        r["photos_flown"],
        r["coverage"].as_f64().unwrap_or(0.0) * 100.0,
        r["rmse_absolute_m"].as_f64().unwrap_or(f64::NAN),
        r["rmse_gsd"].as_f64().unwrap_or(f64::NAN),
        r["map_ready_after_last_shutter_s"]
            .as_f64()
            .unwrap_or(f64::NAN),
        r["planned"]["time_s"].as_f64().unwrap_or(0.0) / 60.0,
        r["flown"]["time_s"].as_f64().unwrap_or(0.0) / 60.0
    )
}

fn finished(args: &cli::Demo) -> Option<Value> {
    let report: Value =
        serde_json::from_slice(&read(&args.output.join("report.json")).ok()?).ok()?;
    report["photos_flown"]
        .as_u64()
        .filter(|n| *n > 0)
        .map(|_| report)
}

/// The command.
pub fn run(args: &cli::Demo, as_json: bool) -> Done {
    let started = Instant::now();
    let stop = stop::flag()?;
    let mut show = Show::open(args, as_json, stop)?;
    if finished(args).is_some() && show.pilots.is_empty() {
        show.teller
            .say("this demo was finished before; its report is made anew");
    }
    let flown = match show.fly() {
        Ok(Ok(())) => show.receive(),
        other => other,
    };
    let seen = match flown {
        Ok(Ok(())) => show.gather(started),
        Ok(Err(Interrupted)) => {
            let setting = show.close()?;
            log(&format!(
                "stopped; run it again with -o {} to go on",
                setting.folder.display()
            ));
            return Ok(());
        }
        Err(error) => Err(error),
    };
    let (headless, interrupted) = (args.headless, show.stop.clone());
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => {
            // What failed first is what counts.
            let _ = show.close();
            return Err(error.into());
        }
    };
    truth::write_cameras(&show.setting)?;
    show.teller.say("drawing the true map to measure against");
    truth::write_rasters(&show.setting)?;
    let report = report::make(&show.setting, &seen)?;
    if as_json {
        print_json(&json!({"event": "done", "output": show.setting.folder, "report": report}));
    } else {
        show.teller.say(&summary(&report));
        print_line(&format!(
            "the report is {}",
            show.setting.path("report.html").display()
        ));
    }
    if !headless {
        show.teller.say("the console stays open until Ctrl-C");
        while !interrupted.load(Ordering::Relaxed) {
            show.tend()?;
            std::thread::sleep(LOOK);
        }
    }
    show.close()?;
    if report["rmse_absolute_m"].is_null() {
        return Err(Failure::new(
            Exit::Refused,
            "the map could not be compared with the truth: too few check points",
        ));
    }
    Ok(())
}
