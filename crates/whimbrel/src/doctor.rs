//! `whimbrel doctor`: what is wrong with ports, permissions, disk and clock, and what to do.

use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use whimbrel_link::endpoint::Endpoint;

use crate::cli;
use crate::outcome::{Done, Exit, Failure, print_json, print_line};

/// Less free space than this is a warning: a survey of 500 photos with originals.
const FREE_MIN_BYTES: u64 = 5_000_000_000;
/// The program is not older than this; a clock before it is wrong. (2026-01-01)
const EARLIEST: Duration = Duration::from_secs(1_767_225_600);

struct Finding {
    name: String,
    ok: bool,
    detail: String,
}

fn finding(name: impl Into<String>, result: Result<String, String>) -> Finding {
    let (ok, detail) = match result {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    Finding {
        name: name.into(),
        ok,
        detail,
    }
}

fn clock() -> Result<String, String> {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(now) if now >= EARLIEST => Ok(format!("{} s since 1970", now.as_secs())),
        _ => Err("the clock is before 2026: set it (timedatectl set-time, or an NTP server); photos and records would carry wrong times".into()),
    }
}

fn listen(address: std::net::SocketAddr) -> Result<String, String> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(e) => Err(format!(
            "{address}: {e}: stop the program that has it, or choose another with --listen"
        )),
    }
}

fn endpoint(endpoint: &Endpoint) -> Result<String, String> {
    match endpoint {
        Endpoint::UdpIn { host, port } => match UdpSocket::bind((host.as_str(), *port)) {
            Ok(_) => Ok("the port is free".into()),
            Err(e) => Err(format!(
                "{e}: is another ground station running on this port?"
            )),
        },
        Endpoint::UdpOut { host, port } | Endpoint::Udp { host, port } => {
            match std::net::ToSocketAddrs::to_socket_addrs(&(host.as_str(), *port))
                .map(|mut a| a.next())
            {
                Ok(Some(address)) => Ok(format!("datagrams would go to {address}")),
                Ok(None) | Err(_) => Err(format!("the host {host} is not known: check its name")),
            }
        }
        Endpoint::Tcp { host, port } => {
            let address = std::net::ToSocketAddrs::to_socket_addrs(&(host.as_str(), *port))
                .ok()
                .and_then(|mut a| a.next());
            match address.map(|a| std::net::TcpStream::connect_timeout(&a, Duration::from_secs(3)))
            {
                Some(Ok(_)) => Ok("it answers".into()),
                Some(Err(e)) => Err(format!(
                    "{e}: is the autopilot or its bridge running and listening there?"
                )),
                None => Err(format!("the host {host} is not known: check its name")),
            }
        }
        Endpoint::TcpIn { host, port } => match TcpListener::bind((host.as_str(), *port)) {
            Ok(_) => Ok("the port is free".into()),
            Err(e) => Err(format!("{e}: choose another port")),
        },
        Endpoint::Serial { device, baud } => match serialport::new(device.as_str(), *baud)
            .timeout(Duration::from_millis(100))
            .open()
        {
            Ok(_) => Ok("the device opens".into()),
            Err(e) => Err(format!(
                "{e}: is it plugged in (ls /dev/tty*), and may you use it (add yourself to the group dialout)?"
            )),
        },
    }
}

fn writable(folder: &Path) -> Result<String, String> {
    std::fs::create_dir_all(folder)
        .map_err(|e| format!("{e}: choose a folder that you may write with --data"))?;
    let probe = folder.join(".whimbrel-doctor");
    std::fs::write(&probe, b"probe").map_err(|e| format!("{e}: the folder cannot be written"))?;
    std::fs::remove_file(&probe).map_err(|e| format!("{e}: the folder cannot be tidied"))?;
    Ok("it can be written".into())
}

fn space(folder: &Path) -> Result<String, String> {
    let free = fs4::available_space(folder).map_err(|e| e.to_string())?;
    let shown = format!("{:.1} GB free", free as f64 / 1e9);
    if free < FREE_MIN_BYTES {
        Err(format!(
            "{shown}: make room, a survey with originals needs about 10 MB a photo"
        ))
    } else {
        Ok(shown)
    }
}

/// Look at everything; exit with 3 when something is wrong.
pub fn run(args: &cli::Doctor, as_json: bool) -> Done {
    let folder = args.data.clone().unwrap_or_else(crate::serve::default_data);
    let mut findings = vec![
        finding("clock", clock()),
        finding(format!("listen {}", args.listen), listen(args.listen)),
    ];
    findings.push(finding(
        format!("data folder {}", folder.display()),
        writable(&folder),
    ));
    findings.push(finding("disk", space(&folder)));
    for one in &args.mavlink {
        findings.push(finding(format!("mavlink {one}"), endpoint(one)));
    }
    let wrong = findings.iter().filter(|f| !f.ok).count();
    if as_json {
        let rows: Vec<_> = findings
            .iter()
            .map(|f| json!({"name": f.name, "ok": f.ok, "detail": f.detail}))
            .collect();
        print_json(&json!({"ok": wrong == 0, "findings": rows}));
    } else {
        for f in &findings {
            print_line(&format!(
                "{} {}: {}",
                if f.ok { "ok   " } else { "WRONG" },
                f.name,
                f.detail
            ));
        }
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(Failure::new(
            Exit::Refused,
            format!("{wrong} of {} checks found something wrong", findings.len()),
        ))
    }
}
