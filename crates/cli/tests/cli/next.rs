//! The next table of a register, from the preview to the record.

use std::path::PathBuf;

use crate::support::{Docket, source};

fn april() -> PathBuf {
    source("tests/fixtures/birmingham-april")
}

/// The plan with every open step decided as said.
fn decided(plan: &str, decision: &str) -> String {
    plan.replace("\ndecision = \"decide\"", &format!("\n{decision}"))
}

#[test]
fn a_next_table_is_shown_planned_decided_and_recorded_once() {
    let docket = Docket::imported();
    let size = docket.size();
    let april = april();
    let april = april.to_str().unwrap();
    let preview = docket.run(["import", april]).done();
    assert!(preview.stderr.contains("--plan-to FILE"), "{preview:?}");
    for line in
        ["74 rows, 74 aligned", "17 changed, 29 unchanged", "(goes back)", "never printed", "[-233-] {+218+}"]
    {
        assert!(preview.stdout.contains(line), "{line:?} not in {}", preview.stdout);
    }
    assert_eq!(docket.size(), size);

    let plan = docket.around().join("plan.toml");
    let plan_path = plan.to_str().unwrap();
    let planned = docket.json(&["import", april, "--plan-to", plan_path]);
    let next = &planned["sources"][0]["next"];
    assert_eq!((&next["outcome"], &next["problems"]), (&"planned".into(), &7.into()));
    assert_eq!(next["basis"]["size"], size);
    assert_eq!(docket.size(), size);
    docket.run(["import", april, "--plan-to", plan_path]).fails(2, "cannot write the plan");
    docket.run(["import", april, "--plan", plan_path]).fails(3, "7 steps are not decided: 39/text");

    let text = std::fs::read_to_string(&plan).unwrap();
    std::fs::write(&plan, decided(&text, "decision = \"refuse\"\nreason = \"not clear enough\"")).unwrap();
    let recorded = docket.json(&["import", april, "--plan", plan_path]);
    let decisions = &recorded["sources"][0]["next"]["decisions"];
    assert_eq!((&decisions["accepted"], &decisions["refused"]), (&147.into(), &7.into()));
    assert_eq!(docket.size(), size + recorded["recorded"].as_u64().unwrap());
    let again = docket.run(["import", april, "--plan", plan_path]).done();
    assert!(again.stdout.contains("Nothing new: nothing was recorded."), "{again:?}");
    let bare = docket.run(["import", april]).done();
    assert!(bare.stdout.contains("recorded already"), "{bare:?}");

    let timeline = docket.run(["timeline", "4"]).done();
    assert!(timeline.stdout.contains("note repeated word for word"), "{timeline:?}");
    let show = docket.json(&["show", "4"]);
    let notes = show["recommendation"]["notes"].as_array().or_else(|| show["notes"].as_array()).unwrap();
    assert!(notes[0].get("repeats").is_none());
    assert_eq!(notes[1]["repeats"], notes[0]["event"]);
    // The text of 39 was refused, so it stands as the first table printed it.
    assert!(docket.run(["show", "39"]).done().stdout.contains("233"));
}

#[test]
fn a_plan_needs_a_next_table_and_one_source() {
    let docket = Docket::imported();
    let seed = source("seeds/birmingham-crime-commission");
    let plan = docket.around().join("plan.toml");
    let [seed, plan] = [&seed, &plan].map(|path| path.to_str().unwrap());
    docket
        .run(["import", seed, "--plan-to", plan])
        .fails(2, "is the first source of birmingham-crime-commission");
    let fixtures = source("tests/fixtures");
    docket
        .run(["import", fixtures.to_str().unwrap(), "--plan-to", plan])
        .fails(2, "a plan is about one source");
    docket.run(["import", april().to_str().unwrap(), "--plan", plan]).fails(2, "cannot read");
    docket.run(["import", seed, "--plan", plan, "--plan-to", plan]).is_usage("cannot be used with");
}

#[test]
fn a_log_that_moved_on_refuses_the_plan_and_names_the_recommendation() {
    let docket = Docket::imported();
    let april = april();
    let april = april.to_str().unwrap();
    let plan = docket.around().join("plan.toml");
    let plan_path = plan.to_str().unwrap();
    docket.run(["import", april, "--plan-to", plan_path]).done();
    let text = std::fs::read_to_string(&plan).unwrap();
    std::fs::write(&plan, decided(&text, "decision = \"accept\"")).unwrap();
    docket.run(["record", "note", "7", "Typed meanwhile."]).done();
    let size = docket.size();
    docket.run(["import", april, "--plan", plan_path]).fails(3, "7 has 1 event since");
    assert_eq!(docket.size(), size);
}
