//! Lengths of texts in, which texts go through a network together out.

use std::cmp::Reverse;
use std::ops::Range;

/// Texts of similar length together, the longest first; a batch has at most `most` tokens when its texts are padded to its
/// longest, unless it is a single text. Texts without any token are in none.
pub(super) fn by_length(lengths: &[usize], most: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).filter(|text| lengths[*text] > 0).collect();
    order.sort_by_key(|text| (Reverse(lengths[*text]), *text));
    let sorted: Vec<usize> = order.iter().map(|text| lengths[*text]).collect();
    in_order(&sorted, usize::MAX, most).into_iter().map(|batch| order[batch].to_vec()).collect()
}

/// Texts one after the other, at most `most_texts` a batch, and at most `most` tokens when they are padded to its longest, unless it is
/// a single text.
pub(super) fn in_order(lengths: &[usize], most_texts: usize, most: usize) -> Vec<Range<usize>> {
    let (mut batches, mut start, mut longest) = (Vec::new(), 0, 0);
    for (text, length) in lengths.iter().enumerate() {
        let n = text - start;
        longest = longest.max(*length);
        if n > 0 && (n == most_texts || (n + 1) * longest > most) {
            batches.push(start..text);
            (start, longest) = (text, *length);
        }
    }
    if start < lengths.len() {
        batches.push(start..lengths.len());
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_counts() {
        let check = |lengths: &[usize], most_texts, most, expected: &[(usize, usize)]| {
            let found = in_order(lengths, most_texts, most);
            let found: Vec<_> = found.iter().map(|range| (range.start, range.end)).collect();
            assert_eq!(found, expected, "{lengths:?}");
        };
        check(&[], 4, 10, &[]);
        check(&[99], 4, 10, &[(0, 1)]);
        check(&[5, 5, 5], 4, 10, &[(0, 2), (2, 3)]);
        check(&[1, 1, 1, 4, 1], 9, 12, &[(0, 3), (3, 5)]);
        check(&[1, 1, 1, 1, 1], 2, 99, &[(0, 2), (2, 4), (4, 5)]);
    }

    #[test]
    fn similar_lengths_go_together() {
        assert_eq!(by_length(&[2, 0, 9, 3, 2], 6), [vec![2], vec![3, 0], vec![4]]);
    }
}
