//! A server for a test, in a thread of its own, and a client for it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use whimbrel_air::Clock;
use whimbrel_ground::{Config, StartError};

/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it stops when this is dropped.
pub struct Running {
    pub address: SocketAddr,
    pub code: String,
    /// Where aircraft are heard.
    pub mavlink: Vec<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

pub fn config(data: &Path) -> Config {
    Config {
        name: "Test".into(),
        listen: ([127, 0, 0, 1], 0).into(),
        mavlink: Vec::new(),
        receive: None,
        keys: Vec::new(),
        data: data.to_owned(),
        terrain: None,
        backgrounds: Vec::new(),
        first_view: None,
        simulated: false,
        map_gsd_m: None,
        clock: Clock::real(),
    }
}

/// Start a server, or hear why it does not.
pub fn start(config: Config) -> Result<Running, String> {
    let (ready, heard) = std::sync::mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            match whimbrel_ground::start(config).await {
                Ok(server) => {
                    let code = server.app.new_code().expect("a code");
                    ready
                        .send(Ok((server.address, code, server.mavlink.clone())))
                        .expect("the test waits");
                    let until = async {
                        let _ = stopped.await;
                    };
                    server.run(until).await.expect("serves");
                }
                Err(error) => ready
                    .send(Err::<(SocketAddr, String, Vec<SocketAddr>), StartError>(
                        error,
                    ))
                    .expect("the test waits"),
            }
        });
    });
    let (address, code, mavlink) = heard
        .recv()
        .expect("an answer")
        .map_err(|e| e.to_string())?;
    Ok(Running {
        address,
        code,
        mavlink,
        stop: Some(stop),
        thread: Some(thread),
    })
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends well");
        }
    }
}

/// A client with or without a session.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    pub cookie: Option<String>,
    pub headers: Vec<(&'static str, String)>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        Self {
            agent,
            base: format!("http://{address}/api/v1"),
            cookie: None,
            headers: Vec::new(),
        }
    }

    pub fn signed_in(running: &Running) -> Self {
        let mut client = Self::new(running.address);
        let (status, _) = client.send("POST", "/session", Some(json!({"code": running.code})));
        assert_eq!(status, 200);
        client
    }

    /// Ask until the answer fits; it must within [`PATIENCE`].
    pub fn until(&mut self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (_, answer) = self.send("GET", path, None);
            if fits(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{path}: {answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Status, content type and bytes of an answer.
    pub fn bytes(&mut self, path: &str) -> (u16, String, Vec<u8>) {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let mut answer = request.call().expect("an answer");
        let kind = answer.headers().get("content-type");
        let kind = kind
            .and_then(|k| k.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let bytes = answer.body_mut().read_to_vec().unwrap_or_default();
        (answer.status().as_u16(), kind, bytes)
    }

    /// Status and JSON of an answer; takes over a cookie that is set.
    pub fn send(&mut self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request.header("content-type", "application/json");
        let body = body.map(|b| b.to_string()).unwrap_or_default();
        let mut answer = self
            .agent
            .run(request.body(body).expect("a request"))
            .expect("an answer");
        if let Some(set) = answer.headers().get("set-cookie") {
            self.cookie = set
                .to_str()
                .ok()
                .and_then(|c| c.split(';').next())
                .map(str::to_owned);
        }
        let text = answer.body_mut().read_to_string().unwrap_or_default();
        (
            answer.status().as_u16(),
            serde_json::from_str(&text).unwrap_or(Value::Null),
        )
    }
}
