use std::time::Duration;

use serde_json::json;
use whimbrel_store::{BlobHash, Layer, OUTBOX_KEPT, Store, StoreError};

const NOW: Duration = Duration::from_secs(1_800_000_000);

#[test]
fn everything_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let events = store.subscribe();
    let mission = store
        .add_mission(NOW, "field", Some(b"plan"), &json!({"state": "planned"}))
        .unwrap();
    store
        .set_mission(NOW, mission, &json!({"state": "flown"}))
        .unwrap();
    store
        .put_vehicle(NOW, "1", &json!({"kind": "quad"}))
        .unwrap();
    let flight = store
        .start_flight(NOW, "1", Some(mission), Some("a.mcap"), &json!({}))
        .unwrap();
    let photo = store
        .add_photo_layer(
            NOW,
            "1",
            "A.JPG",
            Layer::Preview,
            b"small",
            Some(flight),
            Some(NOW),
            &json!({"lat_deg": 1.5}),
        )
        .unwrap();
    let again = store
        .add_photo_layer(
            NOW,
            "1",
            "A.JPG",
            Layer::Original,
            b"large",
            None,
            None,
            &json!({"exif": true}),
        )
        .unwrap();
    assert_eq!(photo, again, "layers of one photo");
    store
        .set_photo_state(
            NOW,
            photo,
            "left_out",
            Some("blurred"),
            &json!({"pose": [1]}),
        )
        .unwrap();
    store
        .end_flight(NOW + Duration::from_secs(60), flight, &json!({"photos": 1}))
        .unwrap();
    store.set_setting(NOW, "theme", "dark").unwrap();
    drop(store);

    let store = Store::open(dir.path()).unwrap();
    let row = store.photo_named("1", "A.JPG").unwrap().unwrap();
    assert_eq!(row, store.photo(photo).unwrap().unwrap());
    assert_eq!(store.photos().unwrap(), vec![row.clone()]);
    assert_eq!(store.photo_counts().unwrap(), [0, 1, 0, 1]);
    assert_eq!(row.best(), Some((Layer::Original, BlobHash::of(b"large"))));
    assert_eq!(row.layer(Layer::Mapping), None);
    assert_eq!(
        store.get_blob(row.layer(Layer::Preview).unwrap()).unwrap(),
        b"small"
    );
    assert_eq!(
        (row.state.as_str(), row.reason.as_deref()),
        ("left_out", Some("blurred"))
    );
    assert_eq!(row.data, json!({"lat_deg": 1.5, "exif": true, "pose": [1]}));
    assert_eq!((row.flight, row.taken), (Some(flight), Some(NOW)));
    let row = store.mission(mission).unwrap().unwrap();
    assert_eq!(row.data, json!({"state": "flown"}));
    assert_eq!(store.get_blob(row.blob.unwrap()).unwrap(), b"plan");
    assert_eq!(store.missions().unwrap().len(), 1);
    assert_eq!(
        store.flights().unwrap()[0].ended,
        Some(NOW + Duration::from_secs(60))
    );
    assert_eq!(store.vehicles().unwrap()[0].data, json!({"kind": "quad"}));
    assert_eq!(store.setting("theme").unwrap().as_deref(), Some("dark"));
    // Each change once in the outbox, numbered without gaps, and as the subscriber heard it.
    let outbox = store.outbox_since(0, 100).unwrap();
    let kinds: Vec<&str> = outbox.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "mission", "mission", "vehicle", "flight", "photo", "photo", "photo", "flight"
        ]
    );
    assert!(outbox.iter().zip(1..).all(|(event, seq)| event.seq == seq));
    assert_eq!(events.try_iter().collect::<Vec<_>>(), outbox);
    assert_eq!(store.outbox_since(6, 1).unwrap()[0].seq, 7);
}

#[test]
fn a_change_that_fails_leaves_no_event() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let fails = store.add_photo_layer(
        NOW,
        "1",
        "A",
        Layer::Thumb,
        b"x",
        Some(99),
        None,
        &json!({}),
    );
    assert!(fails.is_err(), "there is no flight 99");
    assert!(store.outbox_since(0, 10).unwrap().is_empty());
    assert!(matches!(
        store.end_flight(NOW, 5, &json!({})),
        Err(StoreError::Missing { .. })
    ));
}

/// The outbox of a server that ran for a year held every change of it.
#[test]
fn the_outbox_keeps_what_is_new() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let sql = rusqlite::Connection::open(dir.path().join("catalogue.sqlite")).unwrap();
    let many = OUTBOX_KEPT + 999;
    sql.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO outbox (seq, time_ms, kind, subject, data) SELECT i, 0, 'photo', i, '{}' FROM n",
        [many],
    )
    .unwrap();
    let oldest = |after: i64| store.outbox_since(after, 1).unwrap()[0].seq;
    assert_eq!(oldest(0), 1);
    let subscriber = store.subscribe();
    for round in 1..=502 {
        store
            .audit(NOW, "pilot", "look", "sky", &json!({"round": round}))
            .unwrap();
    }
    let newest = subscriber.try_iter().last().unwrap().seq;
    assert_eq!(newest, many + 502);
    let kept = newest - oldest(0) + 1;
    assert!((OUTBOX_KEPT..OUTBOX_KEPT + 600).contains(&kept), "{kept}");
    // A reader that was there before sees by the number that it has missed some.
    assert!(oldest(10) > 11);
    assert_eq!(oldest(newest - 1), newest);
    assert!(store.verify_audit().is_ok(), "the audit log keeps all");
}

#[test]
fn changing_the_audit_log_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for number in 0..20 {
        store
            .audit(
                NOW,
                "ann",
                "hold",
                "vehicle 1",
                &json!({ "number": number }),
            )
            .unwrap();
    }
    let (rows, last) = store.verify_audit().unwrap();
    assert_eq!(rows, 20);
    assert_eq!(store.audit_since(19, 10).unwrap()[0].hash, last);
    drop(store);
    for (tamper, first_wrong) in [
        ("UPDATE audit SET actor = 'bob' WHERE seq = 7", 7),
        ("DELETE FROM audit WHERE seq = 7", 8),
        (
            "UPDATE audit SET detail = '{\"number\":99}' WHERE seq = 3",
            3,
        ),
    ] {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(
            dir.path().join("catalogue.sqlite"),
            copy.path().join("catalogue.sqlite"),
        )
        .unwrap();
        let store = Store::open(copy.path()).unwrap();
        assert!(store.verify_audit().is_ok());
        let sql = rusqlite::Connection::open(copy.path().join("catalogue.sqlite")).unwrap();
        sql.execute_batch(tamper).unwrap();
        match store.verify_audit() {
            Err(StoreError::AuditBroken { seq }) => assert_eq!(seq, first_wrong, "{tamper}"),
            other => panic!("{tamper}: {other:?}"),
        }
    }
}

#[test]
fn a_code_signs_in_once_and_a_session_ends() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let (hour, day) = (Duration::from_secs(3600), Duration::from_secs(86_400));
    let old = store.new_code(NOW, "ann", "operator", hour).unwrap();
    let code = store.new_code(NOW, "ann", "operator", hour).unwrap();
    assert!(
        store.redeem_code(NOW, &old, day).is_err(),
        "a new code ends the old one"
    );
    let token = store
        .redeem_code(NOW, &format!(" {} ", code.to_lowercase()), day)
        .unwrap();
    assert!(store.redeem_code(NOW, &code, day).is_err(), "once");
    let session = store.session(NOW + hour, &token).unwrap().unwrap();
    assert_eq!(
        (session.user.as_str(), session.role.as_str()),
        ("ann", "operator")
    );
    assert!(
        store.session(NOW + day + hour, &token).unwrap().is_none(),
        "expired"
    );
    assert!(store.session(NOW, "0").unwrap().is_none());
    store.close_session(NOW, &token).unwrap();
    assert!(store.session(NOW, &token).unwrap().is_none());
    let late = store.new_code(NOW, "ann", "operator", hour).unwrap();
    assert!(
        store.redeem_code(NOW + day, &late, day).is_err(),
        "expired code"
    );
    // Neither is in the files.
    for file in ["catalogue.sqlite", "catalogue.sqlite-wal"] {
        let bytes = std::fs::read(dir.path().join(file)).unwrap_or_default();
        for secret in [&token, &late.replace('-', "")] {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes())
            );
        }
    }
}

#[test]
fn a_catalogue_of_a_newer_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let sql = rusqlite::Connection::open(dir.path().join("catalogue.sqlite")).unwrap();
    sql.pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(
        Store::open(dir.path()),
        Err(StoreError::TooNew { found: 99, .. })
    ));
}

#[test]
fn a_name_never_becomes_a_path() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let path = store.flight_log_path("../../etc/pass wd");
    assert_eq!(path, dir.path().join("flights/______etc_pass_wd.mcap"));
    store
        .add_photo_layer(
            NOW,
            "1",
            "../../evil",
            Layer::Thumb,
            b"x",
            None,
            None,
            &json!({}),
        )
        .unwrap();
    assert!(!dir.path().join("../evil").exists());
}

#[test]
fn a_full_disk_stops_the_catalogue_with_a_clear_word() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.set_setting(NOW, "a", "1").unwrap();
    // SQLite's own limit on pages answers as a full disk does.
    let text = "x".repeat(100_000);
    store.limit_pages_for_test();
    let error = store.set_setting(NOW, "b", &text).unwrap_err();
    assert!(error.is_disk_full(), "{error}");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert_eq!(store.setting("a").unwrap().as_deref(), Some("1"));
}
