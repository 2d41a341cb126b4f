//! The program image: the ELF file that is stored on chain.
//!
//! An ELF64 little-endian executable for EM_BPF (gABI chapter 4 and 5) that `readelf` and `llvm-objdump -d` accept. It
//! has one canonical form: the same program is always the same bytes, and [`Image::parse`] refuses a file that
//! [`Image::to_bytes`] would have written differently. Code is paid for by the byte, so there are no section headers,
//! symbols or strings.
//!
//! ```text
//! offset 0    ELF header                                      64 bytes
//!        64   four program headers, in this order             4 × 56 bytes
//!             PT_LOAD R X  text       at CODE_BASE
//!             PT_LOAD R    read-only  at RODATA_BASE
//!             PT_LOAD RW   data       at DATA_BASE, p_memsz = data + bss
//!             PT_NOTE R    the note
//!        288  note: namesz 7, descsz, type 1, "inkbpf\0" and padding, then the tables (below),
//!             then padding to 4, which p_filesz counts and descsz does not (gABI chapter 5)
//!             padding to 8, text, padding to 8, read-only data, padding to 8, data
//! ```
//!
//! The tables, numbers in ULEB128 (shortest form) one after another:
//!
//! ```text
//! format version (1)
//! stack size ÷ 16, heap size              the heap's in bytes; it begins where bss ends
//! index of the function `deploy`, of `call`
//! number of functions, then for each, in the order of the text:
//!     length in slots                     the first begins at slot 0, each next where the last ended
//!     (frame size ÷ 16) × 2 + (1 if its address is taken)
//! number of jump tables, then for each, in rising order and without overlap:
//!     distance ÷ 8 from the end of the last one (from the start of read-only data), entries
//! ```
//!
//! A jump table lies in the read-only data, 8 bytes per entry, each the code address of a slot. The functions tile the
//! text. This module cannot check everything: the verifier of `bpf-vm` checks that entries are code addresses and that
//! instructions decode.
//!
//! This is the *raw* form. The stored file may have the [`compressed`] form, which expands to exactly one raw form;
//! [`Image`] handles only the raw form.

pub mod compressed;
mod inflate;

pub use inflate::StreamFault;

use crate::memory::{CODE_BASE, DATA_BASE, FRAME_ALIGN, MAX_REGION, RODATA_BASE};
use alloc::vec::Vec;
use core::fmt;

/// `e_machine` of BPF.
pub const EM_BPF: u16 = 247;
/// Version of the tables in the note.
pub const FORMAT_VERSION: u32 = 1;
/// Largest frame a function may have, in bytes.
pub const MAX_FRAME_SIZE: u32 = 512 * 1024;

const EHDR: usize = 64;
const PHDR: usize = 56;
const PHDRS: usize = 4;
const NOTE_AT: usize = EHDR + PHDRS * PHDR;
const NOTE_NAME: &[u8; 8] = b"inkbpf\0\0";
const NOTE_NAME_LEN: u32 = 7;
/// Number of bytes at the start of a file that suffice for an [`Outline`]: up to the third number of the tables, or the
/// last one of the compressed form.
pub const HEAD_LEN: usize = NOTE_AT + NOTE_HEADER + 3 * 5;
const _: () = assert!(HEAD_LEN >= compressed::NOTE_AT + NOTE_HEADER + 8 * 5);
const NOTE_HEADER: usize = 12 + NOTE_NAME.len();
const NOTE_TYPE: u32 = 1;
const NOTE_ALIGN: usize = 4;
const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;
const PF_X: u32 = 1;
const PF_W: u32 = 2;
const PF_R: u32 = 4;

/// A function of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Slot of its first instruction.
    pub first: u32,
    /// Length in slots. Never 0.
    pub slots: u32,
    /// Size in bytes of its own stack below the frame pointer, a multiple of [`FRAME_ALIGN`].
    pub frame_size: u32,
    /// Whether `callx` may reach it.
    pub address_taken: bool,
}

/// A run of code addresses in the read-only data that `gotox` may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JumpTable {
    /// Offset of the first entry in the read-only data, in bytes; a multiple of 8.
    pub offset: u32,
    /// Number of entries, 8 bytes each. Never 0.
    pub entries: u32,
}

/// A parsed program image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// Instructions, 8 bytes a slot.
    pub text: &'a [u8],
    /// Read-only data.
    pub rodata: &'a [u8],
    /// Initialised data.
    pub data: &'a [u8],
    /// Size of the zeroed data after it, in bytes.
    pub bss_size: u32,
    /// Stack size in bytes, a multiple of [`FRAME_ALIGN`].
    pub stack_size: u32,
    /// Heap size in bytes. The heap follows bss without a gap.
    pub heap_size: u32,
    /// Index in `functions` of the entry point that creates a contract.
    pub deploy: u32,
    /// Index in `functions` of the entry point that serves messages.
    pub call: u32,
    /// The functions, which tile the text.
    pub functions: Vec<Function>,
    /// The jump tables, in rising order of offset.
    pub jump_tables: Vec<JumpTable>,
}

/// Why a file is not a program image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// Not an ELF file. `wasm` says whether it is a Wasm module instead.
    NotElf {
        /// The file begins as a Wasm module does.
        wasm: bool,
    },
    /// An ELF file for another kind of machine: class, byte order or `e_machine` differ.
    WrongMachine {
        /// What the header says.
        machine: u16,
    },
    /// The file ends before this part is complete.
    Truncated {
        /// What was being read.
        part: Part,
    },
    /// A header field does not have the one value that the canonical form gives it.
    BadHeader {
        /// Byte offset of the field in the file.
        at: u32,
    },
    /// There are bytes after the end of the program.
    TrailingBytes {
        /// Byte offset of the first one.
        at: u32,
    },
    /// The version of the tables is not known here.
    UnknownVersion {
        /// The version.
        version: u32,
    },
    /// A number in the note is not in shortest form, too large, or the note does not end with it.
    BadNumber {
        /// Byte offset in the file.
        at: u32,
    },
    /// The text is empty or not a whole number of slots.
    BadTextLength {
        /// Its length in bytes.
        len: u32,
    },
    /// A region is larger than its address space.
    TooLarge {
        /// Which.
        part: Part,
    },
    /// A function is empty, its frame is too large, or the functions do not end where the text does.
    BadFunction {
        /// Its index.
        index: u32,
    },
    /// An entry point names a function that does not exist.
    BadEntry {
        /// The index it names.
        index: u32,
    },
    /// A jump table is empty or leaves the read-only data.
    BadJumpTable {
        /// Its index.
        index: u32,
    },
    /// The file has the compressed form, but the raw one is required.
    Compressed,
    /// The stream of a compressed image is malformed.
    BadStream {
        /// Byte offset in the file up to which it was read.
        at: u32,
        /// What is wrong.
        fault: StreamFault,
    },
}

/// A part of the file, for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// ELF and program headers.
    Headers,
    /// The note and its tables.
    Note,
    /// Instructions.
    Text,
    /// Read-only data.
    Rodata,
    /// Data, bss and heap.
    Data,
    /// The stack.
    Stack,
    /// The raw image that a compressed one expands to.
    Image,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Headers => "headers",
            Part::Note => "note",
            Part::Text => "text",
            Part::Rodata => "read-only data",
            Part::Data => "data",
            Part::Stack => "stack",
            Part::Image => "expanded image",
        })
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotElf { wasm: true } => f.write_str(
                "this is a Wasm module, not an eBPF program: build the contract with `inkbpf build`",
            ),
            Self::NotElf { wasm: false } => f.write_str("not an ELF file"),
            Self::WrongMachine { machine: EM_BPF } => {
                f.write_str("an eBPF file that is not 64-bit little-endian (its class or byte order differs)")
            }
            Self::WrongMachine { machine } => {
                write!(f, "an ELF file for machine {machine}, not an eBPF program (machine {EM_BPF})")
            }
            Self::Truncated { part } => write!(f, "the file ends within its {part}"),
            Self::BadHeader { at } => {
                write!(f, "the header field at byte {at} has a value that is invalid in a program image")
            }
            Self::TrailingBytes { at } => {
                write!(f, "there are bytes after the end of the program, from byte {at}")
            }
            Self::UnknownVersion { version } => {
                write!(
                    f,
                    "the program image has the unknown version {version}: expected 1, or 2 if compressed"
                )
            }
            Self::BadNumber { at } => write!(f, "the number at byte {at} of the note is malformed"),
            Self::BadTextLength { len } => {
                write!(f, "the text is {len} bytes long, which is not a positive multiple of 8")
            }
            Self::TooLarge { part: Part::Image } => {
                write!(f, "the program would expand to more than {} bytes", compressed::MAX_IMAGE)
            }
            Self::TooLarge { part } => write!(f, "the {part} does not fit its region of the address space"),
            Self::BadFunction { index } => {
                write!(f, "function {index} is empty, has too large a frame, or does not lie within the text")
            }
            Self::BadEntry { index } => {
                write!(f, "an entry point names function {index}, which does not exist")
            }
            Self::BadJumpTable { index } => {
                write!(f, "jump table {index} is empty or does not lie within the read-only data")
            }
            Self::Compressed => f.write_str("the program image is compressed: expected an uncompressed one"),
            Self::BadStream { at, fault } => {
                write!(f, "the compressed program is damaged at byte {at}: {fault}")
            }
        }
    }
}

impl core::error::Error for ImageError {}

impl<'a> Image<'a> {
    /// Parses a program image.
    ///
    /// Time and memory are linear in the length of `file`. Only the two tables are copied.
    ///
    /// For a stored file, which may be compressed, see [`compressed::decompress`].
    ///
    /// # Errors
    /// Any file that [`Image::to_bytes`] could not have written, with the place of the difference.
    pub fn parse(file: &'a [u8]) -> Result<Self, ImageError> {
        check_ident(file)?;
        if compressed::is_compressed(file) {
            return Err(ImageError::Compressed);
        }
        let note_size = field(file, phdr(3) + 32, 8, Part::Headers)?;
        let text_len = field(file, phdr(0) + 32, 8, Part::Headers)?;
        let rodata_len = field(file, phdr(1) + 32, 8, Part::Headers)?;
        let data_len = field(file, phdr(2) + 32, 8, Part::Headers)?;
        let data_mem = field(file, phdr(2) + 40, 8, Part::Headers)?;

        let note_size = region(note_size, Part::Note)?;
        let text_len = region(text_len, Part::Text)?;
        let rodata_len = region(rodata_len, Part::Rodata)?;
        let data_len = region(data_len, Part::Data)?;
        let bss_size = region(data_mem, Part::Data)?
            .checked_sub(data_len)
            .ok_or(ImageError::BadHeader { at: (phdr(2) + 40) as u32 })?;

        let layout = Layout::new(note_size, text_len, rodata_len, data_len);
        let mut expected = [0; NOTE_AT];
        layout.headers(&mut expected, bss_size);
        // Every field except the sizes read above has only one valid value, and so do the copies of the sizes.
        if let Some(at) = file.iter().zip(&expected).position(|(have, want)| have != want) {
            return Err(ImageError::BadHeader { at: at as u32 });
        }

        let text = part(file, layout.text, text_len, Part::Text)?;
        let rodata = part(file, layout.rodata, rodata_len, Part::Rodata)?;
        let data = part(file, layout.data, data_len, Part::Data)?;
        if file.len() as u64 > layout.end {
            return Err(ImageError::TrailingBytes { at: layout.end as u32 });
        }
        let note = part(file, NOTE_AT as u64, note_size, Part::Note)?;
        for (gap, end) in [
            (NOTE_AT as u64 + u64::from(note_size), layout.text),
            (layout.text + u64::from(text_len), layout.rodata),
            (layout.rodata + u64::from(rodata_len), layout.data),
        ] {
            let padding = part(file, gap, (end - gap) as u32, Part::Text)?;
            if let Some(at) = padding.iter().position(|&byte| byte != 0) {
                return Err(ImageError::BadHeader { at: gap as u32 + at as u32 });
            }
        }
        if text.is_empty() || !text.len().is_multiple_of(8) {
            return Err(ImageError::BadTextLength { len: text_len });
        }

        let mut image = Image {
            text,
            rodata,
            data,
            bss_size,
            stack_size: 0,
            heap_size: 0,
            deploy: 0,
            call: 0,
            functions: Vec::new(),
            jump_tables: Vec::new(),
        };
        image.read_note(note)?;
        Ok(image)
    }

    /// Writes the canonical form.
    ///
    /// # Errors
    /// If the parts of the image break a rule of the format; the errors are those of [`Image::parse`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, ImageError> {
        let len = |bytes: &[u8], part| region(bytes.len() as u64, part);
        let text_len = len(self.text, Part::Text)?;
        let rodata_len = len(self.rodata, Part::Rodata)?;
        let data_len = len(self.data, Part::Data)?;
        if data_len.checked_add(self.bss_size).is_none_or(|sum| sum > MAX_REGION) {
            return Err(ImageError::TooLarge { part: Part::Data });
        }
        let note = self.write_note()?;
        let layout = Layout::new(len(&note, Part::Note)?, text_len, rodata_len, data_len);
        let mut file = Vec::with_capacity(layout.end as usize);
        file.resize(NOTE_AT, 0);
        layout.headers(&mut file, self.bss_size);
        file.extend_from_slice(&note);
        for (offset, bytes) in
            [(layout.text, self.text), (layout.rodata, self.rodata), (layout.data, self.data)]
        {
            file.resize(offset as usize, 0);
            file.extend_from_slice(bytes);
        }
        Image::parse(&file)?;
        Ok(file)
    }

    /// Bytes of memory that the program can write: data, bss, heap and stack.
    pub fn writable_size(&self) -> u64 {
        self.data.len() as u64
            + u64::from(self.bss_size)
            + u64::from(self.heap_size)
            + u64::from(self.stack_size)
    }

    fn write_note(&self) -> Result<Vec<u8>, ImageError> {
        if !self.stack_size.is_multiple_of(FRAME_ALIGN) {
            return Err(ImageError::TooLarge { part: Part::Stack });
        }
        let mut desc = Vec::new();
        [FORMAT_VERSION, self.stack_size / FRAME_ALIGN, self.heap_size]
            .iter()
            .for_each(|&number| put_number(&mut desc, number));
        desc.append(&mut self.write_tables()?);
        Ok(note_header(&desc, NOTE_TYPE))
    }

    /// The numbers after the first three.
    fn write_tables(&self) -> Result<Vec<u8>, ImageError> {
        let mut tables = Vec::new();
        let mut put = |value| put_number(&mut tables, value);
        put(self.deploy);
        put(self.call);
        put(self.functions.len() as u32);
        let mut next = 0;
        for (index, function) in self.functions.iter().enumerate() {
            if function.first != next || !function.frame_size.is_multiple_of(FRAME_ALIGN) {
                return Err(ImageError::BadFunction { index: index as u32 });
            }
            next = next.wrapping_add(function.slots);
            put(function.slots);
            put(function.frame_size / FRAME_ALIGN * 2 + u32::from(function.address_taken));
        }
        put(self.jump_tables.len() as u32);
        let mut end = 0;
        for (index, table) in self.jump_tables.iter().enumerate() {
            let bad = ImageError::BadJumpTable { index: index as u32 };
            let gap = table.offset.checked_sub(end).ok_or(bad)?;
            if !gap.is_multiple_of(8) {
                return Err(bad);
            }
            put(gap / 8);
            put(table.entries);
            end = table.entries.checked_mul(8).and_then(|size| size.checked_add(table.offset)).ok_or(bad)?;
        }
        Ok(tables)
    }

    fn read_note(&mut self, note: &[u8]) -> Result<(), ImageError> {
        let note = bytes_of_note(note, NOTE_AT, NOTE_TYPE)?;
        let mut numbers = Numbers { note, at: NOTE_HEADER, base: NOTE_AT };
        let version = numbers.next()?;
        if version != FORMAT_VERSION {
            return Err(ImageError::UnknownVersion { version });
        }
        let stack = numbers.next()?;
        self.stack_size = match stack.checked_mul(FRAME_ALIGN) {
            Some(size) if size <= MAX_REGION => size,
            _ => return Err(ImageError::TooLarge { part: Part::Stack }),
        };
        self.heap_size = numbers.next()?;
        let data = self.data.len() as u64 + u64::from(self.bss_size) + u64::from(self.heap_size);
        if data > u64::from(MAX_REGION) {
            return Err(ImageError::TooLarge { part: Part::Data });
        }
        self.deploy = numbers.next()?;
        self.call = numbers.next()?;

        let text_slots = (self.text.len() / 8) as u32;
        let count = numbers.next()?;
        // A function takes at least two bytes of the note, so a false count costs its sender.
        self.functions.reserve((count as usize).min(note.len() / 2));
        let mut first = 0;
        for index in 0..count {
            let slots = numbers.next()?;
            let packed = numbers.next()?;
            let frame_size = (packed / 2).saturating_mul(FRAME_ALIGN);
            let end = u64::from(first) + u64::from(slots);
            if slots == 0 || end > u64::from(text_slots) || frame_size > MAX_FRAME_SIZE {
                return Err(ImageError::BadFunction { index });
            }
            self.functions.push(Function { first, slots, frame_size, address_taken: packed & 1 == 1 });
            first = end as u32;
        }
        if first != text_slots {
            return Err(ImageError::BadFunction { index: count });
        }
        for entry in [self.deploy, self.call] {
            if entry >= count {
                return Err(ImageError::BadEntry { index: entry });
            }
        }

        let count = numbers.next()?;
        self.jump_tables.reserve((count as usize).min(note.len() / 2));
        let mut end = 0u64;
        for index in 0..count {
            let offset = end + u64::from(numbers.next()?) * 8;
            let entries = numbers.next()?;
            end = offset + u64::from(entries) * 8;
            if entries == 0 || end > self.rodata.len() as u64 {
                return Err(ImageError::BadJumpTable { index });
            }
            self.jump_tables.push(JumpTable { offset: offset as u32, entries });
        }
        match numbers.at == note.len() {
            true => Ok(()),
            false => Err(ImageError::BadNumber { at: (NOTE_AT + numbers.at) as u32 }),
        }
    }
}

/// Offsets in the file, computed from the sizes of the parts.
struct Layout {
    note_size: u32,
    text_len: u32,
    rodata_len: u32,
    data_len: u32,
    text: u64,
    rodata: u64,
    data: u64,
    end: u64,
}

impl Layout {
    fn new(note_size: u32, text_len: u32, rodata_len: u32, data_len: u32) -> Self {
        let after = |offset: u64, len: u32| (offset + u64::from(len)).next_multiple_of(8);
        let text = after(NOTE_AT as u64, note_size);
        let rodata = after(text, text_len);
        let data = after(rodata, rodata_len);
        Self {
            note_size,
            text_len,
            rodata_len,
            data_len,
            text,
            rodata,
            data,
            end: data + u64::from(data_len),
        }
    }

    /// Fills the first [`NOTE_AT`] bytes of a file.
    fn headers(&self, file: &mut [u8], bss_size: u32) {
        put_ehdr(file, PHDRS as u16);
        let segments = [
            (PT_LOAD, PF_R | PF_X, self.text, CODE_BASE, self.text_len, 0, 8u64),
            (PT_LOAD, PF_R, self.rodata, RODATA_BASE, self.rodata_len, 0, 8),
            (PT_LOAD, PF_R | PF_W, self.data, DATA_BASE, self.data_len, bss_size, 8),
            (PT_NOTE, PF_R, NOTE_AT as u64, 0, self.note_size, 0, NOTE_ALIGN as u64),
        ];
        for (index, (kind, flags, offset, address, size, zeroed, align)) in segments.into_iter().enumerate() {
            put_phdr(file, index, &Segment { kind, flags, offset, address, size, zeroed, align });
        }
    }
}

/// A program header.
struct Segment {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u32,
    /// Size in the file, in bytes.
    size: u32,
    /// Number of zero bytes after them in memory.
    zeroed: u32,
    align: u64,
}

/// Writes `bytes` at `at`.
fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Fills the ELF header of a file with this many program headers. Its other bytes are 0.
fn put_ehdr(file: &mut [u8], segments: u16) {
    // e_ident: magic, ELFCLASS64, ELFDATA2LSB, EV_CURRENT.
    put(file, 0, &[0x7f, b'E', b'L', b'F', 2, 1, 1]);
    put(file, 16, &2u16.to_le_bytes()); // e_type: ET_EXEC
    put(file, 18, &EM_BPF.to_le_bytes());
    put(file, 20, &1u32.to_le_bytes()); // e_version
    put(file, 32, &(EHDR as u64).to_le_bytes()); // e_phoff
    put(file, 52, &(EHDR as u16).to_le_bytes()); // e_ehsize
    put(file, 54, &(PHDR as u16).to_le_bytes()); // e_phentsize
    put(file, 56, &segments.to_le_bytes()); // e_phnum
}

/// Fills a program header.
fn put_phdr(file: &mut [u8], index: usize, segment: &Segment) {
    let at = phdr(index);
    put(file, at, &segment.kind.to_le_bytes());
    put(file, at + 4, &segment.flags.to_le_bytes());
    put(file, at + 8, &segment.offset.to_le_bytes());
    put(file, at + 16, &u64::from(segment.address).to_le_bytes());
    put(file, at + 24, &u64::from(segment.address).to_le_bytes());
    put(file, at + 32, &u64::from(segment.size).to_le_bytes());
    put(file, at + 40, &(u64::from(segment.size) + u64::from(segment.zeroed)).to_le_bytes());
    put(file, at + 48, &segment.align.to_le_bytes());
}

/// What the first [`HEAD_LEN`] bytes of a stored file say about the whole file.
///
/// For callers that must know this before they read the whole file. Nothing else is checked: for a program image the
/// numbers are right; for any other file they may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Whether the file has the compressed form.
    pub compressed: bool,
    /// Length of the raw image, in bytes. For a raw image this is the length of the file.
    pub raw_len: u32,
    /// Amount of memory that the program may write (data, bss, heap and stack), in bytes.
    pub writable: u64,
}

impl Outline {
    /// Reads the outline from the first [`HEAD_LEN`] bytes of a file, or from all of a shorter file.
    ///
    /// # Errors
    /// [`ImageError::NotElf`], [`ImageError::WrongMachine`], [`ImageError::Truncated`], [`ImageError::BadNumber`],
    /// [`ImageError::TooLarge`]; for the compressed form also [`ImageError::UnknownVersion`].
    pub fn of(head: &[u8]) -> Result<Self, ImageError> {
        check_ident(head)?;
        if compressed::is_compressed(head) {
            let note = head.get(compressed::NOTE_AT..).ok_or(ImageError::Truncated { part: Part::Note })?;
            let mut numbers = Numbers { note, at: NOTE_HEADER, base: compressed::NOTE_AT };
            let sizes = compressed::Sizes::read(&mut numbers)?;
            let raw_len = sizes.layout()?.end as u32;
            return Ok(Self { compressed: true, raw_len, writable: sizes.writable() });
        }
        let size = |index, part| region(field(head, phdr(index) + 32, 8, Part::Headers)?, part);
        let sizes =
            (size(3, Part::Note)?, size(0, Part::Text)?, size(1, Part::Rodata)?, size(2, Part::Data)?);
        let data = field(head, phdr(2) + 40, 8, Part::Headers)?;
        let note = head.get(NOTE_AT..).ok_or(ImageError::Truncated { part: Part::Note })?;
        let mut numbers = Numbers { note, at: NOTE_HEADER, base: NOTE_AT };
        let _version = numbers.next()?;
        let stack = u64::from(numbers.next()?) * u64::from(FRAME_ALIGN);
        let heap = u64::from(numbers.next()?);
        Ok(Self {
            compressed: false,
            // Four parts of less than 2²⁸ bytes each.
            raw_len: Layout::new(sizes.0, sizes.1, sizes.2, sizes.3).end as u32,
            writable: data.saturating_add(stack).saturating_add(heap),
        })
    }
}

const fn phdr(index: usize) -> usize {
    EHDR + index * PHDR
}

fn check_ident(file: &[u8]) -> Result<(), ImageError> {
    if file.get(..4) != Some(&[0x7f, b'E', b'L', b'F']) {
        return Err(ImageError::NotElf { wasm: file.starts_with(b"\0asm") });
    }
    let machine = field(file, 18, 2, Part::Headers)? as u16;
    if machine != EM_BPF || file[4] != 2 || file[5] != 1 {
        return Err(ImageError::WrongMachine { machine });
    }
    Ok(())
}

/// The little-endian number of `size` bytes at `at`.
fn field(file: &[u8], at: usize, size: usize, part: Part) -> Result<u64, ImageError> {
    let bytes = file.get(at..at + size).ok_or(ImageError::Truncated { part })?;
    Ok(bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// The length `len`, if a region may have it.
fn region(len: u64, part: Part) -> Result<u32, ImageError> {
    match u32::try_from(len) {
        Ok(len) if len <= MAX_REGION => Ok(len),
        _ => Err(ImageError::TooLarge { part }),
    }
}

/// A note with these contents, padded.
fn note_header(desc: &[u8], kind: u32) -> Vec<u8> {
    let mut note = Vec::with_capacity(NOTE_HEADER + desc.len() + NOTE_ALIGN);
    note.extend_from_slice(&NOTE_NAME_LEN.to_le_bytes());
    note.extend_from_slice(&(desc.len() as u32).to_le_bytes());
    note.extend_from_slice(&kind.to_le_bytes());
    note.extend_from_slice(NOTE_NAME);
    note.extend_from_slice(desc);
    note.resize(note.len().next_multiple_of(NOTE_ALIGN), 0);
    note
}

/// The contents of the note at `base` in the file, without padding, if everything before its contents is valid.
fn bytes_of_note(note: &[u8], base: usize, kind: u32) -> Result<&[u8], ImageError> {
    let bad = |at: usize| ImageError::BadHeader { at: (base + at) as u32 };
    if note.len() < NOTE_HEADER {
        return Err(ImageError::Truncated { part: Part::Note });
    }
    let word = |at: usize| u32::from_le_bytes([note[at], note[at + 1], note[at + 2], note[at + 3]]);
    if word(0) != NOTE_NAME_LEN || &note[12..NOTE_HEADER] != NOTE_NAME {
        return Err(bad(0));
    }
    let end = NOTE_HEADER.saturating_add(word(4) as usize);
    if end > note.len() || end.next_multiple_of(NOTE_ALIGN) != note.len() {
        return Err(bad(4));
    }
    let (note, padding) = note.split_at(end);
    if let Some(at) = padding.iter().position(|&byte| byte != 0) {
        return Err(bad(end + at));
    }
    if word(8) != kind {
        return Err(bad(8));
    }
    Ok(note)
}

/// Appends a number in ULEB128.
fn put_number(to: &mut Vec<u8>, mut value: u32) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            to.push(low);
            break;
        }
        to.push(low | 0x80);
    }
}

fn part(file: &[u8], at: u64, len: u32, part: Part) -> Result<&[u8], ImageError> {
    let start = usize::try_from(at).map_err(|_| ImageError::Truncated { part })?;
    let end = start.checked_add(len as usize).ok_or(ImageError::Truncated { part })?;
    file.get(start..end).ok_or(ImageError::Truncated { part })
}

/// ULEB128 numbers of at most 32 bits, each in its shortest form.
struct Numbers<'a> {
    note: &'a [u8],
    at: usize,
    /// Where the note lies in the file.
    base: usize,
}

impl Numbers<'_> {
    fn next(&mut self) -> Result<u32, ImageError> {
        let start = self.at;
        let bad = ImageError::BadNumber { at: (self.base + start) as u32 };
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = *self.note.get(self.at).ok_or(ImageError::Truncated { part: Part::Note })?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let overlong = byte == 0 && shift > 0;
                return u32::try_from(value).ok().filter(|_| !overlong).ok_or(bad);
            }
        }
        Err(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const EXIT: [u8; 8] = [0x95, 0, 0, 0, 0, 0, 0, 0];

    fn small() -> (Vec<u8>, Vec<u8>) {
        let text = [EXIT; 5].concat();
        let mut rodata = vec![1, 2, 3, 4, 5, 6, 7, 8];
        rodata.extend((u64::from(CODE_BASE) + 8).to_le_bytes());
        rodata.extend((u64::from(CODE_BASE) + 16).to_le_bytes());
        rodata.push(9);
        (text, rodata)
    }

    fn image<'a>(text: &'a [u8], rodata: &'a [u8]) -> Image<'a> {
        Image {
            text,
            rodata,
            data: &[1, 2, 3],
            bss_size: 300,
            stack_size: 128 * 1024,
            heap_size: 1000,
            deploy: 0,
            call: 1,
            functions: vec![
                Function { first: 0, slots: 1, frame_size: 0, address_taken: false },
                Function { first: 1, slots: 4, frame_size: 4096, address_taken: true },
            ],
            jump_tables: vec![JumpTable { offset: 8, entries: 2 }],
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let (text, rodata) = small();
        let image = image(&text, &rodata);
        let file = image.to_bytes().unwrap();
        assert_eq!(Image::parse(&file), Ok(image));
    }

    // `llvm-readelf` refuses a note whose size in the program header is not a multiple of 4.
    #[test]
    fn the_note_is_padded() {
        let (text, rodata) = small();
        let mut image = image(&text, &rodata);
        for heap_size in [1, 1000, 100_000] {
            image.heap_size = heap_size;
            let file = image.to_bytes().unwrap();
            let size = field(&file, phdr(3) + 32, 8, Part::Headers).unwrap();
            assert_eq!(size % 4, 0);
            assert_eq!(Image::parse(&file).unwrap().heap_size, heap_size);
        }
    }

    #[test]
    fn sizes_can_be_told_from_the_head() {
        let (text, rodata) = small();
        let mut image = image(&text, &rodata);
        for (heap_size, stack_size) in [(0, 16), (1000, 128 * 1024), (900_000, 64 * 1024)] {
            (image.heap_size, image.stack_size) = (heap_size, stack_size);
            let file = image.to_bytes().unwrap();
            let writable = u64::from(3 + 300 + heap_size + stack_size);
            let outline = Outline { compressed: false, raw_len: file.len() as u32, writable };
            assert_eq!(Outline::of(&file[..HEAD_LEN.min(file.len())]), Ok(outline));
        }
        let file = image.to_bytes().unwrap();
        for len in 0..NOTE_AT + NOTE_HEADER {
            assert!(Outline::of(&file[..len]).is_err());
        }
        // Whatever the bytes are, the result is numbers or an error.
        let mut wild = [0xff; HEAD_LEN];
        assert!(Outline::of(&wild).is_err());
        put_ehdr(&mut wild, PHDRS as u16);
        assert_eq!(Outline::of(&wild), Err(ImageError::TooLarge { part: Part::Note }));
        for index in [0, 1, 2, 3] {
            put(&mut wild, phdr(index) + 32, &u64::from(MAX_REGION).to_le_bytes());
        }
        assert!(matches!(Outline::of(&wild), Err(ImageError::BadNumber { .. })));
        wild[NOTE_AT + NOTE_HEADER..].fill(0x7f);
        assert_eq!(Outline::of(&wild).map(|outline| outline.writable), Ok(u64::MAX));
    }

    #[test]
    fn every_truncation_is_refused() {
        let (text, rodata) = small();
        let file = image(&text, &rodata).to_bytes().unwrap();
        for len in 0..file.len() {
            assert!(Image::parse(&file[..len]).is_err(), "{len} of {} bytes", file.len());
        }
        let mut longer = file.clone();
        longer.push(0);
        assert_eq!(Image::parse(&longer), Err(ImageError::TrailingBytes { at: file.len() as u32 }));
    }

    // A file that parses after a bit flip must still be in canonical form: no byte is ignored.
    #[test]
    fn every_bit_counts() {
        let (text, rodata) = small();
        let original = image(&text, &rodata);
        let file = original.to_bytes().unwrap();
        for bit in 0..file.len() * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(parsed) = Image::parse(&flipped) {
                assert_ne!(parsed, original, "bit {bit} is ignored");
                assert_eq!(parsed.to_bytes().unwrap(), flipped, "bit {bit}");
            }
        }
    }

    #[test]
    fn other_files_are_named() {
        assert_eq!(Image::parse(b"\0asm\x01\0\0\0"), Err(ImageError::NotElf { wasm: true }));
        assert_eq!(Image::parse(b""), Err(ImageError::NotElf { wasm: false }));
        let (text, rodata) = small();
        let mut file = image(&text, &rodata).to_bytes().unwrap();
        file[18] = 62;
        assert_eq!(Image::parse(&file), Err(ImageError::WrongMachine { machine: 62 }));
    }

    #[test]
    fn rules_of_the_tables_hold() {
        let (text, rodata) = small();
        let refuse = |change: &dyn Fn(&mut Image)| {
            let mut image = image(&text, &rodata);
            change(&mut image);
            image.to_bytes().unwrap_err()
        };
        assert_eq!(refuse(&|i| i.call = 2), ImageError::BadEntry { index: 2 });
        assert_eq!(refuse(&|i| i.functions[1].slots = 3), ImageError::BadFunction { index: 2 });
        assert_eq!(refuse(&|i| i.functions[1].slots = 5), ImageError::BadFunction { index: 1 });
        assert_eq!(refuse(&|i| i.functions[1].first = 2), ImageError::BadFunction { index: 1 });
        assert_eq!(refuse(&|i| i.functions[0].frame_size = 8), ImageError::BadFunction { index: 0 });
        assert_eq!(refuse(&|i| i.functions[0].frame_size = 1 << 20), ImageError::BadFunction { index: 0 });
        assert_eq!(refuse(&|i| i.jump_tables[0].entries = 3), ImageError::BadJumpTable { index: 0 });
        assert_eq!(refuse(&|i| i.jump_tables[0].entries = 0), ImageError::BadJumpTable { index: 0 });
        assert_eq!(refuse(&|i| i.jump_tables[0].offset = 4), ImageError::BadJumpTable { index: 0 });
        assert_eq!(refuse(&|i| i.heap_size = u32::MAX), ImageError::TooLarge { part: Part::Data });
        assert_eq!(refuse(&|i| i.bss_size = u32::MAX), ImageError::TooLarge { part: Part::Data });
        assert_eq!(refuse(&|i| i.stack_size = MAX_REGION + 16), ImageError::TooLarge { part: Part::Stack });
        assert_eq!(refuse(&|i| i.text = &i.text[..12]), ImageError::BadTextLength { len: 12 });
        assert_eq!(refuse(&|i| i.text = &[]), ImageError::BadTextLength { len: 0 });
    }
}
