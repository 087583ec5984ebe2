//! Somebody who is signed in to `serve`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

const LOOK: Duration = Duration::from_millis(200);
/// A server that is away for longer than this does not come back.
const AWAY_MAX: Duration = Duration::from_secs(60);

pub struct Operator {
    agent: ureq::Agent,
    base: String,
    cookie: String,
}

impl Operator {
    /// With the code of the line that says that the server is ready.
    pub fn signed_in(ready: &Value) -> Self {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .http_status_as_error(false)
            .build()
            .into();
        let base = format!("{}/api/v1", ready["url"].as_str().expect("an address"));
        let answer = agent
            .post(format!("{base}/session"))
            .send_json(json!({"code": ready["code"]}))
            .expect("signs in");
        let cookie = answer
            .headers()
            .get("set-cookie")
            .expect("a session")
            .to_str()
            .expect("text")
            .split(';')
            .next()
            .expect("one")
            .to_owned();
        Self {
            agent,
            base,
            cookie,
        }
    }

    fn try_get(&self, path: &str) -> Result<Value, String> {
        let answer = self
            .agent
            .get(format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .call();
        let mut answer = answer.map_err(|e| e.to_string())?;
        if answer.status() != 200 {
            return Err(answer.status().to_string());
        }
        answer.body_mut().read_json().map_err(|e| e.to_string())
    }

    /// What there is; waits while the server is away.
    pub fn get(&self, path: &str) -> Value {
        let deadline = Instant::now() + AWAY_MAX;
        loop {
            match self.try_get(path) {
                Ok(value) => return value,
                Err(error) => assert!(Instant::now() < deadline, "{path}: {error}"),
            }
            std::thread::sleep(LOOK);
        }
    }

    /// The rows of a list; waits while the server is away.
    pub fn rows(&self, path: &str) -> Vec<Value> {
        match self.get(path) {
            Value::Array(rows) => rows,
            other => panic!("{path} is no list: {other}"),
        }
    }

    /// Ask for something to be done; the status and what is said to it.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let mut answer = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .send_json(body)
            .expect("answers");
        let said = answer.body_mut().read_json().unwrap_or(Value::Null);
        (answer.status().as_u16(), said)
    }

    /// Look until `wanted` holds.
    pub fn until(&self, path: &str, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + limit;
        loop {
            let value = self.get(path);
            if wanted(&value) {
                return value;
            }
            assert!(Instant::now() < deadline, "{path} after {limit:?}: {value}");
            std::thread::sleep(LOOK);
        }
    }
}
