//! Planning over the interface.

use serde_json::{Value, json};

use crate::serving::{Client, config, start};

fn square(side_deg: f64) -> Value {
    let (w, s) = (9.85, 46.81);
    json!({"type": "Polygon", "coordinates": [[[w, s], [w + side_deg, s], [w + side_deg, s + side_deg], [w, s + side_deg], [w, s]]]})
}

fn order(area: Value) -> Value {
    json!({"area": area, "camera": "mapper", "vehicles": ["quad"], "gsd_m": 0.1, "home": [9.851, 46.809]})
}

#[test]
fn a_plan_is_made_kept_and_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let id = {
        let running = start(config(folder.path())).expect("starts");
        let mut client = Client::signed_in(&running);
        let (status, plan) = client.send("POST", "/plans", Some(order(square(0.003))));
        assert_eq!(status, 200, "{plan}");
        assert!(
            plan["report"]["coverage"]
                .as_f64()
                .is_some_and(|c| c > 0.99),
            "{}",
            plan["report"]
        );
        let roles: Vec<&str> = plan["geojson"]["features"]
            .as_array()
            .expect("features")
            .iter()
            .filter_map(|f| f["properties"]["role"].as_str())
            .collect();
        for role in ["photo", "turn", "airspace", "area"] {
            assert!(roles.contains(&role), "no {role}");
        }
        plan["id"].as_str().expect("an id").to_owned()
    };
    let running = start(config(folder.path())).expect("starts again");
    let mut client = Client::signed_in(&running);
    let (status, again) = client.send("GET", &format!("/plans/{id}"), None);
    assert_eq!(status, 200, "a restart loses no plan: {again}");
    let (status, file) = client.send(
        "GET",
        &format!("/plans/{id}/export?format=plan&sortie=0"),
        None,
    );
    assert_eq!((status, file["fileType"].as_str()), (200, Some("Plan")));
    let (_, audit) = client.send("GET", "/audit", None);
    assert!(
        audit
            .as_array()
            .expect("rows")
            .iter()
            .any(|r| r["verb"] == "plan"),
        "{audit}"
    );
}

#[test]
fn what_cannot_be_planned_says_what_to_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = start(config(folder.path())).expect("starts");
    let mut client = Client::signed_in(&running);
    let bow = json!({"type": "Polygon", "coordinates": [[[9.85, 46.81], [9.853, 46.813], [9.853, 46.81], [9.85, 46.813], [9.85, 46.81]]]});
    let (status, answer) = client.send("POST", "/plans", Some(order(bow)));
    assert_eq!(status, 422);
    assert!(
        answer["detail"]
            .as_str()
            .is_some_and(|d| d.contains("cross")),
        "{answer}"
    );
    let mut wrong = order(square(0.003));
    wrong["camera"] = json!("a camera that nobody has");
    assert_eq!(client.send("POST", "/plans", Some(wrong)).0, 422);
    let (status, answer) = client.send(
        "POST",
        "/vehicles/9-9/commands",
        Some(json!({"command": "fly"})),
    );
    assert_eq!(status, 404);
    assert!(
        answer["detail"]
            .as_str()
            .is_some_and(|d| d.contains("heard")),
        "{answer}"
    );
}

/// Such a plan was answered with "there is no such plan".
#[test]
fn a_kept_plan_that_cannot_be_made_again_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let id = {
        let running = start(config(folder.path())).expect("starts");
        let mut client = Client::signed_in(&running);
        let (_, plan) = client.send("POST", "/plans", Some(order(square(0.002))));
        plan["id"].as_str().expect("an id").to_owned()
    };
    let sql = rusqlite::Connection::open(folder.path().join("catalogue.sqlite")).expect("open");
    let change = |to: &str| {
        let sets = format!("UPDATE mission SET data = json_set(data, {to})");
        assert_eq!(sql.execute(&sets, []).expect("changed"), 1);
    };
    let asked = |path: &str| {
        let running = start(config(folder.path())).expect("starts again");
        Client::signed_in(&running).send("GET", path, None)
    };
    change("'$.order.camera', 'one that was sold'");
    let (status, answer) = asked(&format!("/plans/{id}"));
    assert_eq!(status, 422, "{answer}");
    assert!(
        answer["detail"]
            .as_str()
            .is_some_and(|d| d.contains("sold")),
        "{answer}"
    );
    change("'$.order.altitude_ft', 400");
    let (status, answer) = asked(&format!("/plans/{id}/export?format=plan"));
    assert_eq!(status, 422, "{answer}");
    assert!(
        answer["detail"]
            .as_str()
            .is_some_and(|d| d.contains("plan it again")),
        "{answer}"
    );
    assert_eq!(asked("/plans/4711").0, 404);
}
