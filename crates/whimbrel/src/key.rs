//! `whimbrel key`: a new key for an aircraft's downlink.

use serde_json::json;

use crate::outcome::{Done, print_json, print_line};

/// Print 32 random bytes as 64 hexadecimal characters.
pub fn run(as_json: bool) -> Done {
    let hex = fresh()?;
    if as_json {
        print_json(&json!({"key": hex}))
    } else {
        print_line(&hex)
    }
    Ok(())
}

/// A new key from the system's random numbers.
pub fn fresh() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| anyhow::anyhow!("the system gave no random numbers: {e}"))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}
