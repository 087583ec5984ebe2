//! Vehicle and camera files.

use whimbrel_mission::vehicle::VehicleError;
use whimbrel_mission::{Vehicle, VehicleKind};

#[test]
fn built_in_vehicles_are_valid_and_survive_their_file() {
    for name in Vehicle::builtin_names() {
        let vehicle = Vehicle::builtin(name).unwrap();
        let again = Vehicle::from_toml(&vehicle.to_toml().unwrap()).unwrap();
        assert_eq!(vehicle, again);
    }
    assert_eq!(
        Vehicle::builtin("quad").unwrap().kind,
        VehicleKind::Multirotor
    );
    assert!(
        Vehicle::builtin("zeppelin")
            .unwrap_err()
            .to_string()
            .contains("quadplane")
    );
}

#[test]
fn the_published_inertia_of_the_x8_is_refused() {
    let mut wing = Vehicle::builtin("fixed-wing").unwrap();
    wing.airframe.ixx_kg_m2 = 1.229;
    wing.airframe.iyy_kg_m2 = 0.1702;
    wing.airframe.izz_kg_m2 = 0.8808;
    wing.airframe.ixz_kg_m2 = 0.9343;
    assert!(matches!(wing.validate(), Err(VehicleError::Value { .. })));
}

#[test]
fn nonsense_is_named() {
    let edit = |change: fn(&mut Vehicle)| {
        let mut quad = Vehicle::builtin("quad").unwrap();
        change(&mut quad);
        quad.validate().unwrap_err().to_string()
    };
    assert!(edit(|v| v.airframe.mass_kg = -1.0).contains("mass_kg"));
    assert!(edit(|v| v.battery.capacity_ah = f64::NAN).contains("capacity_ah"));
    assert!(edit(|v| v.rotors = None).contains("rotors"));
    assert!(edit(|v| v.airframe.mass_kg = 9.0).contains("thrust to weight"));
    assert!(edit(|v| v.kind = VehicleKind::FixedWing).contains("max_bank_rad"));
    assert!(
        Vehicle::from_toml("name = 3")
            .unwrap_err()
            .to_string()
            .contains("name")
    );
}
