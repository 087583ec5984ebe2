use std::time::Duration;

use serde_json::json;
use whimbrel_store::{FlightLog, Way, read_log};

#[test]
fn a_flight_log_reads_back_whole_or_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flight.mcap");
    let mut log = FlightLog::create(&path).unwrap();
    for step in 0..100u64 {
        let time = Duration::from_millis(1_700_000_000_000 + step * 100);
        log.mavlink(time, "1", Way::Received, &[0xFD, step as u8])
            .unwrap();
        log.json(time, "/vehicle/1/state", &json!({ "step": step }))
            .unwrap();
    }
    log.flush().unwrap();
    // As a killed process leaves it.
    let killed = dir.path().join("killed.mcap");
    std::fs::copy(&path, &killed).unwrap();
    log.finish().unwrap();
    let whole = read_log(&path).unwrap();
    assert!(whole.complete);
    assert_eq!(whole.records.len(), 200);
    assert_eq!(whole.records[2].data, [0xFD, 1]);
    assert_eq!(whole.records[2].topic, "/vehicle/1/mavlink/received");
    assert_eq!(whole.records[3].encoding, "json");
    assert_eq!(
        whole.records[3].time,
        Duration::from_millis(1_700_000_000_100)
    );
    let cut = read_log(&killed).unwrap();
    assert!(!cut.complete);
    assert_eq!(cut.records, whole.records);
    let bytes = std::fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(97) {
        std::fs::write(&killed, &bytes[..length]).unwrap();
        if let Ok(log) = read_log(&killed) {
            assert_eq!(log.records[..], whole.records[..log.records.len()]);
        }
    }
    std::fs::write(&killed, b"not a log").unwrap();
    assert!(
        read_log(&killed)
            .unwrap_err()
            .to_string()
            .contains("killed.mcap")
    );
}
