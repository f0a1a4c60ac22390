//! What a program does when a file shrinks while it is mapped.

#![expect(unsafe_code, reason = "signal handlers are installed through the C library")]

/// From now on, ends the process with a message on stderr and exit code 1 if a mapped file is found cut
/// short or its storage fails, where it would be killed by SIGBUS without a word. For a program to call when
/// it starts: a handler belongs to the process, so this library installs none by itself. On systems
/// without SIGBUS nothing is done.
///
/// # Errors
///
/// If the system refuses the handler.
pub fn explain_lost_pages() -> std::io::Result<()> {
    #[cfg(unix)]
    install()?;
    Ok(())
}

#[cfg(unix)]
const MESSAGE: &[u8] = b"error: expected a whole file, found that one of those in use was cut short, or cannot be \
    read any more, while it was mapped into memory\nhint: replace a file by renaming a new one over it, never by \
    writing into it, and run the command again\n";

#[cfg(unix)]
fn install() -> std::io::Result<()> {
    // SAFETY: the structure is plain data for which zeros are valid; every field that matters is set. The
    // handler is a function with the signature that SA_SIGINFO asks for, and it is never removed.
    let failed = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_lost_page as *const () as libc::sighandler_t;
        // On its own stack where the thread has one: where pages are missing, the stack may be as well.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(libc::SIGBUS, &action, std::ptr::null_mut())
    };
    if failed == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

#[cfg(unix)]
extern "C" fn on_lost_page(_signal: libc::c_int, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: `write` and `_exit` may be called from a signal handler, and the message is a constant. Neither
    // allocates, locks or returns to what was interrupted.
    unsafe {
        libc::write(libc::STDERR_FILENO, MESSAGE.as_ptr().cast(), MESSAGE.len());
        libc::_exit(1);
    }
}
