use std::time::Duration;

use crate::child::Process;
use crate::transfer::{check_files, write_files};

#[test]
fn killing_either_end_in_the_middle_loses_nothing_and_resumes() {
    let (from, to, work) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let files = write_files(from.path(), &[1_200_000; 5]);
    let payload: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let (sent, received) = (work.path().join("sent"), work.path().join("received"));
    let rate = 1.2e7; // four seconds
    let pause = || std::thread::sleep(Duration::from_millis(1100));

    let receiver = Process::start(&[], "receive", to.path(), "udp:127.0.0.1:0", 0.0, &received);
    let address = format!("udp:{}", receiver.address());
    let sender = Process::start(&[], "send", from.path(), &address, rate, &sent);
    pause();
    receiver.kill();
    std::thread::sleep(Duration::from_millis(300));
    let receiver = Process::start(&[], "receive", to.path(), &address, 0.0, &received);
    pause();
    sender.kill();
    let sender = Process::start(&[], "send", from.path(), &address, rate, &sent);
    let sent = sender.report(Duration::from_secs(60));
    let received = receiver.report(Duration::from_secs(30));
    check_files(to.path(), &files);
    for report in [&sent, &received] {
        assert_eq!(report["complete"], true, "{report}");
        assert_eq!(
            (report["files"].as_u64(), report["bytes"].as_u64()),
            (Some(5), Some(payload as u64)),
            "{report}"
        );
    }
    // The second sender did not start from nothing.
    let again = sent["bytes_on_air"].as_f64().unwrap() / payload as f64;
    println!("the second sender sent {again:.2} of the payload");
    assert!(again < 0.95, "{sent}");
}
