//! Many keys of one server in one round trip.

use scaler_sdk::{Failure, Shared};

use super::Lists;
use crate::Connection;

pub(super) fn poll(triggers: Vec<Shared<'_, Lists>>) {
    let mut by_link: Vec<Vec<Shared<'_, Lists>>> = Vec::new();
    for trigger in triggers {
        let link = &trigger.scaler().link;
        match by_link.iter_mut().find(|of| of[0].scaler().link.is(link)) {
            Some(same) => same.push(trigger),
            None => by_link.push(vec![trigger]),
        }
    }
    by_link.into_iter().for_each(poll_link);
}

fn poll_link(mut triggers: Vec<Shared<'_, Lists>>) {
    // Each change of the database is one command more.
    triggers.sort_by_key(|trigger| trigger.scaler().config.database());
    let link = triggers[0].scaler().link.clone();
    let mut kept = link.take();
    loop {
        let was_kept = kept.is_some();
        let made = match kept.take() {
            Some(connection) => Ok(connection),
            None => triggers[0].scaler().connect(),
        };
        let mut connection = match made {
            Ok(connection) => connection,
            Err(failure) => return fail(triggers, &failure),
        };
        let rest = ask(&mut connection, triggers);
        match connection.ended() {
            _ if rest.is_empty() => return link.put(connection),
            // Servers close what is idle, and restart: that alone is no failure.
            Some(_) if was_kept && connection.is_lost() => triggers = rest,
            Some(failure) => return fail(rest, &failure),
            None => return fail(rest, &Failure::malformed("the server gave too few answers")),
        }
    }
}

/// Reports those that were answered, and gives back the others.
fn ask<'a>(
    connection: &mut Connection,
    triggers: Vec<Shared<'a, Lists>>,
) -> Vec<Shared<'a, Lists>> {
    let commands: Vec<_> = triggers
        .iter()
        .map(|trigger| {
            let lists = trigger.scaler();
            (lists.config.database(), lists.command())
        })
        .collect();
    let answers = connection.ask_all(&commands);
    let mut triggers = triggers.into_iter();
    for (answer, mut trigger) in answers.into_iter().zip(triggers.by_ref()) {
        let lists = trigger.enter();
        let outcome = answer.and_then(|answer| lists.reading(answer));
        trigger.report(outcome);
    }
    triggers.collect()
}

fn fail(triggers: Vec<Shared<'_, Lists>>, failure: &Failure) {
    for trigger in triggers {
        trigger.report(Err(failure.clone()));
    }
}
