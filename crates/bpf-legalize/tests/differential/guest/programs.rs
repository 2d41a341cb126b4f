// Small programs: what Rust code is made of besides arithmetic.

mod programs {
    use super::*;
    use alloc::boxed::Box;
    use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
    use alloc::format;
    use alloc::rc::Rc;
    use alloc::string::{String, ToString};
    use alloc::sync::Arc;
    use alloc::vec;
    use alloc::vec::Vec;
    use core::cell::{Cell, RefCell};
    use core::fmt::{self, Write};
    use core::sync::atomic::{
        fence, AtomicBool, AtomicI64, AtomicU16, AtomicU32, AtomicU64, AtomicU8, Ordering,
    };

    // Memory.

    fn copies(input: &mut In<'_>, out: &mut Out) {
        let from = input.bytes(64);
        let len = input.below(400);
        let source: Vec<u8> = from.iter().copied().cycle().take(len).collect();
        let mut target = vec![0x5a; len + 3];
        target[1..1 + len].copy_from_slice(black_box(&source));
        out.put(target);
    }

    fn moves_within(input: &mut In<'_>, out: &mut Out) {
        let mut data: [u8; 200] = core::array::from_fn(|i| i as u8);
        let (from, len) = (input.below(100), input.below(100));
        let to = input.below(200 - len);
        black_box(&mut data).copy_within(from..from + len, to);
        out.put(data);
    }

    fn fills(input: &mut In<'_>, out: &mut Out) {
        let mut data = [1u8; 130];
        let from = input.below(60);
        let len = input.below(70);
        black_box(&mut data)[from..from + len].fill(input.byte());
        let mut words = [7u32; 20];
        black_box(&mut words).fill(input.get());
        out.put(data);
        out.put(words);
    }

    /// Copies and fills of every constant length around the limits of what stays inline.
    fn constant_lengths(input: &mut In<'_>, out: &mut Out) {
        fn one<const N: usize>(input: &mut In<'_>, out: &mut Out) {
            let a: [u8; N] = core::array::from_fn(|_| input.byte());
            let mut b = [0xeeu8; N];
            let mut c = [input.byte(); N];
            b.copy_from_slice(black_box(&a));
            out.put(b == c);
            core::mem::swap(black_box(&mut b), black_box(&mut c));
            out.put(b);
            out.put(a.cmp(black_box(&c)));
        }
        one::<1>(input, out);
        one::<3>(input, out);
        one::<4>(input, out);
        one::<7>(input, out);
        one::<8>(input, out);
        one::<15>(input, out);
        one::<16>(input, out);
        one::<20>(input, out);
        one::<31>(input, out);
        one::<32>(input, out);
        one::<33>(input, out);
        one::<63>(input, out);
        one::<64>(input, out);
        one::<65>(input, out);
        one::<100>(input, out);
        one::<127>(input, out);
        one::<256>(input, out);
        one::<1000>(input, out);
    }

    fn compares_slices(input: &mut In<'_>, out: &mut Out) {
        let len = input.below(70);
        let a = vec![3u8; len];
        let mut b = a.clone();
        if len > 0 {
            let at = input.below(len);
            b[at] = b[at].wrapping_add(input.byte() % 3).wrapping_sub(1);
        }
        out.put(black_box(&a[..]).cmp(black_box(&b[..])));
        out.put(black_box(&a[..]) == black_box(&b[..]));
        out.put(a[..len / 2].cmp(&b[..]));
    }

    #[inline(never)]
    fn big_by_value(a: [u64; 60], b: [u64; 60]) -> [u64; 60] {
        core::array::from_fn(|i| a[i].wrapping_mul(3).wrapping_add(b[59 - i]))
    }

    fn large_values(input: &mut In<'_>, out: &mut Out) {
        let a: [u64; 60] = input.get();
        let f: fn([u64; 60], [u64; 60]) -> [u64; 60] = black_box(big_by_value);
        let b = f(a, f(a, a));
        out.put(core::mem::replace(&mut black_box(b), a));
    }

    fn large_frame(input: &mut In<'_>, out: &mut Out) {
        let mut table = [0u32; 1500];
        for _ in 0..60 {
            let at = input.below(1500);
            black_box(&mut table)[at] += 1 + u32::from(input.byte());
        }
        out.put(
            table
                .iter()
                .enumerate()
                .fold(0u64, |n, (i, v)| n.wrapping_mul(31).wrapping_add(i as u64 * u64::from(*v))),
        );
    }

    static mut COUNTER: u64 = 5;
    static TABLE: [u16; 64] = {
        let mut table = [0; 64];
        let mut i = 0;
        while i < 64 {
            table[i] = (i * i * 13 % 1009) as u16;
            i += 1;
        }
        table
    };
    static NAMES: [&str; 5] = ["zero", "one", "two", "three", "four"];
    static OPERATIONS: [fn(u64, u64) -> u64; 4] = [
        |a, b| a.wrapping_add(b),
        |a, b| a ^ b,
        |a, b| a.wrapping_mul(b),
        |a, b| a.checked_div(b).unwrap_or(9),
    ];

    fn statics(input: &mut In<'_>, out: &mut Out) {
        let counter = &raw mut COUNTER;
        // SAFETY: there is one thread, and no reference to the counter is kept.
        unsafe {
            *counter = input.get();
            *counter = (*counter).wrapping_add(u64::from(TABLE[input.below(64)]));
            out.put(*counter);
        }
        out.text(NAMES[input.below(5)]);
        out.put(OPERATIONS[input.below(4)](input.get(), input.get()));
    }

    // Control flow.

    fn dense_match(input: &mut In<'_>, out: &mut Out) {
        let n: u64 = input.get();
        let m = input.byte();
        let value = match black_box(m) {
            0 => n.wrapping_add(17),
            1 => n ^ 0xff,
            2 => n.rotate_left(9),
            3 => n / 3,
            4 => n % 1000,
            5 => n.wrapping_mul(n),
            6 => !n,
            7 => n.count_ones().into(),
            8 => n << 4,
            9 => n >> 11,
            10 => n.swap_bytes(),
            11 => n | 0x1111,
            12 => n & 0x0f0f_0f0f,
            13 => n.saturating_add(u64::MAX / 2),
            14 => n.isqrt(),
            15..=40 => n.wrapping_sub(u64::from(m)),
            41 | 43 | 47 | 53 | 59 | 61 | 67 | 71 => n.wrapping_add(1),
            100..=199 if n % 2 == 0 => 2,
            200.. => 3,
            _ => 4,
        };
        out.put(value);
    }

    fn constant_match(input: &mut In<'_>, out: &mut Out) {
        let name = match black_box(input.byte() % 24) {
            0 => "january",
            1 => "february",
            2 => "march",
            3 => "april",
            4 => "may",
            5 => "june",
            6 => "july",
            7 => "august",
            8 => "september",
            9 => "october",
            10 => "november",
            11 => "december",
            12 => "",
            13 => "x",
            14 => "yy",
            15 => "zzz",
            _ => "none",
        };
        out.text(name);
        let code = match name {
            "march" => 3,
            "may" => 5,
            "june" => 6,
            "july" => 7,
            "october" => 10,
            "x" | "yy" => 20,
            "none" => 30,
            _ => 0,
        };
        out.put(code);
    }

    fn sparse_match(input: &mut In<'_>, out: &mut Out) {
        let n: u32 = input.get();
        out.put(match n {
            0 => 1,
            0x9bae_9d5e => 2,
            0xed4b_9d1b => 3,
            0x633a_a551 => 4,
            0x8458_1e70..=0xffff_0000 => 5,
            1 | 2 | 4 | 8 | 16 | 32 | 64 | 128 | 256 => 6,
            u32::MAX => 7,
            n if n.is_power_of_two() => 8,
            _ => 9u8,
        });
    }

    fn state_machine(input: &mut In<'_>, out: &mut Out) {
        #[derive(Clone, Copy, Debug, PartialEq)]
        enum State {
            Start,
            Sign,
            Digits,
            Point,
            Fraction,
            Exponent,
            Done,
            Bad,
        }
        let mut state = State::Start;
        let mut trace = Vec::new();
        for _ in 0..24 {
            state = match (state, black_box(input.byte() % 6)) {
                (State::Start, 0) => State::Sign,
                (State::Start | State::Sign, 1) => State::Digits,
                (State::Digits, 1) => State::Digits,
                (State::Digits, 2) => State::Point,
                (State::Point | State::Fraction, 1) => State::Fraction,
                (State::Digits | State::Fraction, 3) => State::Exponent,
                (State::Exponent, 1) => State::Digits,
                (State::Digits | State::Fraction, 4) => State::Done,
                (State::Done, _) => State::Start,
                (State::Bad, 5) => State::Start,
                _ => State::Bad,
            };
            trace.push(state as u8);
        }
        out.put(trace);
    }

    fn loops_with_labels(input: &mut In<'_>, out: &mut Out) {
        let grid: [[u8; 7]; 7] = input.get();
        let want = input.byte();
        let found = 'outer: loop {
            for (y, row) in grid.iter().enumerate() {
                for (x, cell) in row.iter().enumerate() {
                    if *cell == want {
                        break 'outer Some((x, y));
                    }
                    if *cell == 77 {
                        continue;
                    }
                }
            }
            break None;
        };
        out.put(found);
    }

    // Recursion and calls.

    #[inline(never)]
    fn ackermann(m: u64, n: u64) -> u64 {
        match (m, n) {
            (0, n) => n + 1,
            (m, 0) => ackermann(m - 1, 1),
            (m, n) => ackermann(m - 1, ackermann(m, n - 1)),
        }
    }

    #[inline(never)]
    fn is_even(n: u32) -> bool {
        n == 0 || is_odd(n - 1)
    }

    #[inline(never)]
    fn is_odd(n: u32) -> bool {
        n != 0 && is_even(n - 1)
    }

    #[inline(never)]
    fn many_recursive(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, depth: u8) -> (u64, u64, u64) {
        if depth == 0 {
            return (a ^ b ^ c, d ^ e, f ^ g);
        }
        let (x, y, z) = many_recursive(b, c, d, e, f, g, a.wrapping_mul(31), depth - 1);
        (x.wrapping_add(a), y.wrapping_add(b), z.wrapping_add(g))
    }

    fn recursion(input: &mut In<'_>, out: &mut Out) {
        out.put(ackermann(u64::from(input.byte() % 3), u64::from(input.byte() % 4)));
        out.put(is_even(u32::from(input.byte() % 40)));
        let depth = input.byte() % 50;
        out.put(
            many_recursive(
                input.get(),
                input.get(),
                input.get(),
                input.get(),
                input.get(),
                input.get(),
                input.get(),
                depth,
            )
            .0,
        );
    }

    trait Animal {
        fn name(&self) -> &str;
        fn speak(&self, loudness: u128, times: u8, to: &str) -> String;
        fn measure(&self, a: u64, b: u32, c: u16, d: u8, e: i64, f: i128, g: bool) -> Option<(u64, i128)>;
        fn legs(&self) -> u32 {
            4
        }
    }
    struct Dog {
        age: u8,
    }
    struct Bird(String);
    impl Animal for Dog {
        fn name(&self) -> &str {
            "dog"
        }
        fn speak(&self, loudness: u128, times: u8, to: &str) -> String {
            format!("{}{}{to}", "wuff ".repeat(usize::from(times % 4)), loudness)
        }
        fn measure(&self, a: u64, b: u32, c: u16, d: u8, e: i64, f: i128, g: bool) -> Option<(u64, i128)> {
            g.then(|| (a ^ u64::from(b) ^ u64::from(c), f.wrapping_add(e.into()).wrapping_add(d.into())))
        }
    }
    impl Animal for Bird {
        fn name(&self) -> &str {
            &self.0
        }
        fn speak(&self, loudness: u128, _: u8, to: &str) -> String {
            format!("{to:>8}|{loudness:x}|{}", self.0)
        }
        fn measure(&self, a: u64, b: u32, c: u16, d: u8, e: i64, f: i128, g: bool) -> Option<(u64, i128)> {
            Some((
                a.wrapping_mul(b.into()),
                f ^ i128::from(e) ^ i128::from(c) ^ i128::from(d) ^ i128::from(g),
            ))
        }
        fn legs(&self) -> u32 {
            2
        }
    }
    impl Drop for Bird {
        fn drop(&mut self) {
            DROPPED.fetch_add(self.0.len() as u64, Ordering::SeqCst);
        }
    }
    static DROPPED: AtomicU64 = AtomicU64::new(0);

    fn dyn_traits(input: &mut In<'_>, out: &mut Out) {
        DROPPED.store(0, Ordering::Relaxed);
        let mut zoo: Vec<Box<dyn Animal>> = Vec::new();
        for _ in 0..1 + input.below(5) {
            zoo.push(match input.get::<bool>() {
                true => Box::new(Dog { age: input.byte() }),
                false => Box::new(Bird(input.get())),
            });
        }
        for animal in black_box(&zoo) {
            out.text(animal.name());
            out.text(&animal.speak(input.get(), input.byte(), "you"));
            out.put(animal.legs());
            out.put(animal.measure(
                input.get(),
                input.get(),
                input.get(),
                input.get(),
                input.get(),
                input.get(),
                input.get(),
            ));
        }
        drop(zoo);
        out.put(DROPPED.load(Ordering::Acquire));
        out.put(Dog { age: 3 }.age);
    }

    fn closures(input: &mut In<'_>, out: &mut Out) {
        let (a, b): (u64, u128) = input.get();
        let add = move |x: u64, y: u64, z: u64, w: u64, v: u64, u: u64| {
            x ^ y.wrapping_add(z) ^ w.wrapping_mul(v) ^ u ^ a ^ b as u64
        };
        let boxed: Box<dyn Fn(u64, u64, u64, u64, u64, u64) -> u64> = black_box(Box::new(add));
        let mut total = boxed(1, 2, 3, 4, 5, input.get());
        let mut count: Box<dyn FnMut(u128) -> (u64, u128)> = Box::new(|n| {
            total = total.wrapping_add(n as u64);
            (total, b ^ n)
        });
        for _ in 0..3 {
            out.put(black_box(&mut count)(input.get()));
        }
        let once: Box<dyn FnOnce() -> String> = black_box(Box::new(move || format!("{a}-{b}")));
        out.text(&once());
    }

    fn compose(input: &mut In<'_>, out: &mut Out) {
        fn twice(f: &dyn Fn(Padded) -> Padded, value: Padded) -> Padded {
            f(f(value))
        }
        let k: u64 = input.get();
        let value = twice(
            black_box(&|p: Padded| Padded { a: p.a.wrapping_add(1), b: p.b ^ k, c: p.c.rotate_left(3) }),
            input.get(),
        );
        out.put(value);
    }

    extern "C" fn c_abi(a: Plain, b: u8, c: Six, d: i128, e: Plain, f: bool) -> Plain {
        Plain { a: a.a ^ e.a, b: b ^ c.a[1], c: a.c, d: d as i64 ^ e.d, e: f ^ a.e }
    }

    fn foreign_abi(input: &mut In<'_>, out: &mut Out) {
        let f: extern "C" fn(Plain, u8, Six, i128, Plain, bool) -> Plain = black_box(c_abi);
        out.put(f(input.get(), input.get(), input.get(), input.get(), input.get(), input.get()));
    }

    // Collections.

    fn sorts(input: &mut In<'_>, out: &mut Out) {
        let len = input.below(90);
        let numbers: Vec<u64> = (0..len).map(|_| input.get::<u64>() % 1000).collect();
        let mut a = numbers.clone();
        a.sort();
        let mut b = numbers.clone();
        b.sort_unstable_by(|x, y| y.cmp(x));
        let mut c: Vec<(u64, usize)> = numbers.iter().copied().zip(0..).collect();
        c.sort_by_key(|(n, _)| n % 10);
        out.put(a.binary_search(&500).is_ok());
        out.put(a);
        out.put(b);
        out.put(c);
    }

    fn sorts_strings(input: &mut In<'_>, out: &mut Out) {
        let mut all: Vec<String> = (0..12).map(|_| input.get()).collect();
        all.sort();
        all.dedup();
        out.text(&all.join("|"));
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        out.text(&all.concat());
    }

    fn maps(input: &mut In<'_>, out: &mut Out) {
        let mut map: BTreeMap<u16, String> = BTreeMap::new();
        for _ in 0..60 {
            let key: u16 = input.get::<u16>() % 50;
            match input.byte() % 5 {
                0 => drop(map.remove(&key)),
                1 => map.entry(key).or_default().push('x'),
                _ => drop(map.insert(key, input.get())),
            }
        }
        for (key, value) in map.range(10..40) {
            out.put(*key);
            out.text(value);
        }
        out.put(map.len());
        out.put(map.first_key_value().map(|(k, _)| *k));
        let set: BTreeSet<u32> = (0..20).map(|_| u32::from(input.byte() % 16)).collect();
        let other: BTreeSet<u32> = (0..10).map(|n| n * 2).collect();
        out.put(set.intersection(&other).copied().collect::<Vec<_>>());
        out.put(set.difference(&other).copied().collect::<Vec<_>>());
    }

    fn queues(input: &mut In<'_>, out: &mut Out) {
        let mut queue = VecDeque::new();
        let mut heap = BinaryHeap::new();
        for _ in 0..40 {
            let n: i64 = input.get();
            match input.byte() % 6 {
                0 | 1 => queue.push_back(n),
                2 => queue.push_front(n),
                3 => out.put(queue.pop_front()),
                4 => out.put(queue.pop_back()),
                _ => heap.push((n, input.byte())),
            }
        }
        queue.rotate_left(queue.len() / 2);
        out.put(queue.iter().copied().collect::<Vec<_>>());
        out.put(heap.into_sorted_vec());
    }

    fn vectors(input: &mut In<'_>, out: &mut Out) {
        let mut all: Vec<Padded> = Vec::new();
        for _ in 0..30 {
            let at = input.below(all.len() + 1);
            match input.byte() % 6 {
                0 | 1 | 2 => all.insert(at, input.get()),
                3 if at < all.len() => drop(all.remove(at)),
                4 => all.truncate(at),
                _ => all.extend_from_within(..at.min(3)),
            }
        }
        all.retain(|p| p.b % 3 != 0);
        all.reverse();
        out.put(all.iter().map(|p| p.b).collect::<Vec<_>>());
        out.put(all);
    }

    fn iterators(input: &mut In<'_>, out: &mut Out) {
        let a: Vec<u32> = (0..20).map(|_| input.get::<u32>() % 100).collect();
        let b: [u16; 9] = input.get();
        out.put(a.iter().zip(&b).map(|(x, y)| u64::from(*x) * u64::from(*y)).sum::<u64>());
        out.put(a.windows(3).filter(|w| w[0] < w[1] && w[1] < w[2]).count());
        out.put(a.chunks(6).map(|c| c.iter().max().copied()).collect::<Vec<_>>());
        out.put(a.iter().rev().skip_while(|n| **n < 50).step_by(2).copied().collect::<Vec<_>>());
        out.put(a.iter().enumerate().min_by_key(|(i, n)| (*n % 7, *i)).map(|(i, _)| i));
        out.put(
            a.iter()
                .flat_map(|n| [*n, n / 2])
                .scan(0u32, |s, n| {
                    *s = s.wrapping_add(n);
                    Some(*s)
                })
                .last(),
        );
        let (even, odd): (Vec<u32>, Vec<u32>) = a.iter().partition(|n| *n % 2 == 0);
        out.put(even);
        out.put(odd);
        out.put(a.iter().try_fold(0u8, |n, x| n.checked_add((*x % 40) as u8)));
        out.put(a.iter().position(|n| *n == 42));
        out.put((1..=u64::from(input.byte() % 20)).product::<u64>());
        out.put(a.rchunks(4).next().map(<[u32]>::to_vec));
    }

    // Text.

    fn formatting(input: &mut In<'_>, out: &mut Out) {
        #[derive(Debug, Clone)]
        #[allow(dead_code)]
        struct Record<'a> {
            id: u64,
            name: &'a str,
            tags: Vec<Option<i8>>,
            nested: (Choice, Padded),
        }
        let record = Record { id: input.get(), name: input.get(), tags: input.get(), nested: input.get() };
        out.text(&format!("{record:?}"));
        out.text(&format!("{record:#?}"));
        let width = input.below(20);
        out.text(&format!(
            "{:>width$}|{:<8}|{:^11}|{:+}|{:#010x}",
            input.get::<&str>(),
            true,
            'x',
            input.get::<i32>(),
            input.get::<u16>()
        ));
        out.text(&format!("{:?} {:?}", input.get::<char>(), input.get::<String>()));
        let mut buffer = String::new();
        let _ = write!(buffer, "{}", input.get::<u128>());
        let _ = write!(&mut buffer, " {:e}", input.get::<u64>());
        out.text(&buffer);
    }

    fn displays(input: &mut In<'_>, out: &mut Out) {
        struct Hex<'a>(&'a [u8]);
        impl fmt::Display for Hex<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if f.alternate() {
                    f.write_str("0x")?;
                }
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }
        let bytes = input.bytes(20);
        out.text(&Hex(&bytes).to_string());
        out.text(&format!("{:#}", Hex(&bytes[3..])));
        let first = Hex(&bytes[..1]);
        let shown: &dyn fmt::Display = black_box(&first);
        out.text(&format!("{shown}"));
    }

    fn strings(input: &mut In<'_>, out: &mut Out) {
        let text: String = (0..16).map(|_| input.get::<char>()).collect();
        out.text(&text);
        out.put(text.chars().count());
        out.text(&text.chars().rev().collect::<String>());
        out.text(&text.to_uppercase());
        out.put(text.char_indices().nth(5).map(|(i, _)| i));
        out.put(core::str::from_utf8(&input.bytes(6)).is_ok());
        out.text(&String::from_utf8_lossy(&input.bytes(12)));
        let words = "the quick brown fox, jumps; over the lazy dog";
        let at = input.below(words.len());
        out.put(words.split([' ', ',', ';']).filter(|w| !w.is_empty()).map(str::len).collect::<Vec<_>>());
        out.put(words[at..].find("o"));
        out.text(&words.replace(&words[at..(at + 2).min(words.len())], "__"));
        out.put(words.split_once(',').map(|(a, b)| (a.len(), b.len())));
        out.put(words.bytes().rposition(|b| b == b'e'));
        out.text(words[at..].trim_start_matches(char::is_alphabetic));
    }

    // Sharing.

    fn atomics(input: &mut In<'_>, out: &mut Out) {
        let a = AtomicU64::new(input.get());
        let b = AtomicU8::new(input.get());
        let c = AtomicI64::new(input.get());
        let d = AtomicU32::new(input.get());
        let e = AtomicU16::new(input.get());
        let f = AtomicBool::new(input.get());
        let (n, m): (u64, u8) = input.get();
        out.put(a.fetch_add(n, Ordering::SeqCst));
        out.put(b.fetch_sub(m, Ordering::AcqRel));
        out.put(c.fetch_max(n as i64, Ordering::Relaxed));
        out.put(c.fetch_min(m as i64, Ordering::Relaxed));
        out.put(d.fetch_xor(n as u32, Ordering::Release));
        out.put(e.fetch_nand(n as u16, Ordering::Acquire));
        out.put(d.swap(7, Ordering::SeqCst));
        out.put(a.compare_exchange(n, 1, Ordering::SeqCst, Ordering::Relaxed));
        out.put(b.compare_exchange_weak(m, 3, Ordering::AcqRel, Ordering::Acquire).is_ok());
        out.put(a.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_mul(3)));
        out.put(f.fetch_and(n % 2 == 0, Ordering::SeqCst));
        out.put(f.fetch_not(Ordering::SeqCst));
        fence(Ordering::SeqCst);
        out.put((a.load(Ordering::SeqCst), b.load(Ordering::Acquire), c.load(Ordering::Relaxed)));
        out.put((d.into_inner(), e.into_inner(), f.into_inner()));
    }

    fn counted(input: &mut In<'_>, out: &mut Out) {
        let cell = Rc::new(RefCell::new(vec![input.get::<u64>()]));
        let weak = Rc::downgrade(&cell);
        let other = Rc::clone(&cell);
        other.borrow_mut().push(input.get());
        out.put(Rc::strong_count(&cell));
        out.put(cell.borrow().clone());
        drop(cell);
        out.put(weak.upgrade().map(|c| c.borrow().len()));
        drop(other);
        out.put(weak.upgrade().is_some());
        let shared: Arc<dyn Fn(u8) -> u8> = Arc::new(|n| n.wrapping_mul(3));
        let again = Arc::clone(&shared);
        out.put(black_box(again)(input.byte()));
        out.put(Arc::strong_count(&shared));
        let counter = Cell::new(input.get::<u128>());
        out.put(counter.replace(5));
        out.put(counter.get());
    }

    // Arithmetic of more than 128 bits, as contracts do it.

    fn multiply_256(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
        let mut product = [0u64; 8];
        for (i, x) in a.iter().enumerate() {
            let mut carry = 0;
            for (j, y) in b.iter().enumerate() {
                let t = u128::from(*x) * u128::from(*y) + u128::from(product[i + j]) + u128::from(carry);
                product[i + j] = t as u64;
                carry = (t >> 64) as u64;
            }
            product[i + 4] = carry;
        }
        ([product[0], product[1], product[2], product[3]], product[4..].iter().any(|n| *n != 0))
    }

    fn wide_arithmetic(input: &mut In<'_>, out: &mut Out) {
        let (a, b): ([u64; 4], [u64; 4]) = input.get();
        out.put(multiply_256(a, b));
        let mut carry = false;
        let sum: [u64; 4] = core::array::from_fn(|i| {
            let (n, c1) = a[i].overflowing_add(b[i]);
            let (n, c2) = n.overflowing_add(u64::from(carry));
            carry = c1 | c2;
            n
        });
        out.put((sum, carry));
        let (n, d): (u128, u64) = input.get();
        let d = u128::from(d) | 1;
        out.put((n / d, n % d));
        out.put(u128::from(a[0]) * u128::from(b[0]));
        out.put(i128::from(a[0] as i64) * i128::from(b[0] as i64));
        out.put((a[0].isqrt(), n.isqrt(), a[1].checked_next_power_of_two(), n.is_power_of_two()));
        out.put((a[0] as i64).div_euclid((b[0] as i64) | 1));
        out.put((n as i128).signum());
        out.put((n as i128).unsigned_abs());
        out.put((a[2] as i32).checked_abs());
    }

    fn fixed_point(input: &mut In<'_>, out: &mut Out) {
        let (amount, rate, fee): (u128, u128, u32) = input.get();
        let shares = amount.checked_mul(rate % 1_000_000_007).and_then(|n| n.checked_div(1_000_000_000_000));
        out.put(shares);
        let cut = amount.saturating_mul(u128::from(fee % 10_000)) / 10_000;
        out.put(cut);
        out.put(amount.checked_sub(cut));
        let mut value = amount >> 40;
        for _ in 0..input.below(20) {
            value = value + value / 100 * u128::from(fee % 7);
        }
        out.put(value);
    }

    // Errors.

    #[derive(Debug, PartialEq)]
    enum Error {
        Empty,
        TooLarge { limit: u64, got: u128 },
        Text(String),
    }
    impl From<core::num::ParseIntError> for Error {
        fn from(e: core::num::ParseIntError) -> Self {
            Error::Text(e.to_string())
        }
    }

    #[inline(never)]
    fn fallible(text: &str, limit: u64) -> Result<(u64, Vec<u8>), Error> {
        let first = text.bytes().next().ok_or(Error::Empty)?;
        let got: u128 = text.trim().parse()?;
        if got > u128::from(limit) {
            return Err(Error::TooLarge { limit, got });
        }
        Ok((got as u64, vec![first; 3]))
    }

    fn errors(input: &mut In<'_>, out: &mut Out) {
        let text = match input.byte() % 4 {
            0 => String::new(),
            1 => input.get(),
            2 => format!("{}", input.byte()),
            _ => format!(" {}", input.get::<u128>()),
        };
        out.text(&format!("{:?}", fallible(black_box(&text), u64::from(input.byte()))));
    }

    fn panics(input: &mut In<'_>, out: &mut Out) {
        let n = input.byte();
        let data = [1u32, 2, 3];
        out.put(match black_box(n % 14) {
            0 => data[usize::from(input.byte() % 6)],
            1 => data[1..usize::from(input.byte() % 6)].len() as u32,
            2 => data.get(usize::from(input.byte() % 5)).copied().unwrap(),
            3 => u32::try_from(input.get::<i64>()).expect("small"),
            4 => input.get::<Result<u32, u8>>().unwrap(),
            5 => {
                assert!(input.get::<bool>(), "told to");
                6
            }
            6 => match input.byte() % 3 {
                0 => unreachable!("as said"),
                other => other.into(),
            },
            7 => {
                let cell = RefCell::new(1);
                let _held = input.get::<bool>().then(|| cell.borrow_mut());
                let seen = *cell.borrow();
                seen
            }
            8 => 100 / u32::from(input.byte() % 2),
            9 => (i32::MIN + i32::from(input.byte() % 2)).abs() as u32,
            10 => "häuser"[usize::from(input.byte() % 6)..].len() as u32,
            11 => core::iter::repeat_n(input.get::<u32>(), 3).sum(),
            12 => Vec::<u8>::with_capacity(input.byte() as usize).capacity() as u32 / 256 + 1,
            _ => panic!("{n}"),
        });
    }

    pub const CASES: &[Case] = cases!(programs;
        copies moves_within fills constant_lengths compares_slices large_values large_frame statics dense_match
        constant_match sparse_match state_machine loops_with_labels recursion dyn_traits closures compose
        foreign_abi sorts sorts_strings maps queues vectors iterators formatting displays strings atomics
        counted wide_arithmetic fixed_point errors panics);
}
