//! Room for large matrices.

/// `n` zeros. The system is asked to back them with huge pages: the first write to each page of 4 KiB costs more
/// than copying a row into it.
pub(crate) fn zeros(n: usize) -> Vec<f32> {
    let mut values = vec![0.0; n];
    advise_huge_pages(&mut values);
    values
}

/// Smaller memory does not come from the system page by page.
#[cfg(target_os = "linux")]
const LEAST: usize = 1 << 24;

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the advice is given through the C library")]
fn advise_huge_pages(values: &mut [f32]) {
    /// Of the largest kind of ordinary page, so that the start is one of a page everywhere.
    const PAGE: usize = 1 << 16;
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(values);
    if bytes.len() < LEAST {
        return;
    }
    let inside = bytes.as_ptr().align_offset(PAGE).min(bytes.len());
    let inside = &mut bytes[inside..];
    // SAFETY: the range lies within one allocation that is borrowed mutably, and the advice changes how memory is provided,
    // not what it holds. A refusal changes nothing, so it is not looked at.
    unsafe {
        libc::madvise(inside.as_mut_ptr().cast(), inside.len(), libc::MADV_HUGEPAGE);
    }
}

#[cfg(not(target_os = "linux"))]
fn advise_huge_pages(_: &mut [f32]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_zeros() {
        for n in [0, 1, 1 << 20, (1 << 23) + 1] {
            let values = zeros(n);
            assert_eq!(values.len(), n);
            assert!(values.iter().all(|value| *value == 0.0));
        }
    }
}
