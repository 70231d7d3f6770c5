//! Seeded mutations: the small fuzzer of the plain tests. The same seed gives the same bytes, on every machine.

/// Numbers that follow from a seed (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice for a name and a number: each target and file has its own.
    #[must_use]
    pub fn new(name: &str, number: u64) -> Self {
        let seed =
            name.bytes().fold(number, |seed, byte| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 where there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

/// Bytes that mean something to one format or another.
const TOKENS: [&[u8]; 20] = [
    b"\n",
    b"\n\n",
    b"\r\n",
    b"\0",
    b"\t",
    b"|",
    b";",
    b",",
    b"\"",
    b"\\",
    b"/",
    b"=",
    b"-",
    b"0",
    b"9999999999",
    b"-1",
    b"\xff",
    b"\xc3\x98",
    b"\xe2\x80\x94 ",
    b"null",
];

/// A mutation of `bytes`: one to four changes, now and then with a piece of `other`.
#[must_use]
pub fn mutated(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut mutated = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        change(&mut mutated, other, dice);
    }
    mutated
}

fn change(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    let end = (at + 1 + dice.below(16)).min(bytes.len());
    match dice.below(9) {
        0 => flip(bytes, at, dice),
        1 => set(bytes, at, dice.byte()),
        2 => insert(bytes, at, TOKENS.get(dice.below(TOKENS.len())).copied().unwrap_or_default()),
        3 => drop(bytes.drain(at.min(end)..end)),
        4 => bytes.truncate(at),
        5 => {
            let piece = bytes.get(at..end).unwrap_or_default().to_vec();
            insert(bytes, dice.below(bytes.len() + 1), &piece);
        }
        6 => {
            let from = dice.below(other.len() + 1);
            let piece =
                other.get(from..(from + dice.below(64)).min(other.len())).unwrap_or_default().to_vec();
            insert(bytes, at, &piece);
        }
        7 => swap_lines(bytes, dice),
        _ => digit(bytes, at, dice),
    }
}

fn flip(bytes: &mut [u8], at: usize, dice: &mut Dice) {
    let bit = dice.below(8);
    bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
}

fn set(bytes: &mut [u8], at: usize, to: u8) {
    bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = to);
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

/// The next digit gets another value: dates, numbers and lengths stay well formed.
fn digit(bytes: &mut [u8], at: usize, dice: &mut Dice) {
    let value = b'0' + u8::try_from(dice.below(10)).unwrap_or(0);
    if let Some(byte) = bytes.iter_mut().skip(at).find(|byte| byte.is_ascii_digit()) {
        *byte = value;
    }
}

/// Two lines change places, or one is doubled.
fn swap_lines(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (first, second) = (dice.below(lines.len()), dice.below(lines.len()));
    if first == second {
        let doubled = lines.get(first).cloned();
        lines.extend(doubled);
    } else {
        lines.swap(first, second);
    }
    *bytes = lines.concat();
}
