//! The server's interface as any script would use it.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

/// Requests that fail are tried again for so long: the server may be starting again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer that is read.
const ANSWER_MAX_BYTES: u64 = 2_000_000_000;

/// A signed-in client.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    cookie: String,
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(60)))
        .http_status_as_error(false)
        .build()
        .into()
}

impl Client {
    /// Sign in with a one-time code.
    pub fn sign_in(base: &str, code: &str) -> anyhow::Result<Self> {
        let agent = agent();
        let answer = agent
            .post(format!("{base}/api/v1/session"))
            .send_json(json!({"code": code}))
            .context("reach the server")?;
        anyhow::ensure!(
            answer.status().is_success(),
            "the server did not take the sign-in code"
        );
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|c| c.to_str().ok())
            .and_then(|c| c.split(';').next())
            .context("the server gave no session")?
            .to_owned();
        Ok(Self {
            agent,
            base: base.to_owned(),
            cookie,
        })
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.base)
    }

    fn read(mut answer: ureq::http::Response<ureq::Body>, path: &str) -> anyhow::Result<Value> {
        let status = answer.status();
        let text = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_MAX_BYTES)
            .read_to_string()
            .with_context(|| format!("read the answer of {path}"))?;
        let value: Value = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).with_context(|| format!("read the answer of {path}"))?
        };
        if status.is_success() {
            return Ok(value);
        }
        anyhow::bail!(
            "{path}: {}",
            value["detail"].as_str().unwrap_or(status.as_str())
        )
    }

    /// GET once; nothing when the server cannot be reached: look after it, then ask again.
    pub fn ask(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let request = self
            .agent
            .get(self.url(path))
            .header("cookie", &self.cookie);
        let Ok(mut answer) = request.call() else {
            return Ok(None);
        };
        let status = answer.status();
        // A server that is killed while it answers leaves half an answer.
        let value = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_MAX_BYTES)
            .read_json::<Value>();
        match value {
            Ok(value) if status.is_success() => Ok(Some(value)),
            Ok(value) => anyhow::bail!(
                "{path}: {}",
                value["detail"].as_str().unwrap_or(status.as_str())
            ),
            Err(_) => Ok(None),
        }
    }

    /// GET, again while the server cannot be reached.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .agent
                .get(self.url(path))
                .header("cookie", &self.cookie)
                .call()
            {
                Ok(answer) => return Self::read(answer, path),
                Err(error) if Instant::now() > deadline => {
                    return Err(error).with_context(|| format!("ask the server for {path}"));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(300)),
            }
        }
    }

    /// GET the bytes of a file.
    pub fn get_bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let mut answer = self
            .agent
            .get(self.url(path))
            .header("cookie", &self.cookie)
            .call()
            .with_context(|| format!("ask the server for {path}"))?;
        anyhow::ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        answer
            .body_mut()
            .with_config()
            .limit(ANSWER_MAX_BYTES)
            .read_to_vec()
            .with_context(|| format!("read {path}"))
    }

    /// POST. What the server refuses is an error with its reason.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self
            .agent
            .post(self.url(path))
            .header("cookie", &self.cookie)
            .send_json(body)
            .with_context(|| format!("ask the server to {path}"))?;
        Self::read(answer, path)
    }
}
