use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::{Connection, Endpoints};

/// The connection that all triggers with equal endpoints and credentials have in common, while the
/// host keeps one of them.
#[derive(Debug, Clone)]
pub(super) struct Link(Rc<Kept>);

#[derive(Debug)]
struct Kept {
    to: [String; 3],
    tls: bool,
    connection: RefCell<Option<Connection>>,
}

thread_local! {
    static LINKS: RefCell<Vec<Weak<Kept>>> = const { RefCell::new(Vec::new()) };
}

impl Link {
    /// The one that is there, or a new one. Nothing is connected yet.
    pub(super) fn to(endpoints: &Endpoints, tls: bool) -> Self {
        let to = [
            endpoints.addresses[0].clone(),
            endpoints.username.clone(),
            endpoints.password.expose().to_string(),
        ];
        LINKS.with_borrow_mut(|links| {
            links.retain(|link| link.strong_count() > 0);
            let present = links.iter().filter_map(Weak::upgrade);
            let mut same = present.filter(|link| link.to == to && link.tls == tls);
            if let Some(link) = same.next() {
                return Self(link);
            }
            let link = Rc::new(Kept {
                to,
                tls,
                connection: RefCell::default(),
            });
            links.push(Rc::downgrade(&link));
            Self(link)
        })
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn take(&self) -> Option<Connection> {
        self.0.connection.take()
    }

    /// Keeps the connection if it is still good for another question.
    pub(super) fn put(&self, connection: Connection) {
        self.0
            .connection
            .replace(connection.is_usable().then_some(connection));
    }
}
