use runtime_types::{Number, Outcome, UnknownReason};
use tests_guests::{Neighbours, Sandbox, trigger};

pub(super) async fn is_contained() {
    let sandbox = Sandbox::new();
    let mut neighbours = Neighbours::new(&sandbox).await;
    for (text, expected) in [
        ("NaN", Err(UnknownReason::Malformed)),
        ("inf", Err(UnknownReason::Malformed)),
        ("-inf", Err(UnknownReason::Malformed)),
        ("-5", Ok(0.0)),
        ("1e300", Ok(1e300)),
    ] {
        let mut absurd = sandbox.open(trigger("absurd_numbers", "poll", &[("elsewhere", text)]));
        match neighbours.unharmed_by(absurd.poll()).await {
            Outcome::Reading(reading) => {
                let value = reading.samples[0].value.clone();
                let value = value.map(Number::as_f64).map_err(|u| u.reason);
                assert_eq!(value, expected, "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
}
