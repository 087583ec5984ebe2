use super::*;
use whimbrel_geo::{Amsl, Ellipsoid, GridTerrain, Height, Position};

/// Flat ground of 100 m with a sharp ridge of 40 m, 1 km east.
fn wall() -> GridTerrain {
    let corner = frame().latlon_from_xy([-100.0, -500.0]);
    let origin = LocalFrame::new(Position::new(corner, Height::<Ellipsoid>::from_m(0.0)));
    let (columns, rows) = (421, 101);
    let heights = (0..columns * rows)
        .map(|i| if i % columns == 110 { 140.0 } else { 100.0 })
        .collect();
    GridTerrain::from_grid(origin, 10.0, columns, rows, heights).expect("a grid")
}

fn frame() -> LocalFrame {
    let at = LatLon::from_rad(0.8, 0.1).expect("a place");
    LocalFrame::new(Position::new(at, Height::<Ellipsoid>::from_m(0.0)))
}

fn sight(terrain: &GridTerrain, fresnel: f64, antenna_m: f64) -> RadioSight<'_> {
    let radio = Radio {
        antenna_m,
        fresnel,
        ..Radio::at(frame().latlon_from_xy([0.0, 0.0]))
    };
    let space = [
        [-100.0, -500.0],
        [4_000.0, -500.0],
        [4_000.0, 500.0],
        [-100.0, 500.0],
    ];
    RadioSight::new(radio, &frame(), terrain, &Polygon::new(space.to_vec())).unwrap()
}

#[test]
fn behind_a_wall_the_aircraft_must_be_higher() {
    let wall = wall();
    let bare = sight(&wall, 0.0, 10.0);
    // By similar triangles: 30 m above the antenna at 1 km is 60 m at 2 km; cells blur the wall
    // by one of them.
    let least = bare.least_m([2_000.0, 0.0]);
    assert!((165.0..175.0).contains(&least), "{least}");
    assert!(bare.least_m([900.0, 0.0]) < 101.0);
    // The Fresnel zone of 2.4 GHz halfway on 2 km is 7.9 m wide: 0.6 of it, doubled by distance.
    let free = sight(&wall, 0.6, 10.0).least_m([2_000.0, 0.0]);
    assert!((free - least - 9.5).abs() < 0.7, "{free} {least}");
    // A mast above the wall sees all of the plain, but for the Fresnel zone over the wall.
    assert!(sight(&wall, 0.0, 60.0).least_m([2_000.0, 0.0]) < 125.0);
}

#[test]
fn the_earth_is_round() {
    struct Sea;
    impl Terrain for Sea {
        fn height(&self, _: LatLon) -> Option<Height<Amsl>> {
            Some(Height::from_m(0.0))
        }
        fn bounds(&self) -> Option<(LatLon, LatLon)> {
            None
        }
    }
    let radio = Radio {
        fresnel: 0.0,
        antenna_m: 10.0,
        ..Radio::at(frame().latlon_from_xy([0.0, 0.0]))
    };
    let space = [
        [-50.0, -50.0],
        [40_000.0, -50.0],
        [40_000.0, 50.0],
        [-50.0, 50.0],
    ];
    let sight = RadioSight::new(radio, &frame(), &Sea, &Polygon::new(space.to_vec())).unwrap();
    // The horizon of 10 m is 13.0 km away with an Earth of 4/3: from 40 km, 27 km beyond it,
    // (27.0 km)²/(2·8495 km) = 42.9 m.
    let least = sight.least_m([40_000.0, 0.0]);
    assert!((least - 42.9).abs() < 1.5, "{least}");
    assert!(sight.least_m([10_000.0, 0.0]) < 5.0);
}
