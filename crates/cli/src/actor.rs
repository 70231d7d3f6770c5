//! Who records.

use docket_domain::Actor;
use docket_domain::term::ActorBasis;

use crate::error::CliError;

/// Who was named, or the user of the operating system. A local directory needs no grants: the basis is the system's word either way.
pub(crate) fn resolve(named: Option<&Actor>) -> Result<(Actor, ActorBasis), CliError> {
    let actor = if let Some(actor) = named {
        actor.clone()
    } else {
        let user = whoami::username().map_err(|source| CliError::NoUser { source })?;
        Actor::new(&user).map_err(|source| CliError::UserName { source })?
    };
    Ok((actor, ActorBasis::Os))
}
