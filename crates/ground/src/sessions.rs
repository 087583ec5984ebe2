//! Sign-in: a one-time code opens a session, a session is a random token in a cookie.
//!
//! The code is printed by the shell that starts the server. Only hashes are kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// Sessions that may be open at once; the oldest is closed for one more.
pub const SESSIONS_MAX: usize = 64;
/// A session that was not used for this long is closed.
pub const SESSION_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Wrong codes in a row after which all codes are void and the server has to be asked for a new one.
pub const WRONG_CODES_MAX: u32 = 20;
/// Codes that wait to be used; the oldest is void when there is one more.
pub const CODES_MAX: usize = 8;

/// Letters of a code: none that are mistaken for another.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const CODE_LETTERS: usize = 10;

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Session {
    /// Name of the user in the audit log.
    pub user: String,
    /// What the user may do; the first user is an operator.
    pub role: String,
    /// Last use, seconds since the Unix epoch by the wall.
    pub used_s: u64,
}

/// Why a sign-in was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SignInError {
    /// The code is not one that waits to be used.
    #[error("that is not a sign-in code, or it was used already: take a new one from the terminal in which the server was started, or from somebody who is signed in")]
    WrongCode,
    /// Too many wrong codes.
    #[error("too many wrong codes: restart the server to get a new one")]
    Void,
}

#[derive(Default)]
struct State {
    codes: Vec<[u8; 32]>,
    wrong: u32,
    sessions: BTreeMap<String, Session>,
}

/// The open sessions, by hash of their token.
#[derive(Default)]
pub struct Sessions {
    state: Mutex<State>,
}

/// SHA-256 as lower-case hexadecimal.
pub fn hash_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}

/// A new one-time code, 50 bits of the system's chance.
pub fn new_code() -> std::io::Result<String> {
    Ok(random::<CODE_LETTERS>()?.iter().map(|b| ALPHABET[usize::from(b % 32)] as char).collect())
}

fn new_token() -> std::io::Result<String> {
    Ok(random::<32>()?.iter().map(|b| format!("{b:02x}")).collect())
}

impl Sessions {
    /// Sessions as they were kept, to go on after a restart.
    pub fn restored(kept: BTreeMap<String, Session>) -> Self {
        Self { state: Mutex::new(State { sessions: kept, ..State::default() }) }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to keep: token hashes and their sessions.
    pub fn kept(&self) -> BTreeMap<String, Session> {
        self.state().sessions.clone()
    }

    /// Let `code` sign in, once.
    pub fn add_code(&self, code: &str) {
        let mut state = self.state();
        if state.codes.len() >= CODES_MAX {
            state.codes.remove(0);
        }
        state.codes.push(Sha256::digest(normal(code).as_bytes()).into());
        state.wrong = 0;
    }

    /// Exchange the code for a session token.
    pub fn sign_in(&self, code: &str, wall: Duration) -> Result<(String, Session), SignInError> {
        let mut state = self.state();
        if state.wrong >= WRONG_CODES_MAX {
            return Err(SignInError::Void);
        }
        let given: [u8; 32] = Sha256::digest(normal(code).as_bytes()).into();
        let Some(index) = state.codes.iter().position(|want| equal(want, &given)) else {
            state.wrong += 1;
            return Err(SignInError::WrongCode);
        };
        state.codes.remove(index);
        state.wrong = 0;
        if state.sessions.len() >= SESSIONS_MAX
            && let Some(oldest) = state.sessions.iter().min_by_key(|(_, s)| s.used_s).map(|(k, _)| k.clone())
        {
            state.sessions.remove(&oldest);
        }
        let token = new_token().map_err(|_| SignInError::Void)?;
        let session = Session { user: "operator".into(), role: "operator".into(), used_s: wall.as_secs() };
        state.sessions.insert(hash_hex(&token), session.clone());
        Ok((token, session))
    }

    /// The session of a token, if it is open.
    pub fn find(&self, token: &str, wall: Duration) -> Option<Session> {
        let mut state = self.state();
        let key = hash_hex(token);
        let session = state.sessions.get_mut(&key)?;
        if wall.as_secs().saturating_sub(session.used_s) > SESSION_IDLE.as_secs() {
            state.sessions.remove(&key);
            return None;
        }
        session.used_s = wall.as_secs();
        Some(session.clone())
    }

    /// Close the session of a token.
    pub fn close(&self, token: &str) {
        self.state().sessions.remove(&hash_hex(token));
    }
}

fn normal(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Comparison in constant time.
fn equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000_000);

    #[test]
    fn a_code_opens_a_session_that_survives_a_restart() {
        let sessions = Sessions::default();
        let code = new_code().expect("chance");
        sessions.add_code(&code);
        let (token, session) = sessions.sign_in(&code.to_lowercase(), NOW).expect("signs in");
        assert_eq!(sessions.find(&token, NOW), Some(session));
        assert_eq!(sessions.sign_in(&code, NOW).unwrap_err(), SignInError::WrongCode, "a code works once");
        let again = Sessions::restored(sessions.kept());
        assert!(again.find(&token, NOW).is_some());
        again.close(&token);
        assert!(again.find(&token, NOW).is_none());
    }

    #[test]
    fn wrong_codes_make_the_code_void() {
        let sessions = Sessions::default();
        sessions.add_code("ABCDEFGHJK");
        for _ in 0..WRONG_CODES_MAX {
            assert_eq!(sessions.sign_in("WRONG", NOW).unwrap_err(), SignInError::WrongCode);
        }
        assert_eq!(sessions.sign_in("ABCDEFGHJK", NOW).unwrap_err(), SignInError::Void);
    }

    #[test]
    fn sessions_are_bounded_and_expire() {
        let sessions = Sessions::default();
        let tokens: Vec<String> = (0..=SESSIONS_MAX as u64)
            .map(|k| {
                sessions.add_code("ABCDEFGHJK");
                sessions.sign_in("ABCDEFGHJK", NOW + Duration::from_secs(k)).expect("signs in").0
            })
            .collect();
        assert_eq!(sessions.kept().len(), SESSIONS_MAX);
        assert!(sessions.find(&tokens[0], NOW).is_none(), "the oldest gave way");
        assert!(sessions.find(&tokens[5], NOW + SESSION_IDLE * 2).is_none());
    }
}
