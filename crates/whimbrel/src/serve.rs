//! `whimbrel serve`: the ground's shell with the options of the command line and the configuration file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use serde_json::json;
use whimbrel_downlink::Key;
use whimbrel_ground::{AircraftKey, Config, Server};
use whimbrel_link::endpoint::Endpoint;

use crate::outcome::{Done, Exit, Exits, log, print_json, print_line, read};
use crate::{cli, terrain};

/// Where the console is served when nothing is said.
const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8470);

/// The configuration file: what the command line can say, under the same names.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    name: Option<String>,
    listen: Option<SocketAddr>,
    mavlink: Vec<String>,
    receive: Option<String>,
    key: Vec<PathBuf>,
    data: Option<PathBuf>,
    dem: Vec<PathBuf>,
    background: Vec<PathBuf>,
}

fn file(path: Option<&Path>) -> anyhow::Result<File> {
    let Some(path) = path else {
        return Ok(File::default());
    };
    let text = String::from_utf8(read(path)?)
        .with_context(|| format!("read {}: it is not a text file", path.display()))?;
    toml::from_str(&text).with_context(|| format!("use the configuration {}", path.display()))
}

/// The address of an endpoint at which datagrams are awaited.
pub fn udp_address(endpoint: &Endpoint) -> anyhow::Result<SocketAddr> {
    match endpoint {
        Endpoint::Udp { host, port }
        | Endpoint::UdpIn { host, port }
        | Endpoint::UdpOut { host, port } => whimbrel_air::links::resolve(host, *port)
            .with_context(|| format!("find the host of {endpoint}")),
        other => anyhow::bail!("{other} is no UDP endpoint: use udp:HOST:PORT"),
    }
}

/// Read a key file.
pub fn load_key(path: &Path) -> anyhow::Result<Key> {
    let text = String::from_utf8(read(path)?)
        .with_context(|| format!("read the key {}: it is not a text file", path.display()))?;
    Key::from_hex(text.trim()).with_context(|| {
        format!(
            "use the key {}; make one with `whimbrel key`",
            path.display()
        )
    })
}

fn aircraft_key(path: &Path) -> anyhow::Result<AircraftKey> {
    let name = path
        .file_stem()
        .map_or_else(|| "aircraft".into(), |s| s.to_string_lossy().into_owned());
    Ok(AircraftKey {
        name,
        key: load_key(path)?,
    })
}

fn pick<T>(given: Vec<T>, file: Vec<T>) -> Vec<T> {
    if given.is_empty() { file } else { given }
}

fn config(args: &cli::Serve) -> anyhow::Result<Config> {
    let file = file(args.config.as_deref())?;
    let endpoint = |text: &String| {
        text.parse::<Endpoint>()
            .context("use the configuration's endpoint")
    };
    let from_file = file
        .mavlink
        .iter()
        .map(endpoint)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let receive = match (&args.receive, &file.receive) {
        (Some(endpoint), _) => Some(endpoint.clone()),
        (None, Some(text)) => Some(endpoint(text)?),
        (None, None) => None,
    };
    let keys = pick(args.key.clone(), file.key);
    anyhow::ensure!(
        receive.is_none() || !keys.is_empty(),
        "photos are only taken from aircraft whose key is known: give --key FILE (make one with `whimbrel key > FILE`)"
    );
    Ok(Config {
        name: file.name.unwrap_or_else(|| "Whimbrel".into()),
        listen: args.listen.or(file.listen).unwrap_or_else(|| LISTEN.into()),
        mavlink: pick(args.mavlink.clone(), from_file),
        receive: receive.as_ref().map(udp_address).transpose()?,
        keys: keys
            .iter()
            .map(|path| aircraft_key(path))
            .collect::<anyhow::Result<_>>()?,
        data: args.data.clone().or(file.data).unwrap_or_else(default_data),
        terrain: terrain::load(&pick(args.dem.clone(), file.dem))?,
        backgrounds: pick(args.background.clone(), file.background),
        first_view: None,
        simulated: args.simulated,
        map_gsd_m: args.map_gsd.map(|l| l.0),
        clock: args.clock.clock()?,
    })
}

/// Open an address in the user's browser.
pub fn open_browser(url: &str) {
    let opened = Command::new("xdg-open")
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if opened.is_err() {
        log(&format!("no browser could be opened; go to {url}"));
    }
}

fn announce(server: &Server, code: Option<&str>, as_json: bool) {
    let url = format!("http://{}", server.address);
    if as_json {
        print_json(&json!({
            "event": "ready",
            "url": url,
            "code": code,
            "mavlink": server.mavlink,
            "receive": server.receive,
            "data": server.app.config.data,
            "pid": std::process::id(),
        }));
    } else {
        print_line(&format!("The console is at {url}"));
        if let Some(code) = code {
            print_line(&format!(
                "Sign in with the code {code}, or open {url}/#code={code}"
            ));
        }
        for address in &server.mavlink {
            log(&format!("MAVLink at {address}"));
        }
        if let Some(address) = server.receive {
            log(&format!("photos at udp:{address}"));
        }
    }
    if !server.address.ip().is_loopback() {
        log(
            "The console can be reached from other machines without encryption: put a TLS proxy or a VPN in front of it.",
        );
    }
}

/// The command.
pub fn run(args: &cli::Serve, as_json: bool) -> Done {
    let config = config(args).exits(Exit::Usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the server")?;
    runtime.block_on(async {
        let server = whimbrel_ground::start(config).await?;
        // A disk that takes nothing must not keep operators who are signed in from an aircraft that flies.
        let code = server.app.new_code();
        if let Err(error) = &code {
            log(&format!("{error}; who is signed in stays so, a code for others comes with `whimbrel code` later"));
        }
        let code = code.ok();
        announce(&server, code.as_deref(), as_json);
        if args.open {
            let fragment = code.map(|c| format!("#code={c}")).unwrap_or_default();
            open_browser(&format!("http://{}/{fragment}", server.address));
        }
        server
            .run(crate::stop::signal())
            .await
            .context("serve the console")?;
        Ok(())
    })
}

/// `whimbrel code`: a one-time sign-in code for a data folder, while the server runs or before it does.
pub fn code(data: Option<&PathBuf>, as_json: bool) -> Done {
    let folder = data.cloned().unwrap_or_else(default_data);
    let store = whimbrel_store::Store::open(&folder)?;
    let code = store.new_code(
        whimbrel_air::clock::wall(),
        whimbrel_ground::OPERATOR,
        whimbrel_ground::OPERATOR,
        whimbrel_ground::CODE_VALID,
    )?;
    if as_json {
        print_json(&json!({"code": code}))
    } else {
        print_line(&code)
    }
    Ok(())
}

/// Where everything is kept when nothing is said: `$XDG_DATA_HOME/whimbrel`, else `~/.local/share/whimbrel`
/// (XDG Base Directory Specification), else the present folder.
pub fn default_data() -> PathBuf {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map_or_else(
            || PathBuf::from("whimbrel-data"),
            |base| base.join("whimbrel"),
        )
}
