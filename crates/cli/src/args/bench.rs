//! The command that measures.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::bench::RowName;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchFormat {
    /// For people
    Table,
    /// For programs
    Json,
    /// To be pasted into a page
    Markdown,
}

/// Measure how fast this machine records, answers and verifies
///
/// Every durable figure stands beside rawlog: a plain file, appended and synced with the same bytes in the same run. Logs of the wanted
/// size are built once and kept in --dir; your own data is never touched. A complete run needs about 60 GB of disk and an hour or more.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket bench --quick
  docket bench --events 1M --subjects 82,100000
  docket bench --rows append-1,append-64,bulk --events 200k
  docket bench --all --format markdown")]
pub(crate) struct BenchArguments {
    /// Where the measured logs are kept; it should be on the disk that is to be measured
    #[arg(long, value_name = "DIR", default_value = "./docket-bench")]
    pub(crate) dir: PathBuf,
    /// How many events, such as 200k, 1M or 10M; several are measured one after the other
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1M", value_parser = parse_count)]
    pub(crate) events: Vec<u64>,
    /// How many recommendations; several are measured one after the other
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "82", value_parser = parse_count)]
    pub(crate) subjects: Vec<u64>,
    /// Only these rows
    #[arg(long, value_name = "ROWS", value_enum, value_delimiter = ',')]
    pub(crate) rows: Vec<RowName>,
    /// A small run that ends within a minute: it shows that everything works, and says little about speed
    #[arg(long, conflicts_with_all = ["events", "subjects", "all"])]
    pub(crate) quick: bool,
    /// 1M and 10M events, each with 82 and with 100,000 recommendations
    #[arg(long, conflicts_with_all = ["events", "subjects"])]
    pub(crate) all: bool,
    /// What the events are made from: the same seed records the same words
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How the results are printed
    #[arg(long, value_enum, default_value_t = BenchFormat::Table)]
    pub(crate) format: BenchFormat,
    /// Serve the log in a directory to the process that measures
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) serve: Option<PathBuf>,
}

/// A count such as `82`, `200k` or `10M`; not 0.
fn parse_count(value: &str) -> Result<u64, String> {
    let (digits, factor) = match value.strip_suffix('M') {
        Some(millions) => (millions, 1_000_000),
        None => value.strip_suffix('k').map_or((value, 1), |thousands| (thousands, 1000)),
    };
    let count = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(factor));
    count
        .filter(|count| (1..=u64::from(u32::MAX)).contains(count))
        .ok_or_else(|| "give a number from 1 to 4294967295, such as 82, 200k or 10M".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse_count;

    #[test]
    fn counts_may_be_given_in_thousands_and_millions() {
        for (value, count) in [("82", 82), ("200k", 200_000), ("10M", 10_000_000)] {
            assert_eq!(parse_count(value), Ok(count));
        }
        for value in ["", "0", "k", "-1", "1.5M", "10m", "99999M"] {
            assert!(parse_count(value).is_err(), "{value}");
        }
    }
}
