//! What happened and must be kept, written by a thread of its own: a slow or full disk must not hold up a link.
//!
//! Orders that can wait are recorded before they are given (see [`crate::flight::Flight::order`]). Hold, Return and
//! Land go out first; they and what vehicles did come here and are tried until the disk takes them (docs/adr/0005).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use whimbrel_fly::AuditRecord;
use whimbrel_store::{Store, StoreError};

/// Entries that wait for the disk; those beyond are counted, told on stderr and lost.
pub const WAITING_MAX: usize = 4_096;
/// Pause before an entry is tried again, and between looks whether to stop.
const AGAIN: Duration = Duration::from_millis(500);

/// Something to keep.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A row of the audit log.
    Row {
        /// When it was done.
        at: Duration,
        /// Who did it.
        who: String,
        /// What.
        verb: &'static str,
        /// To what.
        subject: String,
        /// How.
        detail: Value,
    },
    /// What is remembered of an aircraft.
    Vehicle {
        /// Since when.
        at: Duration,
        /// Its id.
        id: String,
        /// What.
        data: Value,
    },
}

impl Entry {
    /// A row about an aircraft.
    pub fn about(record: &AuditRecord, subject: &str) -> Self {
        Self::Row {
            at: record.at,
            who: record.who.clone(),
            verb: record.verb,
            subject: subject.to_owned(),
            detail: json!({"detail": record.detail}),
        }
    }

    /// Write it; durable when this returns.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn keep(&self, store: &Store) -> Result<(), StoreError> {
        match self {
            Self::Row {
                at,
                who,
                verb,
                subject,
                detail,
            } => store.audit(*at, who, verb, subject, detail).map(|_| ()),
            Self::Vehicle { at, id, data } => store.put_vehicle(*at, id, data),
        }
    }
}

/// The handle of the thread.
pub struct Recorder {
    entries: SyncSender<Entry>,
    problem: Arc<Mutex<Option<String>>>,
    lost: AtomicU64,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Start the thread; `write` returns when an entry is durable, or says why it is not.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(
        write: impl FnMut(&Entry) -> Result<(), String> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (entries, inbox) = sync_channel(WAITING_MAX);
        let problem = Arc::new(Mutex::new(None));
        let stop = Arc::new(AtomicBool::new(false));
        let (told, ending) = (problem.clone(), stop.clone());
        let thread = std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || run(&inbox, write, &told, &ending))?;
        Ok(Self {
            entries,
            problem,
            lost: AtomicU64::new(0),
            stop,
            thread: Some(thread),
        })
    }

    /// Keep an entry as soon as the disk takes it. Never waits.
    pub fn keep(&self, entry: Entry) {
        if let Err(error) = self.entries.try_send(entry) {
            self.lost.fetch_add(1, Ordering::Relaxed);
            crate::log(&format!("could not be recorded: {error:?}"));
        }
    }

    /// Why entries wait, while they do.
    pub fn problem(&self) -> Option<String> {
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > 0 {
            return Some(format!(
                "{lost} rows of the audit log were lost because the disk took none for too long"
            ));
        }
        self.problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Recorder {
    /// What waits is tried once more.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            crate::log("the recorder's thread had failed");
        }
    }
}

fn run(
    inbox: &Receiver<Entry>,
    mut write: impl FnMut(&Entry) -> Result<(), String>,
    problem: &Mutex<Option<String>>,
    stop: &AtomicBool,
) {
    let tell = |news: Option<String>| {
        *problem.lock().unwrap_or_else(PoisonError::into_inner) = news;
    };
    loop {
        let entry = match inbox.recv_timeout(AGAIN / 5) {
            Ok(entry) => entry,
            Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => return,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        while let Err(error) = write(&entry) {
            tell(Some(error));
            if stop.load(Ordering::Relaxed) {
                crate::log(&format!("was not recorded before the end: {entry:?}"));
                // Whatever else waits would only be waited for as long again.
                return;
            }
            std::thread::sleep(AGAIN);
        }
        tell(None);
    }
}
