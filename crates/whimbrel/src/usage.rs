//! What the process has used, as the kernel counts it.

/// User and system time of all threads, and the largest resident set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Seconds of processor time.
    pub cpu_s: f64,
    /// Megabytes (10⁶ bytes).
    pub peak_rss_mb: f64,
}

/// Clock ticks of `/proc/self/stat` per second; Linux fixes it at 100 for user space (proc(5), `USER_HZ`).
const TICKS_PER_S: f64 = 100.0;

/// Read `/proc`; zeros where there is none.
pub fn usage() -> Usage {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses may hold spaces; fields count from behind it.
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().collect())
        .unwrap_or_default();
    let ticks = |k: usize| {
        fields
            .get(k)
            .and_then(|f| f.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak_kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|n| n.parse::<f64>().ok())
        .unwrap_or(0.0);
    Usage {
        cpu_s: (ticks(11) + ticks(12)) / TICKS_PER_S,
        peak_rss_mb: peak_kib * 1024.0 / 1e6,
    }
}
