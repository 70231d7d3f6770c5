//! Files that cannot be recorded with everything that is wrong with them, and previews against what is answered afterwards.

mod agrees;
mod problems;

use docket_domain::term::ActorBasis;
use docket_domain::{Actor, RegisterId, Timestamp};

use super::{Batch, Checked, Defaults, Problems, check};
use crate::clock::{Clock as _, SystemClock};
use crate::source::{Importer, prepare};
use crate::{Ledger, OpenOptions};

/// A log with the first source.
struct Seeded {
    ledger: Ledger,
    register: RegisterId,
    _directory: tempfile::TempDir,
}

fn actor(name: &str) -> Actor {
    Actor::new(name).unwrap()
}

fn defaults() -> Defaults {
    Defaults {
        actor: actor("clerk"),
        actor_basis: ActorBasis::Os,
        effective: None,
        asserter: None,
        source_url: None,
    }
}

fn now() -> Timestamp {
    Timestamp::from_micros(SystemClock::new().read().wall_micros).unwrap()
}

impl Seeded {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let seed =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/birmingham-crime-commission");
        let source = prepare(&seed).unwrap();
        let options = OpenOptions::new(&directory.path().join("data")).or_begin(source.origin().clone());
        let ledger = Ledger::open(options).unwrap();
        let importer = Importer { actor: actor("importer"), actor_basis: ActorBasis::Os };
        source.record(&ledger, &importer).unwrap();
        Self { ledger, register: source.register().clone(), _directory: directory }
    }

    fn check(&self, file: &str, defaults: &Defaults) -> Checked {
        check(&self.ledger.reader(), &self.register, file.as_bytes(), defaults, now()).unwrap()
    }

    fn ready(&self, file: &str) -> Box<Batch> {
        match self.check(file, &defaults()) {
            Checked::Ready(batch) => batch,
            Checked::Refused(problems) => panic!("{problems:?}"),
        }
    }

    fn problems(&self, file: &str) -> Problems {
        match self.check(file, &defaults()) {
            Checked::Ready(batch) => panic!("{:?}", batch.preview()),
            Checked::Refused(problems) => problems,
        }
    }
}
