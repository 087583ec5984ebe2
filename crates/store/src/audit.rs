//! The audit log: each row's hash covers the row before, so nothing can be changed or taken out unseen.

use std::time::Duration;

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::catalogue::{Store, event, from_ms, json, to_ms};
use crate::error::StoreError;

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// Its number: 1, 2, 3 …
    pub seq: i64,
    /// When.
    pub time: Duration,
    /// Who.
    pub actor: String,
    /// Did what.
    pub action: String,
    /// To what.
    pub subject: String,
    /// How.
    pub detail: Value,
    /// SHA-256 over the hash before and this row, hexadecimal.
    pub hash: String,
}

fn row_hash(before: &str, seq: i64, time_ms: i64, texts: [&str; 4]) -> String {
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    hash.update(seq.to_be_bytes());
    hash.update(time_ms.to_be_bytes());
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let hash: [u8; 32] = hash.finalize().into();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Store {
    /// Adds a row; durable when this returns. Record a command before sending it.
    ///
    /// # Errors
    /// When the disk is full or fails: then do not act.
    pub fn audit(
        &self,
        now: Duration,
        actor: &str,
        action: &str,
        subject: &str,
        detail: &Value,
    ) -> Result<i64, StoreError> {
        self.change("write the audit log", now, |sql, events| {
            let last: Option<(i64, String)> = sql
                .query_row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let (before_seq, before) = last.unwrap_or_default();
            let (seq, time_ms, text) = (before_seq + 1, to_ms(now), detail.to_string());
            let hash = row_hash(&before, seq, time_ms, [actor, action, subject, &text]);
            sql.execute(
                "INSERT INTO audit (seq, time_ms, actor, action, subject, detail, hash) VALUES (?1,?2,?3,?4,?5,?6,?7)",
                params![seq, time_ms, actor, action, subject, text, hash],
            )?;
            events.push(event("audit", seq, json!({ "actor": actor, "action": action, "subject": subject })));
            Ok(seq)
        })
    }

    /// The newest `limit` rows, newest first.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn audit_newest(&self, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let last = self.read("read the audit log", |sql| {
            sql.query_row("SELECT coalesce(max(seq), 0) FROM audit", [], |row| {
                row.get::<_, i64>(0)
            })
        })?;
        let before = last
            .saturating_sub(i64::try_from(limit).unwrap_or(i64::MAX))
            .max(0);
        let mut rows = self.audit_since(before, limit)?;
        rows.reverse();
        Ok(rows)
    }

    /// Up to `limit` rows after number `seq` (0 for the first).
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn audit_since(&self, seq: i64, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        self.read("read the audit log", |sql| {
            let mut query = sql.prepare_cached(
                "SELECT seq, time_ms, actor, action, subject, detail, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let rows = query.query_map(params![seq, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(AuditRow {
                    seq: row.get(0)?,
                    time: from_ms(row.get(1)?),
                    actor: row.get(2)?,
                    action: row.get(3)?,
                    subject: row.get(4)?,
                    detail: json(row.get(5)?),
                    hash: row.get(6)?,
                })
            })?;
            rows.collect()
        })
    }

    /// Checks the whole chain; returns the number of rows and the last hash (keep it elsewhere to notice a cut end).
    ///
    /// # Errors
    /// [`StoreError::AuditBroken`] names the first row that does not follow.
    pub fn verify_audit(&self) -> Result<(i64, String), StoreError> {
        let checked = self.read("read the audit log", |sql| {
            let mut query = sql.prepare(
                "SELECT seq, time_ms, actor, action, subject, detail, hash FROM audit ORDER BY seq",
            )?;
            let mut rows = query.query([])?;
            let (mut count, mut before) = (0i64, String::new());
            while let Some(row) = rows.next()? {
                let (seq, time_ms): (i64, i64) = (row.get(0)?, row.get(1)?);
                let texts: [String; 4] = [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
                let hash: String = row.get(6)?;
                let [actor, action, subject, detail] = &texts;
                if seq != count + 1
                    || hash != row_hash(&before, seq, time_ms, [actor, action, subject, detail])
                {
                    return Ok(Err(seq));
                }
                count = seq;
                before = hash;
            }
            Ok(Ok((count, before)))
        })?;
        checked.map_err(|seq| StoreError::AuditBroken { seq })
    }
}
