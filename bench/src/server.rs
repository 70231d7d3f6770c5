//! Servers that run as processes of their own, and are ended with the peer.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::peer::PeerError;

/// How long a server may take to start, and to end.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Between two looks.
const POLL: Duration = Duration::from_millis(20);

/// A signal that asks a server to end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EndSignal {
    /// Disconnect clients and end.
    Interrupt,
    /// End.
    Terminate,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    signal: EndSignal,
}

impl Server {
    /// Starts a server, and waits until it is ready.
    pub(crate) fn start(
        command: &mut Command,
        signal: EndSignal,
        mut ready: impl FnMut() -> bool,
    ) -> Result<Self, PeerError> {
        let what = format!("start {}", command.get_program().display());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut server = Self { child: command.spawn().map_err(PeerError::io(what.clone()))?, signal };
        let started = Instant::now();
        while !ready() {
            let ended = server.child.try_wait().map_err(PeerError::io(what.clone()))?;
            if let Some(status) = ended {
                return Err(PeerError::io(what)(std::io::Error::other(format!(
                    "it ended at once: {status}"
                ))));
            }
            if started.elapsed() > WAIT_MAX {
                return Err(PeerError::io(what)(std::io::ErrorKind::TimedOut.into()));
            }
            std::thread::sleep(POLL);
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let signal = match self.signal {
            EndSignal::Interrupt => "-INT",
            EndSignal::Terminate => "-TERM",
        };
        let asked = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < WAIT_MAX {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(POLL);
        }
        // What does not end when asked is ended; nothing here is kept.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port on loopback that is free now.
pub(crate) fn free_port() -> Result<u16, PeerError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(PeerError::io("find a free port"))?;
    listener.local_addr().map(|address| address.port()).map_err(PeerError::io("find a free port"))
}

/// Whether something listens on a port of loopback.
pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}
