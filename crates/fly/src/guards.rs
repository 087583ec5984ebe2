//! What the ground watches by itself, whatever the vehicle says.

use crate::alerts::{AlertKind, Level};
use crate::craft::Craft;
use core::time::Duration;
use whimbrel_geo::{Position, destination};
use whimbrel_mission::fence;

/// Silence that means that the link is lost.
pub const LINK_LOST: Duration = Duration::from_secs(5);
/// Charge at which to think of returning.
pub const CHARGE_CAUTION: f64 = 0.25;
/// Charge at which to return.
pub const CHARGE_WARNING: f64 = 0.15;
/// How far ahead the flight is compared with the fence.
pub const FENCE_LOOK_AHEAD: Duration = Duration::from_secs(3);
/// Alerts about something that has happened end after this time.
pub const EVENT_ALERT: Duration = Duration::from_secs(60);

/// Raises and ends the alerts of one vehicle.
pub(crate) fn watch(now: Duration, craft: &mut Craft) {
    link(now, craft);
    battery(now, craft);
    fence_margin(now, craft);
    position(now, craft);
    craft.board.end_older(
        now.saturating_sub(EVENT_ALERT),
        &[
            AlertKind::OrderFailed,
            AlertKind::VehicleSays,
            AlertKind::ModeChanged,
        ],
    );
}

fn link(now: Duration, craft: &mut Craft) {
    let silence = now.saturating_sub(craft.state.heard_at);
    if silence <= LINK_LOST {
        craft.board.end(AlertKind::LinkLost);
        return;
    }
    let (level, action) = if craft.state.armed {
        (
            Level::Warning,
            "Move the antenna; the vehicle follows its own link-loss rule, usually a return",
        )
    } else {
        (Level::Caution, "Check power, cable or radio of the vehicle")
    };
    let text = "Nothing is heard from the vehicle".to_owned();
    craft
        .board
        .raise(now, AlertKind::LinkLost, level, text, action);
}

fn battery(now: Duration, craft: &mut Craft) {
    let charge = craft.state.battery.remaining.filter(|_| craft.state.armed);
    let (level, action) = match charge {
        Some(c) if c <= CHARGE_WARNING => (Level::Warning, "Land now"),
        Some(c) if c <= CHARGE_CAUTION => (Level::Caution, "Return"),
        _ => {
            craft.board.end(AlertKind::BatteryLow);
            return;
        }
    };
    let text = format!("Battery at {:.0} %", charge.unwrap_or_default() * 100.0);
    craft
        .board
        .raise(now, AlertKind::BatteryLow, level, text, action);
}

fn fence_margin(now: Duration, craft: &mut Craft) {
    let shapes = craft
        .loaded
        .as_ref()
        .map(|l| l.upload.mission.fence.as_slice());
    let here = craft.state.motion.position.filter(|_| craft.state.in_air());
    let kind = AlertKind::Fence;
    let (Some(shapes), Some(here)) = (shapes, here) else {
        craft.board.end(kind);
        return;
    };
    if shapes.is_empty() {
        craft.board.end(kind);
        return;
    }
    if !fence::contains(shapes, here.at) {
        let text = "The vehicle is outside the fence".to_owned();
        let action = "Return, or take over with the remote control";
        craft.board.raise(now, kind, Level::Warning, text, action);
        return;
    }
    let velocity = craft.state.motion.velocity_ned_m_s.unwrap_or_default();
    let [north, east, _] = velocity;
    let way_m = north.hypot(east) * FENCE_LOOK_AHEAD.as_secs_f64();
    let ahead = destination(here.at, east.atan2(north), way_m);
    let path = [here, Position::new(ahead, here.height)];
    if fence::check(&path, shapes).is_err() {
        let seconds = FENCE_LOOK_AHEAD.as_secs();
        let text = format!("The vehicle leaves the fence within {seconds} s");
        craft.board.raise(now, kind, Level::Caution, text, "Hold");
    } else {
        craft.board.end(kind);
    }
}

fn position(now: Duration, craft: &mut Craft) {
    let known = craft.state.motion.position.is_some();
    if craft.state.in_air() && known && !craft.state.position_ready() {
        craft.board.raise(
            now,
            AlertKind::PositionLost,
            Level::Warning,
            "The vehicle has lost its position".to_owned(),
            "Take over with the remote control, or land",
        );
    } else {
        craft.board.end(AlertKind::PositionLost);
    }
}
