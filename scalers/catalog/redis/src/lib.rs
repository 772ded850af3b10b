//! Redis: how long a list (set, sorted set, hash) is.
//!
//! [`Connection`] is one way to one server and knows nothing of lists; [`Endpoints`] are the
//! parameters of a server. Both are there for all trigger types that may join.

mod connection;
mod endpoints;
mod error;
mod lists;

pub use connection::Connection;
pub use endpoints::Endpoints;
pub use lists::Lists;

scaler_sdk::export_scaler!(Lists);

#[cfg(test)]
mod tests {
    #[test]
    fn all_cases_are_met() {
        scaler_testkit::run_cases::<super::Component>(env!("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn parameters_are_accepted_and_refused_as_in_keda() {
        scaler_testkit::run_keda_cases::<super::Component>("redis");
    }
}
