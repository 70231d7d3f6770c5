//! One file per peer.

pub(crate) mod docket;
mod eventsourcing;
mod nats;
mod postgres;
mod rawlog;
mod sqlite;
#[cfg(feature = "umadb")]
pub(crate) mod umadb;

use crate::peer::{Peer, PeerError, PeerName, Place};

impl PeerName {
    /// Opens a new store of this kind in an empty directory.
    pub(crate) fn open(self, place: &Place) -> Result<Box<dyn Peer>, PeerError> {
        Ok(match self {
            Self::Rawlog => Box::new(rawlog::RawLog::open(place)?),
            Self::Docket => Box::new(docket::Docket::open(place)?),
            Self::Postgres => Box::new(postgres::Postgres::open(place)?),
            Self::Sqlite => Box::new(sqlite::Sqlite::open(place)?),
            #[cfg(feature = "umadb")]
            Self::Umadb => Box::new(umadb::UmaDb::open(place, umadb::Writer::Blocking)?),
            #[cfg(feature = "umadb")]
            Self::UmadbPipelined => Box::new(umadb::UmaDb::open(place, umadb::Writer::Pipelined)?),
            #[cfg(not(feature = "umadb"))]
            Self::Umadb | Self::UmadbPipelined => {
                let program = "a build with --features umadb".to_owned();
                return Err(PeerError::Missing { peer: self, program });
            }
            Self::Nats => Box::new(nats::Nats::open(place)?),
            Self::Eventsourcing => Box::new(eventsourcing::Eventsourcing::open(place)?),
        })
    }
}
