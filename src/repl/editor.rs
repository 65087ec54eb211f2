//! STUB
use crate::command::World; use crate::view::Look; use std::io;
pub struct Editor; pub enum Read { Line(String), Interrupted, End }
#[derive(Clone)] pub struct Printer;
impl Editor { pub fn open(_: &Look, _: Box<dyn Fn()->World>) -> io::Result<(Editor, impl Fn(&str)->io::Result<()> + Send + Clone + 'static)> { Ok((Editor, |t: &str| { use io::Write; io::stdout().write_all(t.as_bytes()) })) }
 pub fn read(&mut self, p: &str) -> Read { use io::Write; let mut o=io::stdout(); let _=o.write_all(p.as_bytes()); let _=o.flush(); let mut s=String::new(); match io::stdin().read_line(&mut s) { Ok(0)|Err(_) => Read::End, Ok(_) => Read::Line(s) } } pub fn use_vi(&mut self,_:bool){} }
