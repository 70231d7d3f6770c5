use std::path::Path;
use super::*;
#[test]
fn dump() {
    let dir = std::env::var("DUMP").unwrap();
    let folder = load_folder(Path::new(&dir)).unwrap();
    let t = folder.work_out().unwrap();
    for p in &t.problems { println!("{} {} {:?} {:?} {} -> {:?}", p.code, p.lines, p.column, p.row, p.message, p.resolution); }
    println!("{:#?}", t.reconciliation);
    for f in &t.fragments { println!("F {} {}", f.lines, f.reason); }
    for r in &t.rows {
        println!("{} {:?} {} {} {:?} {:?} {:?} | {:?} | lines {:?}", r.key, r.number, r.number_basis, r.text_basis, r.label, r.state, r.reporting, r.text, r.lines.iter().map(|l| l.to_string()).collect::<Vec<_>>());
        for n in &r.notes { println!("      {} {:?} {:?}", n.role, n.text, n.lines.iter().map(|l| l.to_string()).collect::<Vec<_>>()); }
        for d in &r.damage { println!("      ! {} {}", d.code, d.note); }
    }
}
