//! The real binary: its exit codes and messages, its help, and its JSON.

#[cfg(test)]
mod acts;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod help;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod law;
#[cfg(test)]
mod next;
#[cfg(test)]
mod operate;
#[cfg(test)]
mod read;
#[cfg(test)]
mod record;
#[cfg(test)]
mod support;
#[cfg(test)]
mod usage;
