//! Sign-in: one-time codes and sessions. Only their hashes are kept.

use std::time::Duration;

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::catalogue::{Store, from_ms, to_ms};
use crate::error::StoreError;

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The user.
    pub user: String,
    /// What the user may do.
    pub role: String,
    /// Until when.
    pub expires: Duration,
}

/// Letters of a code: none that is easily taken for another.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Letters in a code: 60 bits.
const CODE_LETTERS: usize = 12;

fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| StoreError::SignIn("the system gives no random numbers"))?;
    Ok(bytes)
}

fn hash(text: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn normal(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(64)
        .collect()
}

impl Store {
    /// A new code that signs `user` in once, for example `K7QM-3XRP-9WTD`. Earlier codes of the user end.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn new_code(
        &self,
        now: Duration,
        user: &str,
        role: &str,
        valid: Duration,
    ) -> Result<String, StoreError> {
        let letters: Vec<char> = random::<CODE_LETTERS>()?
            .iter()
            .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
            .collect();
        let code: Vec<String> = letters
            .chunks(4)
            .map(|part| part.iter().collect())
            .collect();
        let code = code.join("-");
        self.change("write a code", now, |sql, _| {
            sql.execute(
                "DELETE FROM code WHERE user = ?1 OR expires_ms < ?2",
                params![user, to_ms(now)],
            )?;
            sql.execute(
                "INSERT INTO code (hash, user, role, expires_ms) VALUES (?1, ?2, ?3, ?4)",
                params![hash(&normal(&code)), user, role, to_ms(now + valid)],
            )
        })?;
        Ok(code)
    }

    /// Takes a code and opens a session: returns its token (64 hexadecimal characters), to be kept in a cookie.
    /// A code works once.
    ///
    /// # Errors
    /// When the code is unknown, used or expired.
    pub fn redeem_code(
        &self,
        now: Duration,
        code: &str,
        valid: Duration,
    ) -> Result<String, StoreError> {
        let token: String = random::<32>()?
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let found = self.change("open a session", now, |sql, _| {
            let row: Option<(String, String)> = sql
                .query_row(
                    "DELETE FROM code WHERE hash = ?1 AND expires_ms >= ?2 RETURNING user, role",
                    params![hash(&normal(code)), to_ms(now)],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let Some((user, role)) = row else { return Ok(false) };
            sql.execute("DELETE FROM session WHERE expires_ms < ?1", [to_ms(now)])?;
            sql.execute(
                "INSERT INTO session (hash, user, role, created_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![hash(&token), user, role, to_ms(now), to_ms(now + valid)],
            )?;
            Ok(true)
        })?;
        if found {
            Ok(token)
        } else {
            Err(StoreError::SignIn(
                "this code is not known or was used already; `whimbrel code` prints a new one",
            ))
        }
    }

    /// The session of a token, if it is open.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn session(&self, now: Duration, token: &str) -> Result<Option<Session>, StoreError> {
        self.read("read a session", |sql| {
            sql.query_row(
                "SELECT user, role, expires_ms FROM session WHERE hash = ?1 AND expires_ms >= ?2",
                params![hash(token), to_ms(now)],
                |row| {
                    Ok(Session {
                        user: row.get(0)?,
                        role: row.get(1)?,
                        expires: from_ms(row.get(2)?),
                    })
                },
            )
            .optional()
        })
    }

    /// Closes a session.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn close_session(&self, now: Duration, token: &str) -> Result<(), StoreError> {
        self.change("close a session", now, |sql, _| {
            sql.execute("DELETE FROM session WHERE hash = ?1", [hash(token)])
        })?;
        Ok(())
    }
}
