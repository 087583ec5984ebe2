//! Surfaces and obstacles on a ground.

use std::sync::Arc;
use whimbrel_geo::*;

fn frame() -> LocalFrame {
    let at = LatLon::from_deg(46.8, 9.85).unwrap();
    LocalFrame::new(Position::new(at, Height::from_m(0.0)))
}

fn at(x: f64, y: f64) -> LatLon {
    frame().latlon_from_xy([x, y])
}

fn obstacle(points: &[[f64; 2]], area: bool, top: ObstacleTop) -> Obstacle {
    Obstacle {
        points: points.iter().map(|p| at(p[0], p[1])).collect(),
        area,
        top,
        half_width_m: 5.0,
    }
}

fn layers() -> Layered {
    let ground: Vec<f32> = (0..101 * 101).map(|i| 500.0 + (i % 101) as f32).collect();
    let ground = GridTerrain::from_grid(frame(), 10.0, 101, 101, ground).unwrap();
    let trees = vec![560.0; 11 * 11];
    let trees = GridTerrain::from_grid(frame(), 10.0, 11, 11, trees).unwrap();
    Layered::new(
        Arc::new(ground),
        Some(Mosaic::new(vec![trees])),
        &[
            obstacle(&[[500.0, 500.0]], false, ObstacleTop::AglM(60.0)),
            obstacle(
                &[[200.0, 800.0], [800.0, 800.0]],
                false,
                ObstacleTop::AglM(40.0),
            ),
            obstacle(
                &[
                    [300.0, 100.0],
                    [400.0, 100.0],
                    [400.0, 200.0],
                    [300.0, 200.0],
                ],
                true,
                ObstacleTop::AmslM(700.0),
            ),
        ],
    )
}

fn top(x: f64, y: f64) -> f64 {
    layers().top(at(x, y)).unwrap().m()
}

#[test]
fn tops_stand_on_the_ground() {
    assert!((top(700.0, 300.0) - 570.0).abs() < 0.01, "bare ground");
    assert!((top(50.0, 50.0) - 560.0).abs() < 0.01, "trees");
    assert!((top(503.0, 500.0) - 610.0).abs() < 0.31, "mast");
    assert!((top(512.0, 500.0) - 551.2).abs() < 0.01, "beside the mast");
    assert!((top(500.0, 803.0) - 590.0).abs() < 0.1, "power line");
    assert!((top(350.0, 150.0) - 700.0).abs() < 0.01, "building");
    let ground = layers().height(at(500.0, 500.0)).unwrap().m();
    assert!((ground - 550.0).abs() < 0.01, "photos see the ground");
}

#[test]
fn ceilings_hold_the_tops() {
    let layers = layers();
    let cells = Cells {
        frame: frame(),
        south_west_m: [0.0, 0.0],
        cell_m: 8.0,
        columns: 120,
        rows: 120,
    };
    let ceilings = layers.ceilings(&cells);
    for i in 0..20_000_u32 {
        let x = f64::from(i * 131 % 9_600) / 10.0;
        let y = f64::from(i * 57 % 9_599) / 10.0;
        let (c, r) = cells.cell_of([x, y]).unwrap();
        let ceiling = ceilings[r * 120 + c];
        let z = layers.top(at(x, y)).unwrap().m();
        assert!(
            z <= f64::from(ceiling.top_m) + 0.05,
            "{x} {y} {z} {ceiling:?}"
        );
        let ground = layers.height(at(x, y)).unwrap().m();
        assert!(ground <= f64::from(ceiling.ground_m) + 0.05);
        assert!(f64::from(ceiling.ground_m) < ground + 9.0);
    }
}

#[test]
fn a_line_over_a_valley_hangs_between_its_towers() {
    let valley: Vec<f32> = (0..101).map(|i| (i as f32 - 50.0).abs() * 4.0).collect();
    let ground: Vec<f32> = (0..101 * 11).map(|i| valley[i % 101]).collect();
    let ground = GridTerrain::from_grid(frame(), 10.0, 101, 11, ground).unwrap();
    let line = obstacle(
        &[[0.0, 50.0], [1_000.0, 50.0]],
        false,
        ObstacleTop::AglM(30.0),
    );
    let layers = Layered::new(Arc::new(ground), None, &[line]);
    let z = layers.top(at(500.0, 50.0)).unwrap().m();
    assert!((z - 230.0).abs() < 0.1, "{z}");
}
