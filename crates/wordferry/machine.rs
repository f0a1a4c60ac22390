//! What the program asks of the machine: threads, memory, folders, and an orderly end on Ctrl-C.

use std::env;
use std::path::PathBuf;

use anyhow::anyhow;

/// The exit code of a program that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// Computes with so many threads; with all cores if none are given.
pub(crate) fn use_threads(threads: Option<u16>) -> anyhow::Result<()> {
    let n_threads = threads.map_or(0, usize::from);
    rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build_global()
        .map_err(|error| anyhow!("expected to start threads, but {error}"))
}

/// On Ctrl-C, removes files that are not finished and ends the program.
pub(crate) fn discard_unfinished_files_on_interrupt() {
    // Without a handler an interrupt still ends the program; only a temporary file may stay behind.
    let _ = ctrlc::set_handler(|| {
        wordferry::vectors::discard_unfinished_files();
        #[allow(clippy::exit, reason = "this is how a signal handler ends its program")]
        std::process::exit(INTERRUPTED);
    });
}

/// The most memory that was resident at once, in bytes; `None` where the system does not tell.
pub(crate) fn peak_rss_bytes() -> Option<u64> {
    #[cfg(unix)]
    {
        let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: `getrusage` writes a whole `rusage` where the pointer leads, and all zeros are a valid one.
        let usage = unsafe {
            if libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) != 0 {
                return None;
            }
            usage.assume_init()
        };
        // Linux counts in KiB, macOS in bytes.
        let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
        u64::try_from(usage.ru_maxrss).ok().map(|peak| peak * unit)
    }
    #[cfg(not(unix))]
    None
}

/// An environment variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The user's folder of what can be fetched again.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let named = variable("XDG_CACHE_HOME").map(PathBuf::from);
    named.or_else(|| env::home_dir().map(|home| home.join(".cache")))
}
