//! A component built against an earlier, smaller contract still runs.

use runtime_types::{Number, Outcome, Trigger};
use tests_guests::{Sandbox, component_file};

#[tokio::test]
async fn a_component_built_against_a_smaller_contract_still_runs() {
    assert!(
        component_file("older").exists(),
        "the component was not built"
    );
    let sandbox = Sandbox::new();
    let trigger = Trigger {
        trigger_type: "older".into(),
        ..Trigger::default()
    };
    let checked = sandbox.catalog.check(&trigger).await.unwrap();
    assert_eq!(checked.metrics[0].name, "older");
    match sandbox.open(trigger).poll().await {
        Outcome::Reading(reading) => assert_eq!(reading.samples[0].value, Ok(Number::Whole(1))),
        other => panic!("{other:?}"),
    }
}
