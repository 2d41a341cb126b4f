// The cases as one list.

/// All cases, in groups.
pub const GROUPS: &[&[Case]] = &[
    of_u8::CASES,
    of_u16::CASES,
    of_u32::CASES,
    of_u64::CASES,
    of_u128::CASES,
    of_i8::CASES,
    of_i16::CASES,
    of_i32::CASES,
    of_i64::CASES,
    of_i128::CASES,
    programs::CASES,
    shapes::CASES,
];

/// Case number `index` of all groups.
pub fn case(mut index: usize) -> Option<&'static Case> {
    for group in GROUPS {
        match group.get(index) {
            Some(case) => return Some(case),
            None => index -= group.len(),
        }
    }
    None
}
