//! An interpreter of a small register machine, for `n` of its instructions: one unpredictable branch through a
//! table an instruction, like an emulator.

#![no_std]
#![no_main]

use kernels::{mix, Memory, Random};

const CODE: usize = 256;
const MEMORY: usize = 256;

static PROGRAM: Memory<[u32; CODE]> = Memory::new([0; CODE]);

/// Random instructions: operation, three registers, a constant. Jumps are relative and rarely taken twice.
fn setup(n: usize) {
    let mut random = Random::new(n as u64 / 7);
    for word in PROGRAM.get() {
        *word = (random.next() >> 32) as u32;
    }
}

struct Machine {
    registers: [u32; 16],
    memory: [u8; MEMORY],
    pc: u8,
    carry: bool,
}

impl Machine {
    fn step(&mut self, word: u32) {
        let register = |shift: u32| (word >> shift & 15) as usize;
        let (to, a, b) = (register(8), self.registers[register(12)], self.registers[register(16)]);
        let constant = word >> 20;
        self.pc = self.pc.wrapping_add(1);
        match word & 31 {
            0 => {
                let (sum, carry) = a.overflowing_add(b);
                self.registers[to] = sum;
                self.carry = carry;
            }
            1 => {
                let (difference, carry) = a.overflowing_sub(b);
                self.registers[to] = difference;
                self.carry = carry;
            }
            2 => self.registers[to] = a.wrapping_add(b).wrapping_add(u32::from(self.carry)),
            3 => self.registers[to] = a & b,
            4 => self.registers[to] = a | b,
            5 => self.registers[to] = a ^ b,
            6 => self.registers[to] = a << (b & 31),
            7 => self.registers[to] = a >> (b & 31),
            8 => self.registers[to] = ((a as i32) >> (b & 31)) as u32,
            9 => self.registers[to] = a.wrapping_mul(b),
            10 => self.registers[to] = a.checked_div(b).unwrap_or(u32::MAX),
            11 => self.registers[to] = a.checked_rem(b).unwrap_or(a),
            12 => self.registers[to] = constant,
            13 => self.registers[to] = a.wrapping_add(constant),
            14 => self.registers[to] = a.rotate_left(constant & 31),
            15 => self.registers[to] = a.count_ones(),
            16 => self.registers[to] = u32::from(self.memory[a.wrapping_add(constant) as usize % MEMORY]),
            17 => self.memory[a.wrapping_add(constant) as usize % MEMORY] = b as u8,
            18 => self.carry = a == b,
            19 => self.carry = a < b,
            20 => self.carry = (a as i32) < (b as i32),
            21 if self.carry => self.pc = self.pc.wrapping_add(constant as u8 & 31),
            22 if !self.carry => self.pc = self.pc.wrapping_add(constant as u8 & 31),
            23 => self.registers.swap(to, register(12)),
            24 => self.registers[to] = a.swap_bytes(),
            25 => self.registers[to] = !a,
            26 => self.registers[to] = a.leading_zeros(),
            27 => self.registers[to] = u32::from(a as u8) | b << 8,
            28 => self.registers[to] = if self.carry { a } else { b },
            29 => self.registers[to] = a.max(b),
            30 => self.registers[to] = (a as i16) as u32,
            _ => self.carry = !self.carry,
        }
    }
}

fn run(n: usize) -> u64 {
    let program = PROGRAM.get();
    let mut machine = Machine { registers: [0x1234_5678; 16], memory: [0; MEMORY], pc: 0, carry: false };
    for _ in 0..n {
        machine.step(program[usize::from(machine.pc)]);
    }
    machine.registers.iter().fold(u64::from(machine.pc), |sum, &register| mix(sum, u64::from(register)))
}

kernels::kernel!(super::setup, super::run);
