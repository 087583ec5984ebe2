//! Who gets in, and from where.

use serde_json::json;
use whimbrel_ground::ROUTES;

use crate::serving::{Client, config, start};

/// A path of the table with its parameters filled in.
fn example(path: &str) -> String {
    path.replace("{id}", "1")
        .replace("{z}", "1")
        .replace("{x}", "1")
        .replace("{y}", "1")
        .replace("{name}", "report.json")
}

#[test]
fn every_route_but_sign_in_needs_a_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = start(config(folder.path())).expect("starts");
    let mut stranger = Client::new(running.address);
    let mut guarded = 0;
    for route in ROUTES.iter().filter(|r| !r.open) {
        for method in route.methods {
            let (status, answer) = stranger.send(method, &example(route.path), None);
            assert_eq!(status, 401, "{method} {}: {answer}", route.path);
            guarded += 1;
        }
    }
    assert!(guarded > 25);
    assert_eq!(
        ROUTES.iter().filter(|r| r.open).count(),
        1,
        "a new open door needs a reason in SECURITY.md"
    );
}

#[test]
fn a_code_works_once_and_a_session_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let cookie = {
        let running = start(config(folder.path())).expect("starts");
        let mut client = Client::signed_in(&running);
        let (status, _) = client.send("GET", "/state", None);
        assert_eq!(status, 200);
        let mut second = Client::new(running.address);
        let (status, answer) = second.send("POST", "/session", Some(json!({"code": running.code})));
        assert_eq!(status, 401, "{answer}");
        client.cookie
    };
    let running = start(config(folder.path())).expect("starts again");
    let mut client = Client::new(running.address);
    client.cookie = cookie;
    assert_eq!(client.send("GET", "/state", None).0, 200);
    assert_eq!(client.send("DELETE", "/session", None).0, 204);
    client.cookie = None;
    assert_eq!(client.send("GET", "/state", None).0, 401);
}

#[test]
fn other_sites_and_other_names_are_turned_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = start(config(folder.path())).expect("starts");
    let mut client = Client::signed_in(&running);
    client.headers = vec![("origin", "http://evil.example".into())];
    let (status, _) = client.send(
        "POST",
        "/commands",
        Some(json!({"command": "land", "vehicles": "all"})),
    );
    assert_eq!(status, 403);
    client.headers = vec![("host", "rebound.example".into())];
    assert_eq!(client.send("GET", "/state", None).0, 421);
    client.headers = vec![("origin", format!("http://{}", running.address))];
    let (status, _) = client.send(
        "POST",
        "/commands",
        Some(json!({"command": "land", "vehicles": "all"})),
    );
    assert_eq!(status, 202);
}

#[test]
fn a_port_in_use_is_said_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = start(config(folder.path())).expect("starts");
    let other = tempfile::tempdir().expect("a folder");
    let taken = start(whimbrel_ground::Config {
        listen: running.address,
        ..config(other.path())
    });
    let error = taken.err().expect("the port is taken");
    assert!(
        error.contains("--listen") && !error.contains('\n'),
        "{error}"
    );
}

/// Fifty wrong codes closed the door for everybody until the server was started again.
#[test]
fn wrong_codes_make_the_guesser_wait_and_nobody_who_is_signed_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = start(config(folder.path())).expect("starts");
    let mut client = Client::signed_in(&running);
    let mut guesser = Client::new(running.address);
    let mut guess = |code: &str| guesser.send("POST", "/session", Some(json!({"code": code})));
    let refused = (0..60)
        .map(|n| guess(&format!("AAAA-AAAA-{n}")).0)
        .collect::<Vec<_>>();
    assert!(refused[..5].iter().all(|s| *s == 401), "{refused:?}");
    assert!(refused[5..].contains(&429), "{refused:?}");
    assert_eq!(client.send("GET", "/state", None).0, 200);
    let (status, _) = client.send("POST", "/session/codes", None);
    assert_eq!(status, 200, "who is signed in is not locked out");
    // The wait is short, and the door opens again by itself.
    let (_, fresh) = client.send("POST", "/session/codes", None);
    let code = fresh["code"].as_str().expect("a code");
    let begun = std::time::Instant::now();
    loop {
        let (status, answer) = guess(code);
        if status == 200 {
            break;
        }
        assert_eq!(status, 429, "{answer}");
        assert!(
            answer["detail"].as_str().is_some_and(|d| d.contains(" s")),
            "{answer}"
        );
        assert!(begun.elapsed() < crate::serving::PATIENCE);
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}
