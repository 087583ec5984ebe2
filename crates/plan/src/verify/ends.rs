//! Take-off and landing of wings, as their mission items have them.

use super::too_low;
use crate::request::{PlanError, Sortie};
use whimbrel_geo::{Height, LocalFrame, Terrain};
use whimbrel_mission::{Item, command};

/// Distance of the points looked at.
const STEP_M: f64 = 5.0;
/// Nothing is asked of the last metres before the ground.
const TOUCH_M: f64 = 50.0;
/// Room below, where the way is high enough over home; half its height elsewhere.
const CLEAR_M: f64 = 15.0;
/// Room that the making of it, on cells, takes.
const GIVE_M: f64 = 0.3;

/// Looks at the last leg of a wing, from the circle to the ground.
///
/// # Errors
/// [`PlanError::Floor`] when it is too low over the terrain.
pub fn check(sortie: &Sortie, frame: &LocalFrame, terrain: &dyn Terrain) -> Result<(), PlanError> {
    let items = &sortie.mission.items;
    let Some(land) = items.iter().position(|i| i.command == command::NAV_LAND) else {
        return Ok(());
    };
    let before = items.iter().take(land).rev().find(|i| i.place().is_some());
    let (Some(from), Some(to)) = (before, items.get(land)) else {
        return Ok(());
    };
    let place = |item: &Item| {
        let z = item.amsl(Some(sortie.zero))?.m();
        Some((frame.enu_xy(item.place()?), z))
    };
    let (Some((a, za)), Some((b, zb))) = (place(from), place(to)) else {
        return Ok(());
    };
    let length = (b[0] - a[0]).hypot(b[1] - a[1]);
    let n = (length / STEP_M).ceil().max(1.0) as usize;
    for i in 0..=n {
        let t = i as f64 / n as f64;
        if (1.0 - t) * length < TOUCH_M {
            break;
        }
        let xy = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
        let at = frame.latlon_from_xy(xy);
        let z = za + t * (zb - za);
        let least = CLEAR_M.min(0.5 * (z - zb));
        if let Some(top) = terrain.top(at).map(Height::m) {
            too_low("the ground under the approach", z - top, least, GIVE_M, at)?;
        }
    }
    Ok(())
}
