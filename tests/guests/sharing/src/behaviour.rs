use std::hint::black_box;
use std::time::Duration;

use crate::INSTANCE;
use crate::bindings::exports::penstock::scaler::scaler::Handle;
use crate::bindings::penstock::scaler::types::{Number, Outcome, Reading, Sample, Trigger};
use crate::bindings::penstock::scaler::{kv, sharing};

pub(crate) fn value<'t>(trigger: &'t Trigger, name: &str) -> &'t str {
    let found = trigger.metadata.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

fn reading(value: i64) -> Outcome {
    Outcome::Reading(Reading {
        samples: vec![Sample {
            name: "shares".into(),
            value: Ok(Number::Whole(value)),
        }],
        active: None,
    })
}

/// What a trigger comes to, one of `company`; nothing where the component is to forget about it.
pub(crate) fn outcome(handle: Handle, trigger: &Trigger, company: usize) -> Option<Outcome> {
    let own = value(trigger, "value").parse().expect("a number");
    match value(trigger, "behaviour") {
        "good" | "returns" | "traps_in_close" => {}
        "traps" => panic!("poisoned by {own}"),
        "traps_in_company" if company > 1 => panic!("poisoned in company"),
        "traps_in_company" => {}
        "traps_after_its_report" => {
            sharing::report(handle, &reading(own));
            panic!("after the report");
        }
        "never_enters" => panic!("whose fault?"),
        "hangs" => std::thread::sleep(Duration::MAX),
        "loops" => while black_box(true) {},
        "reports_for_a_stranger" => {
            sharing::enter(handle + 100_000);
            sharing::report(handle + 100_000, &reading(666));
            return None;
        }
        "reports_twice" => {
            sharing::report(handle, &reading(own));
            return Some(reading(666));
        }
        "never_reports" => return None,
        "counts_in_kv" => return Some(reading(count().into())),
        "tells_company" => return Some(reading(i64::try_from(company).unwrap_or_default())),
        "tells_open" => {
            let open = INSTANCE.with_borrow(|instance| instance.open.len());
            return Some(reading(i64::try_from(open).unwrap_or_default()));
        }
        "tells_polls" => return Some(reading(INSTANCE.with_borrow(|instance| instance.polls))),
        "tells_closed" => return Some(reading(INSTANCE.with_borrow(|instance| instance.closed))),
        other => panic!("no such behaviour: {other}"),
    }
    Some(reading(own))
}

/// How often this was called before for the trigger that was entered.
fn count() -> u8 {
    let before = kv::get("count").map_or(0, |bytes| bytes[0]);
    kv::set("count", &[before + 1]).expect("a byte fits");
    before
}
