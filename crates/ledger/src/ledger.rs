//! An open data directory: commands go in, answers come out.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use docket_domain::time::Moment;
use docket_domain::{Command, Origin, RegisterId, Subject, Zone};
use docket_log::blobs::Blobs;
use docket_log::fs::{FileSystem, RealFileSystem};
use docket_log::keys::KeyFiles;
use docket_log::seal::{ResolvedText, SealedText, resolve};
use docket_log::{DataDirectory, LogError, LogReader, Notice};
use docket_projection::Projection;

use crate::clock::{Clock, Stamps, SystemClock};
use crate::error::LedgerError;
use crate::events::LogEvents;
use crate::fold::{Folded, fold};
use crate::plan::{Planner, SharedProjection};
use crate::queue::Writer;
use crate::snapshot;
use crate::writer::{Outcome, State};

/// How a data directory is opened.
#[derive(Clone)]
pub struct OpenOptions {
    /// The data directory.
    pub directory: PathBuf,
    /// The origin of a new log, if one may be begun.
    pub new_origin: Option<Origin>,
    /// Where times come from.
    pub clock: Arc<dyn Clock>,
    /// Where everything durable is written, except sled and the lock, which are files of the operating system's under the same path.
    pub file_system: Arc<dyn FileSystem>,
}

impl OpenOptions {
    /// An existing log in a directory, with the machine's clock and files.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            new_origin: None,
            clock: Arc::new(SystemClock::new()),
            file_system: Arc::new(RealFileSystem),
        }
    }

    /// The same, beginning a log under this origin where there is none.
    #[must_use]
    pub fn or_begin(self, origin: Origin) -> Self {
        Self { new_origin: Some(origin), ..self }
    }
}

/// An open log with its projection.
pub struct Ledger {
    reader: Reader,
    writer: Option<Writer>,
    directory: DataDirectory,
    notices: Vec<Notice>,
    read_only: Option<String>,
}

/// What a reader shares with the writer: the log, the projection, and the size that is published.
#[derive(Clone)]
pub struct Reader {
    log: LogReader,
    projection: SharedProjection,
    events: Arc<LogEvents>,
    published: Arc<AtomicU64>,
}

impl Ledger {
    /// Opens a log for writing, or begins one where the options allow it.
    pub fn open(options: OpenOptions) -> Result<Self, LedgerError> {
        let OpenOptions { directory, new_origin, clock, file_system } = options;
        let directory = DataDirectory::new(&directory, file_system);
        let mut opened = docket_log::open(&directory, new_origin.as_ref())?;
        let log = opened.log.reader();
        let key = snapshot::key(|purpose| opened.log.derived_key(purpose));
        let Folded { projection, events, written, notice } = fold(&directory, &log, key.as_ref())?;
        let redacted = events.checked(|| projection.newest().redacted_texts())?;
        let again = opened.log.uphold_redactions(&redacted)?;
        opened.notices.extend((again > 0).then_some(Notice::RedactionsFinished(again)));
        let from_snapshot = written != snapshot::Written::default();
        let stamps = Stamps::new(clock.read(), projection.last_recorded_at());
        let published = Arc::new(AtomicU64::new(projection.size()));
        let projection = Arc::new(RwLock::new(projection));
        let planner = Planner::new(Arc::clone(&projection), Arc::clone(&events), log.clone(), stamps);
        let planner = if from_snapshot { planner.begun_with_snapshot() } else { planner };
        let cannot_start = |source| LogError::Io {
            operation: "start the writer of",
            path: directory.path().to_owned(),
            source,
        };
        // Without the key nothing is recorded, and there is nothing to append.
        let appender = key.map(|key| snapshot::Appender::new(&directory, log.clone(), written, key));
        let start = |appender| snapshot::Behind::start(appender, Arc::clone(&projection));
        let mut snapshot = appender.map(start).transpose().map_err(cannot_start)?;
        if let Some(snapshot) = &mut snapshot {
            snapshot.wake(log.size());
        }
        let state = State {
            log: opened.log,
            reader: log.clone(),
            planner,
            projection: Arc::clone(&projection),
            published: Arc::clone(&published),
            clock,
            snapshot,
        };
        let writer = Writer::new(state);
        let reader = Reader { log, projection, events, published };
        let notices = opened.notices.into_iter().chain(notice).collect();
        Ok(Self { reader, writer: Some(writer), directory, notices, read_only: None })
    }

    /// Opens a log for reading; where the directory can't be written, everything is read from the journal.
    pub fn open_to_read(options: OpenOptions) -> Result<Self, LedgerError> {
        let directory = DataDirectory::new(&options.directory, Arc::clone(&options.file_system));
        match Self::open(OpenOptions { new_origin: None, ..options }) {
            Err(LedgerError::Log(error)) if is_unwritable(&error) => Self::open_read_only(&directory, &error),
            result => result,
        }
    }

    fn open_read_only(directory: &DataDirectory, why: &LogError) -> Result<Self, LedgerError> {
        let log = docket_log::open_read_only(directory)?;
        let keys =
            KeyFiles::read_public(directory.file_system(), directory.path()).map_err(LogError::from)?;
        let key = snapshot::key(|purpose| keys.signer.as_ref().map(|signer| signer.derive(purpose)));
        let Folded { projection, events, notice, .. } = fold(directory, &log, key.as_ref())?;
        log.know_redacted(&events.checked(|| projection.newest().redacted_texts())?);
        let published = Arc::new(AtomicU64::new(projection.size()));
        let reader = Reader { log, projection: Arc::new(RwLock::new(projection)), events, published };
        let reason = docket_log::error::chain(why);
        let read_only = Notice::ReadOnly { reason: reason.clone() };
        let notices = std::iter::once(read_only).chain(notice).collect();
        Ok(Self { reader, writer: None, directory: directory.clone(), notices, read_only: Some(reason) })
    }

    /// What is worth telling about the opening.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// A reader of this log.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// The source documents and evidence.
    #[must_use]
    pub fn blobs(&self) -> Blobs {
        self.directory.blobs()
    }

    /// Records commands, each all or none, after checking all of them; one reply for each.
    ///
    /// A command that was recorded before is answered from what was recorded.
    pub fn submit(&self, commands: Vec<Command>) -> Result<Vec<Outcome>, LedgerError> {
        self.writer()?.submit(commands)
    }

    /// [`Self::submit`] for a task, which must not wait for the disk on its runtime's thread: a thread of the ledger's own, started with the
    /// first of these, does. Any executor will do.
    ///
    /// Nothing happens before the future is polled for the first time. From then on the commands are recorded, or refused, whether or not
    /// it is polled again: dropping it takes nothing back, and the same command, submitted again, is answered from the log. It outlives the
    /// ledger; what still waits when that is closed or dropped, or when the writer panics, is answered [`LedgerError::Stopped`].
    pub fn submit_async(
        &self,
        commands: Vec<Command>,
    ) -> impl Future<Output = Result<Vec<Outcome>, LedgerError>> + Send + use<> {
        let submitted = self.writer().map(|writer| writer.submit_async(commands));
        async move { submitted?.await }
    }

    fn writer(&self) -> Result<&Writer, LedgerError> {
        self.writer.as_ref().ok_or_else(|| LedgerError::ReadOnly {
            path: self.directory.path().to_owned(),
            reason: self.read_only.clone().unwrap_or_default(),
        })
    }

    /// Ends the writing and closes the store. An error here loses nothing that was acknowledged. It waits for the group that is being
    /// written, and so for the disk, as dropping the ledger does.
    pub fn close(self) -> Result<(), LedgerError> {
        let Self { reader, writer, .. } = self;
        drop(reader);
        writer.map_or(Ok(()), |mut writer| writer.stop().map_err(LedgerError::from))
    }
}

#[cfg(test)]
impl Ledger {
    /// How many clients wait for somebody else to write what they want.
    pub(crate) fn clients_waiting(&self) -> usize {
        self.writer.as_ref().map_or(0, Writer::clients_waiting)
    }

    /// Whether somebody writes.
    pub(crate) fn is_being_written(&self) -> bool {
        self.writer.as_ref().is_some_and(Writer::is_being_written)
    }

    /// Whether there is a thread that writes for tasks.
    pub(crate) fn has_thread(&self) -> bool {
        self.writer.as_ref().is_some_and(Writer::has_thread)
    }
}

#[cfg(test)]
impl Reader {
    /// The same log, with a projection whose entries, all of them forgotten, are read from elsewhere.
    pub(crate) fn over(&self, events: Arc<LogEvents>) -> Self {
        let mut projection =
            Projection::over(Arc::clone(&events) as Arc<dyn docket_projection::Events<SealedText>>);
        self.log
            .visit(0, &mut |stored| {
                projection.apply(Arc::clone(&stored.entry.event)).map_err(|error| panic!("{error}"))
            })
            .unwrap_or_else(|error| panic!("{error}"));
        projection.forget_before(u64::MAX);
        Self { projection: Arc::new(RwLock::new(projection)), events, ..self.clone() }
    }
}

impl Reader {
    /// The log: entries, proofs, checkpoints.
    #[must_use]
    pub fn log(&self) -> &LogReader {
        &self.log
    }

    /// The number of entries that may be shown.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.published.load(Ordering::Acquire)
    }

    /// Asks the projection something, at a size that is not above [`Self::size`]. If an entry that the answer rests on cannot be read,
    /// that is the answer.
    pub fn ask<R>(&self, ask: impl FnOnce(&Projection<SealedText>) -> R) -> Result<R, LedgerError> {
        self.events.checked(|| ask(&self.projection()))
    }

    /// The projection, for what it answers without reading an entry. Everything else goes through [`Self::ask`].
    pub fn projection(&self) -> RwLockReadGuard<'_, Projection<SealedText>> {
        self.projection.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The words of the texts of an event, in order.
    pub fn texts(&self, index: u64) -> Result<Vec<ResolvedText>, LedgerError> {
        let stored = self.log.event(index)?;
        let openings = self.log.openings(&stored)?;
        let data = resolve(stored.entry.event.data.clone(), openings)?;
        Ok(data.texts().into_iter().cloned().collect())
    }

    /// The zone in which a register's dates are read: its newest; UTC where there is no register yet.
    #[must_use]
    pub fn zone(&self, register: Option<&RegisterId>) -> Zone {
        let size = self.size();
        let projection = self.projection();
        register.and_then(|register| projection.knowledge(size).zone(register)).unwrap_or(Zone::UTC)
    }

    /// The one register, or the one named.
    pub fn register(&self, wanted: Option<&RegisterId>) -> Result<Option<RegisterId>, LedgerError> {
        let size = self.size();
        let projection = self.projection();
        let registers: Vec<RegisterId> = projection.knowledge(size).registers().cloned().collect();
        match (wanted, registers.as_slice()) {
            (Some(register), known) if known.contains(register) => Ok(Some(register.clone())),
            (Some(register), _) => Err(LedgerError::NoRegister { register: register.clone() }),
            (None, []) => Ok(None),
            (None, [register]) => Ok(Some(register.clone())),
            (None, _) => Err(LedgerError::WhichRegister { registers }),
        }
    }

    /// A point on the recorded clock as a size: a number of entries, or a day or time, which stands for what was recorded by then.
    pub fn known_at(&self, wanted: Option<&str>, zone: Zone) -> Result<u64, LedgerError> {
        let size = self.size();
        let Some(wanted) = wanted else { return Ok(size) };
        if wanted.bytes().all(|byte| byte.is_ascii_digit()) && !wanted.is_empty() {
            let future = || LedgerError::Future { wanted: wanted.to_owned(), size };
            let known_at: u64 = wanted.parse().map_err(|_| future())?;
            return if known_at <= size { Ok(known_at) } else { Err(future()) };
        }
        let moment =
            Moment::parse(wanted, zone).map_err(|_| LedgerError::KnownAt { wanted: wanted.to_owned() })?;
        let before = moment.bound(zone)?.plus_micros(-1);
        Ok(self.ask(|projection| projection.size_at(before))?.min(size))
    }

    /// The subject that a user means by a number or key.
    pub fn recommendation(&self, register: &RegisterId, wanted: &str) -> Result<Subject, LedgerError> {
        let size = self.size();
        let keys = self.ask(|projection| projection.knowledge(size).find(register, wanted))?;
        let (wanted, register) = (wanted.to_owned(), register.clone());
        match keys.as_slice() {
            [] => Err(LedgerError::NoRecommendation { wanted, register }),
            [key] => Ok(Subject::Recommendation(register, key.clone())),
            _ => Err(LedgerError::WhichRecommendation { wanted, keys }),
        }
    }
}

/// Whether the directory cannot be written, so that reading is all that is left.
fn is_unwritable(error: &LogError) -> bool {
    use docket_log::fs::LockError;
    use docket_log::keys::KeyFileError;
    let (LogError::Lock(LockError::Io { source, .. })
    | LogError::Io { source, .. }
    | LogError::Key(KeyFileError::Io { source, .. })) = error
    else {
        return false;
    };
    matches!(source.kind(), std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied)
}
