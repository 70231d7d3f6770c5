mod flips;
mod forgeries;
mod whole;

use super::report::VerifyReport;
use super::verify;
use crate::testing::Place;

fn checked(place: &Place) -> VerifyReport {
    verify(&place.data(), &mut ()).unwrap()
}

/// The codes of the findings, without repetitions.
fn codes(report: &VerifyReport) -> Vec<&'static str> {
    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn notices(report: &VerifyReport) -> Vec<&'static str> {
    report.notices.iter().map(|notice| notice.code).collect()
}
