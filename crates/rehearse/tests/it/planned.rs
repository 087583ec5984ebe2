//! What was planned against what is flown: time, energy, photos and where they were taken.

use std::sync::Arc;

use whimbrel_geo::{
    FlatTerrain, Height, LatLon, LocalFrame, Position, Terrain, distance_m, ellipsoid_from_amsl,
};
use whimbrel_mission::energy::Wind;
use whimbrel_mission::{Area, Camera, Firmware, Vehicle};
use whimbrel_plan::{Detail, Request, Sortie, plan};
use whimbrel_rehearse::{Campaign, WindForecast, fly_one};
use whimbrel_sim::Autopilot;

const GROUND_M: f64 = 420.0;

/// 500 m by 400 m, home in the south-west, no forecast error.
fn sorties(vehicle: &Vehicle, firmware: Firmware, wind_m_s: f64) -> Vec<Sortie> {
    let at = LatLon::from_deg(47.2, 8.7).expect("a place");
    let frame = LocalFrame::new(ellipsoid_from_amsl(Position::new(
        at,
        Height::from_m(GROUND_M),
    )));
    let corner = |x, y| frame.latlon_from_xy([x, y]);
    let outer = vec![
        corner(0.0, 0.0),
        corner(500.0, 0.0),
        corner(500.0, 400.0),
        corner(0.0, 400.0),
    ];
    let area = Area {
        outer,
        holes: vec![],
    };
    let camera = Camera::catalogue("mapper").expect("known");
    let mut request = Request::new(
        vec![area],
        Some(camera),
        vehicle.clone(),
        Detail::GsdM(0.10),
    );
    request.homes = vec![corner(-60.0, -60.0)];
    request.wind = Wind {
        speed_m_s: wind_m_s,
        from_rad: 4.0,
    };
    request.firmware = firmware;
    plan(&request, &FlatTerrain(Height::from_m(GROUND_M)))
        .expect("a plan")
        .sorties
}

/// A little more than half the distance between photos: where along its line a wing takes the first one is open.
const PHASE_M: f64 = 20.0;

#[test]
#[allow(clippy::print_stderr)]
fn flights_take_what_was_planned() {
    let terrain: Arc<dyn Terrain> = Arc::new(FlatTerrain(Height::from_m(GROUND_M)));
    for (name, autopilot, firmware, wind_m_s) in [
        ("quad", Autopilot::ArduPilot, Firmware::ArduPilot, 0.0),
        ("quad", Autopilot::Px4, Firmware::Px4, 5.0),
        ("fixed-wing", Autopilot::ArduPilot, Firmware::ArduPilot, 0.0),
        ("fixed-wing", Autopilot::Px4, Firmware::Px4, 5.0),
        ("quadplane", Autopilot::ArduPilot, Firmware::ArduPilot, 3.0),
    ] {
        let vehicle = Vehicle::builtin(name).expect("built in");
        for sortie in sorties(&vehicle, firmware, wind_m_s) {
            let campaign = Campaign {
                vehicle: vehicle.clone(),
                autopilot,
                mission: sortie.mission.clone(),
                home: sortie.mission.home.expect("a home"),
                heading_rad: 0.0,
                runs: 1,
                seed: 1,
                wind: WindForecast {
                    speed_m_s: wind_m_s,
                    from_rad: 4.0,
                    speed_sigma_m_s: 0.0,
                    from_sigma_rad: 0.0,
                },
                shard: None,
            };
            let (mut photos, mut missed) = (vec![], 0);
            let run = fly_one(&campaign, 0, &terrain, |_, flight| {
                if flight.photos() as usize > photos.len() {
                    photos.push(flight.state().position.at);
                }
            })
            .expect("flown");
            for planned in &sortie.photos {
                let nearest = photos
                    .iter()
                    .map(|p| distance_m(*p, planned.at))
                    .fold(f64::INFINITY, f64::min);
                missed += usize::from(nearest > PHASE_M);
            }
            let (time, energy) = (
                run.time_s / sortie.cost.time_s,
                run.used_wh / sortie.cost.energy_wh,
            );
            eprintln!(
                "{name} {autopilot:?} wind {wind_m_s}: {:.0} s of {:.0} planned ({time:.2}), {:.1} Wh of {:.1} ({energy:.2}), \
                 photos {} of {}, {missed} places missed by 20 m",
                run.time_s,
                sortie.cost.time_s,
                run.used_wh,
                sortie.cost.energy_wh,
                photos.len(),
                sortie.photos.len(),
            );
            assert!(
                run.completed && run.home && run.inside_fence,
                "{name} {autopilot:?}: {run:#?}"
            );
            assert!(
                (0.8..1.25).contains(&time),
                "{name} {autopilot:?}: time {time}"
            );
            assert!(
                (0.75..1.3).contains(&energy),
                "{name} {autopilot:?}: energy {energy}"
            );
            if name == "quad" {
                // Rotors stand at the start of a line: count and phase are known.
                assert_eq!(photos.len(), sortie.photos.len(), "{name} {autopilot:?}");
                for (flown, planned) in photos.iter().zip(&sortie.photos) {
                    let off_m = distance_m(*flown, planned.at);
                    assert!(off_m < 3.0, "{name} {autopilot:?}: a photo {off_m} m off");
                }
            }
            assert!(
                missed * 10 <= sortie.photos.len(),
                "{name} {autopilot:?}: {missed} places missed"
            );
        }
    }
}
