//! A session in a network of its own, without a terminal: what is typed, what is shown, what the
//! kernel then does.

mod aborts;
mod counters;
mod expectations;
mod explained;
mod on_wire;
mod outlooks;
mod recordings;
mod sysctls;
mod tables;

use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::never;

use super::{Format, Place, Screen, Session, Settings, Stop};
use crate::lab::Lab;
use crate::network::testing::on_private_network;
use crate::sockets::Reserve;
use crate::sockets::bench::deafen;
use crate::story::{SegmentMoment, What};
use crate::trace::{Origin, Time, clock};
use crate::view::Look;
use crate::view::sockets::{End, Known, Shown};

/// The most that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(10);

struct Desk {
    session: Session,
    shown: Arc<Mutex<String>>,
}

/// Runs the test in a child process, at a desk in a private network of its own.
fn at_a_desk(test: impl FnOnce(&mut Desk)) {
    on_private_network(|network| {
        let lab = Lab::open(network.clone(), Reserve::default()).unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let look =
            Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };
        let settings = Settings { look, explain: true, vi: false };
        let screen = Screen::gathering(Format::Human, Arc::clone(&shown));
        test(&mut Desk { session: Session::new(lab, screen, settings), shown });
    });
}

impl Desk {
    /// Types a line that must go well; what is shown.
    fn types(&mut self, line: &str) -> String {
        let (result, shown) = self.tries(line);
        assert_eq!(result, Ok(()), "{line}: {shown}");
        shown
    }

    fn tries(&mut self, line: &str) -> (Result<(), Stop>, String) {
        self.shown.lock().unwrap().clear();
        let result = self.session.run(&Place::default(), line).map(|_| ());
        (result, self.shown.lock().unwrap().clone())
    }

    /// `server` listens, `client` is connected to it, `conn` is accepted from it.
    fn connection(&mut self) {
        self.listener(5);
        self.types("client = socket tcp; connect client server; conn = accept server");
    }

    fn listener(&mut self, backlog: u32) {
        let listen = format!("listen server {backlog}");
        self.types(&format!("server = socket tcp; bind server 127.0.0.1:8899; {listen}"));
    }

    /// What comes to that socket is lost from now on, or again arrives.
    fn deaf(&self, name: &str, deaf: bool) {
        let socket = self.session.lab.story().socket_named(name).unwrap().id;
        deafen(self.session.lab.sockets().get(socket).unwrap().as_fd(), deaf);
    }

    fn look_at(&mut self, name: &str) -> Shown {
        let socket = self.session.lab.story().socket_named(name).unwrap().id;
        self.session.shown_of(socket).unwrap()
    }

    /// The end of that name, of its own connection.
    fn end(&mut self, name: &str) -> End {
        let Shown::Connection { ends, .. } = self.look_at(name) else { panic!("a listener") };
        ends.into_iter().find(|end| end.name == name).unwrap()
    }

    fn known(&mut self, name: &str) -> Known {
        self.end(name).known.expect("the kernel knows it")
    }

    /// The next segment of its own that this end sends, and when.
    fn next_from(&mut self, port: u16, after: u64) -> (Time, SegmentMoment) {
        let end = clock::now().after(PATIENCE);
        loop {
            let sent =
                self.session.lab.story().since(after).find_map(|moment| match &moment.what {
                    What::Segment(segment)
                        if segment.segment.src.port() == port
                            && segment.passage.origin == Origin::Stack =>
                    {
                        Some((moment.time, (**segment).clone()))
                    }
                    _ => None,
                });
            if let Some(sent) = sent {
                return sent;
            }
            assert!(clock::now() < end, "nothing was sent");
            self.session.lab.wait(clock::now().after(Duration::from_millis(50)), &never::<()>());
            self.session.lab.settle_at_once(after, None);
        }
    }

    /// Waits until it is so.
    fn until(&mut self, what: &str, is_so: impl Fn(&mut Desk) -> bool) {
        let end = clock::now().after(PATIENCE);
        while !is_so(self) {
            assert!(clock::now() < end, "never: {what}");
            self.session.lab.wait(clock::now().after(Duration::from_millis(1)), &never::<()>());
        }
        self.session.lab.refresh();
    }

    fn port(&mut self, name: &str) -> u16 {
        self.end(name).local.port()
    }
}
