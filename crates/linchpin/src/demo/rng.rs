//! Chance that anyone can repeat: SplitMix64.

/// A stream of numbers that depends on nothing but its seed and its label.
#[derive(Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// The stream of a seed for one purpose. Each purpose draws from its own stream, so that a
    /// draw more in one place changes nothing in another.
    pub(super) fn new(seed: u64, label: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let mut rng = Self(label.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, fnv));
        rng.next();
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included. `high` below `low` gives `low`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0).unsigned_abs() + 1;
        low.saturating_add_unsigned(self.next() % width)
    }

    /// True in that many of 100 cases.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(0, 99) < percent
    }

    /// One of a list's places. An empty list gives place 0.
    pub(super) fn place(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % length).unwrap_or(0)
    }

    /// One of a few things.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, things: &[T; N]) -> T {
        const { assert!(N > 0, "there is nothing to pick from") };
        things[self.place(N)]
    }
}
