//! A server of files, on this machine, that does wrong what servers do wrong.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a server does wrong, for one question.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    None,
    /// An error of its own, with more headers.
    Status(u16, &'static str),
    /// The file lies elsewhere.
    Moved,
    /// Sends so many bytes and hangs up.
    Cut(usize),
    /// Tells so many bytes more than it has.
    Longer(usize),
    /// Says nothing for so long.
    Silent(Duration),
    /// Sends pieces of so many bytes, with a pause before each.
    Slow(usize, Duration),
    /// Begins anew where it is asked to go on.
    Forgetful,
    /// Goes on, be it with another file, and tells which one or only how long that is.
    Heedless {
        is_named: bool,
    },
    /// Tells no length, and sends so many bytes at most.
    Lengthless(usize),
    /// The same in chunks, of which the last one says so.
    Chunked(usize),
}

/// A file: a beginning, and a block that follows it so many times.
struct Content {
    tag: u64,
    beginning: Vec<u8>,
    block: Vec<u8>,
    times: usize,
}

impl Content {
    fn length(&self) -> usize {
        self.beginning.len() + self.block.len() * self.times
    }
}

pub(crate) struct Server {
    pub(crate) endpoint: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    files: Mutex<BTreeMap<String, Arc<Content>>>,
    faults: Mutex<VecDeque<Fault>>,
    asked: Mutex<Vec<String>>,
    served: AtomicU64,
    n_tags: AtomicU64,
    dates: AtomicBool,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that hangs up needs no answer.
                thread::spawn(move || drop(answer(&stream, &shared)));
            }
        });
        Self { endpoint, state }
    }

    /// Serves a file from now on, under a tag of its own.
    pub(crate) fn has(&self, path: &str, content: impl Into<Vec<u8>>) {
        self.repeats(path, content, Vec::new(), 0);
    }

    /// Serves a beginning and a block so many times.
    pub(crate) fn repeats(&self, path: &str, beginning: impl Into<Vec<u8>>, block: Vec<u8>, times: usize) {
        let tag = self.state.n_tags.fetch_add(1, Ordering::Relaxed);
        let content = Content { tag, beginning: beginning.into(), block, times };
        self.state.files.lock().unwrap().insert(format!("/{path}"), Arc::new(content));
    }

    /// Names files by dates from now on.
    pub(crate) fn dates(&self) {
        self.state.dates.store(true, Ordering::Relaxed);
    }

    /// Does this wrong with the next questions, one each.
    pub(crate) fn does(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.state.faults.lock().unwrap() = faults.into_iter().collect();
    }

    /// What was asked for since the last time: a path, and where it was to go on.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.asked.lock().unwrap())
    }

    /// Bytes of files that were sent since the last time.
    pub(crate) fn served(&self) -> u64 {
        self.state.served.swap(0, Ordering::Relaxed)
    }
}

fn answer(mut stream: &TcpStream, state: &State) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut range, mut tag) = (None, None);
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        match line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())) {
            Some((name, value)) if name == "range" => range = Some(value),
            Some((name, value)) if name == "if-range" => tag = Some(value),
            _ => {}
        }
    }
    state.asked.lock().unwrap().push(format!("{path} {}", range.as_deref().unwrap_or("all")));
    let fault = state.faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
    let content = state.files.lock().unwrap().get(&path).cloned();
    let mut refuse = |status: u16, headers: &str| {
        write!(stream, "HTTP/1.1 {status} No\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n")
    };
    let content = match (&fault, content) {
        (Fault::Status(status, headers), _) => return refuse(*status, headers),
        (Fault::Moved, _) => return refuse(302, &format!("Location: {path}\r\n")),
        (Fault::Silent(time), _) => {
            thread::sleep(*time);
            return Ok(());
        }
        (_, None) => return refuse(404, ""),
        (_, Some(content)) => content,
    };
    let length = content.length();
    let (name, named) = match state.dates.load(Ordering::Relaxed) {
        true => {
            let date = format!("Sun, 06 Nov 1994 08:49:{:02} GMT", content.tag);
            let named = format!("Date: Mon, 07 Nov 1994 08:49:37 GMT\r\nLast-Modified: {date}\r\n");
            (date, named)
        }
        false => (format!("\"{}\"", content.tag), format!("ETag: \"{}\"\r\n", content.tag)),
    };
    let from = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let goes_on = match fault {
        Fault::Forgetful => false,
        Fault::Heedless { .. } => true,
        _ => tag.as_ref() == Some(&name),
    };
    let from = from.filter(|_| goes_on).unwrap_or(0);
    if from > 0 && from >= length {
        return refuse(416, &format!("Content-Range: bytes */{length}\r\n"));
    }
    let told = length - from + if let Fault::Longer(more) = fault { more } else { 0 };
    let status = match from {
        0 => "200 OK".to_owned(),
        _ => format!("206 Partial Content\r\nContent-Range: bytes {from}-{}/{}", length - 1, from + told),
    };
    let extent = match fault {
        Fault::Lengthless(_) => String::new(),
        Fault::Chunked(_) => "Transfer-Encoding: chunked\r\n".to_owned(),
        _ => format!("Content-Length: {told}\r\n"),
    };
    let named = if let Fault::Heedless { is_named: false } = fault { "" } else { &named };
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{extent}{named}\r\n")?;
    let most = match fault {
        Fault::Cut(most) | Fault::Lengthless(most) | Fault::Chunked(most) => most,
        _ => usize::MAX,
    };
    send(stream, &content, from, most, &fault, state)
}

fn send(
    mut stream: &TcpStream,
    content: &Content,
    from: usize,
    most: usize,
    fault: &Fault,
    state: &State,
) -> io::Result<()> {
    let blocks =
        std::iter::once(&content.beginning).chain(std::iter::repeat_n(&content.block, content.times));
    let (mut skip, mut left) = (from, most);
    for block in blocks {
        let skipped = skip.min(block.len());
        skip -= skipped;
        let rest = &block[skipped..];
        let rest = &rest[..rest.len().min(left)];
        left -= rest.len();
        let (size, pause) =
            if let Fault::Slow(size, pause) = fault { (*size, *pause) } else { (1 << 14, Duration::ZERO) };
        for piece in rest.chunks(size) {
            thread::sleep(pause);
            match fault {
                Fault::Chunked(_) => {
                    write!(stream, "{:x}\r\n", piece.len())?;
                    stream.write_all(piece)?;
                    stream.write_all(b"\r\n")?;
                }
                _ => stream.write_all(piece)?,
            }
            state.served.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
    }
    match fault {
        Fault::Chunked(usize::MAX) => stream.write_all(b"0\r\n\r\n"),
        _ => Ok(()),
    }
}
