//! When to stop: Ctrl-C, SIGTERM, or the end of the program that started this one.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

/// Exit code after a second Ctrl-C (128 + SIGINT, as shells count).
const INTERRUPTED: i32 = 130;

/// Wait for Ctrl-C or SIGTERM.
pub async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        // Without the second signal the first still works; an error of its own means that there is none to wait for.
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

/// A flag that the first signal raises; the second ends the program at once.
pub fn flag() -> anyhow::Result<Arc<AtomicBool>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("listen for signals")?;
    let stop = Arc::new(AtomicBool::new(false));
    let raised = stop.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(signal());
            raised.store(true, Ordering::Relaxed);
            runtime.block_on(signal());
            std::process::exit(INTERRUPTED);
        })?;
    Ok(stop)
}

/// End with the program that holds the other end of stdin: raises the signal that Ctrl-C would.
pub fn with_parent() -> anyhow::Result<()> {
    std::thread::Builder::new()
        .name("parent".into())
        .spawn(|| {
            let mut byte = [0_u8; 64];
            while matches!(std::io::stdin().read(&mut byte), Ok(1..)) {}
            // SIGTERM to itself by the system's own tool, so that all ends as after Ctrl-C.
            let asked = std::process::Command::new("kill")
                .arg(std::process::id().to_string())
                .status();
            if !asked.is_ok_and(|s| s.success()) {
                std::process::exit(INTERRUPTED);
            }
        })?;
    Ok(())
}
