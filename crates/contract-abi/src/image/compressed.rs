//! The compressed form of a program image, in which chains store most programs.
//!
//! **Problem.** A contract pays for its code by the byte: when it is stored and, on a chain whose blocks carry proofs,
//! on each call. An eBPF instruction has eight bytes, although most of its content would fit two.
//!
//! So the stored form and the form that runs differ. [`decompress`] makes the *raw* form (described by [`super`]) from
//! the stored one. Everything after it handles only the raw form: addresses, slots and debug information are those of
//! the raw form. A raw image may also be stored as it is. A program's name on chain is the hash of its stored form.
//!
//! ```text
//! offset 0    ELF header                                      64 bytes
//!        64   one program header: PT_NOTE R, the note         56 bytes
//!       120   note: namesz 7, descsz, type 2, "inkbpf\0" and padding
//!       140   numbers in ULEB128:
//!                 format version (2)
//!                 stack size ÷ 16, heap size
//!                 bytes of text ÷ 8, of read-only data, of data, of bss
//!                 bytes of the tables in the raw image's note, from the index of `deploy` on
//!             the stream, to the end of what descsz counts; padding to 4
//! ```
//!
//! The stream is DEFLATE (RFC 1951) and expands to:
//!
//! ```text
//! the tables
//! the text: operation and registers of every slot (2 bytes a slot), then every offset (2), then every imm (4)
//! read-only data, data
//! ```
//!
//! The fields of instructions are stored separately because similar bytes are then adjacent. ELF's own SHF_COMPRESSED
//! is for sections that are not loaded, and program headers have no equivalent. So `readelf` shows the note, and a
//! disassembler needs the raw form.
//!
//! A program has more than one compressed form, since compressors differ. All of them give the same raw image, to the
//! byte, since there is only one.
//!
//! *Invariants*: nothing is allocated before the declared sizes have been found to be within [`MAX_IMAGE`]. Time and
//! memory are linear in the declared size and the length of the file.

use super::{
    bytes_of_note, check_ident, field, inflate, note_header, put_number, put_phdr, region, Image, ImageError,
    Layout, Numbers, Part, Segment, StreamFault, EHDR, FORMAT_VERSION, NOTE_ALIGN, NOTE_HEADER, PF_R, PHDR,
    PT_NOTE,
};
use crate::memory::FRAME_ALIGN;
use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

pub use super::inflate::max_blocks;

/// Version of the numbers in the note.
pub const VERSION: u32 = 2;

/// Maximum size of the raw image that a compressed one expands to, in bytes.
pub const MAX_IMAGE: u32 = 1024 * 1024;

pub(super) const NOTE_TYPE: u32 = 2;
pub(super) const NOTE_AT: usize = EHDR + PHDR;
const NUMBERS_AT: usize = NOTE_AT + NOTE_HEADER;
/// Bytes of a slot's operation and registers, of its offset, and of its imm.
const FIELDS: [usize; 3] = [2, 2, 4];

/// Whether a file declares itself a compressed image: an ELF file for eBPF with one program header.
pub fn is_compressed(file: &[u8]) -> bool {
    check_ident(file).is_ok() && field(file, 56, 2, Part::Headers) == Ok(1)
}

/// The raw form of an image: the file itself if it does not have the compressed form.
///
/// A file that is not an image at all is returned unchanged, and [`Image::parse`] refuses it.
///
/// # Errors
/// A compressed file that breaks a rule of its form. Offsets in the error are those of `file`. The result may still not
/// be an image; [`Image::parse`] reports that, with offsets in the raw form.
pub fn decompress(file: &[u8]) -> Result<Cow<'_, [u8]>, ImageError> {
    if !is_compressed(file) {
        return Ok(Cow::Borrowed(file));
    }
    let note_size = region(field(file, EHDR + 32, 8, Part::Headers)?, Part::Note)?;
    let expected = headers(note_size);
    if let Some(at) = file.iter().zip(&expected).position(|(have, want)| have != want) {
        return Err(ImageError::BadHeader { at: at as u32 });
    }
    let end = NOTE_AT + note_size as usize;
    let note = file.get(NOTE_AT..end).ok_or(ImageError::Truncated { part: Part::Note })?;
    if file.len() > end {
        return Err(ImageError::TrailingBytes { at: end as u32 });
    }
    let note = bytes_of_note(note, NOTE_AT, NOTE_TYPE)?;
    let mut numbers = Numbers { note, at: NOTE_HEADER, base: NOTE_AT };
    let sizes = Sizes::read(&mut numbers)?;
    let layout = sizes.layout()?;

    let mut payload = vec![0; sizes.payload()];
    inflate::inflate(&note[numbers.at..], &mut payload)
        .map_err(|(fault, at)| ImageError::BadStream { at: (NOTE_AT + numbers.at + at) as u32, fault })?;
    Ok(Cow::Owned(sizes.assemble(&layout, &payload)))
}

/// The bytes of a raw image to be compressed, in the order of the form. For writers of compressed images.
///
/// # Errors
/// Those of [`Image::parse`].
pub fn payload(raw: &[u8]) -> Result<Vec<u8>, ImageError> {
    let image = Image::parse(raw)?;
    let mut payload = image.write_tables()?;
    let mut start = 0;
    for width in FIELDS {
        image.text.chunks_exact(8).for_each(|slot| payload.extend_from_slice(&slot[start..start + width]));
        start += width;
    }
    payload.extend_from_slice(image.rodata);
    payload.extend_from_slice(image.data);
    Ok(payload)
}

/// The compressed form of `raw`, where `stream` is the [`payload`] in DEFLATE.
///
/// # Errors
/// Those of [`Image::parse`], if `raw` is not an image; those of [`decompress`], if the file would not expand to `raw`:
/// mainly [`ImageError::TooLarge`] and [`ImageError::BadStream`].
pub fn to_bytes(raw: &[u8], stream: &[u8]) -> Result<Vec<u8>, ImageError> {
    let image = Image::parse(raw)?;
    let sizes = Sizes {
        stack: image.stack_size / FRAME_ALIGN,
        heap: image.heap_size,
        slots: (image.text.len() / 8) as u32,
        rodata: image.rodata.len() as u32,
        data: image.data.len() as u32,
        bss: image.bss_size,
        tables: image.write_tables()?.len() as u32,
    };
    let mut desc = Vec::new();
    sizes.write(&mut desc);
    desc.extend_from_slice(stream);
    let note = note_header(&desc, NOTE_TYPE);
    let mut file = headers(region(note.len() as u64, Part::Note)?).to_vec();
    file.extend_from_slice(&note);
    match decompress(&file)? == raw {
        true => Ok(file),
        // The stream expands to other bytes.
        false => Err(ImageError::BadStream { at: NUMBERS_AT as u32, fault: StreamFault::BadSymbol }),
    }
}

/// The numbers before the stream. Lengths are in bytes.
pub(super) struct Sizes {
    /// ÷ [`FRAME_ALIGN`].
    stack: u32,
    heap: u32,
    slots: u32,
    rodata: u32,
    data: u32,
    bss: u32,
    tables: u32,
}

impl Sizes {
    /// Reads the sizes, and the version before them.
    pub(super) fn read(numbers: &mut Numbers<'_>) -> Result<Self, ImageError> {
        let version = numbers.next()?;
        if version != VERSION {
            return Err(ImageError::UnknownVersion { version });
        }
        let mut next = || numbers.next();
        Ok(Self {
            stack: next()?,
            heap: next()?,
            slots: next()?,
            rodata: next()?,
            data: next()?,
            bss: next()?,
            tables: next()?,
        })
    }

    fn write(&self, to: &mut Vec<u8>) {
        let Self { stack, heap, slots, rodata, data, bss, tables } = *self;
        [VERSION, stack, heap, slots, rodata, data, bss, tables]
            .iter()
            .for_each(|&number| put_number(to, number));
    }

    /// Bytes that a program with these sizes may write.
    pub(super) fn writable(&self) -> u64 {
        let stack = u64::from(self.stack) * u64::from(FRAME_ALIGN);
        u64::from(self.data) + u64::from(self.bss) + u64::from(self.heap) + stack
    }

    /// The offsets of the parts of the raw image.
    pub(super) fn layout(&self) -> Result<Layout, ImageError> {
        let text = region(u64::from(self.slots) * 8, Part::Text)?;
        let rodata = region(self.rodata.into(), Part::Rodata)?;
        let data = region(self.data.into(), Part::Data)?;
        region(u64::from(data) + u64::from(self.bss), Part::Data)?;
        let desc = u64::from(region(self.tables.into(), Part::Note)?) + self.numbers().len() as u64;
        let note = (NOTE_HEADER as u64 + desc).next_multiple_of(NOTE_ALIGN as u64);
        let layout = Layout::new(region(note, Part::Note)?, text, rodata, data);
        match layout.end <= MAX_IMAGE.into() {
            true => Ok(layout),
            false => Err(ImageError::TooLarge { part: Part::Image }),
        }
    }

    /// Number of bytes that the stream expands to. Only for sizes that have a layout.
    fn payload(&self) -> usize {
        self.tables as usize + self.slots as usize * 8 + self.rodata as usize + self.data as usize
    }

    /// The numbers at the start of the raw image's note.
    fn numbers(&self) -> Vec<u8> {
        let mut numbers = Vec::new();
        [FORMAT_VERSION, self.stack, self.heap].iter().for_each(|&number| put_number(&mut numbers, number));
        numbers
    }

    /// Assembles the raw image. `payload` must have the length that [`Self::payload`] returns.
    fn assemble(&self, layout: &Layout, payload: &[u8]) -> Vec<u8> {
        let (tables, rest) = payload.split_at(self.tables as usize);
        let (mut text, rest) = rest.split_at(self.slots as usize * 8);
        let (rodata, data) = rest.split_at(self.rodata as usize);
        let mut file = vec![0; layout.end as usize];
        layout.headers(&mut file, self.bss);
        let mut put = |at: u64, bytes: &[u8]| file[at as usize..][..bytes.len()].copy_from_slice(bytes);
        let mut desc = self.numbers();
        desc.extend_from_slice(tables);
        put(super::NOTE_AT as u64, &note_header(&desc, super::NOTE_TYPE));
        put(layout.rodata, rodata);
        put(layout.data, data);
        let mut start = 0;
        for width in FIELDS {
            let (fields, others) = text.split_at(self.slots as usize * width);
            let slots = file[layout.text as usize..].chunks_exact_mut(8);
            for (slot, field) in slots.zip(fields.chunks_exact(width)) {
                slot[start..start + width].copy_from_slice(field);
            }
            (text, start) = (others, start + width);
        }
        file
    }
}

/// The headers of a compressed image whose note has this many bytes.
fn headers(note_size: u32) -> [u8; NOTE_AT] {
    let mut file = [0; NOTE_AT];
    super::put_ehdr(&mut file, 1);
    let note = Segment {
        kind: PT_NOTE,
        flags: PF_R,
        offset: NOTE_AT as u64,
        address: 0,
        size: note_size,
        zeroed: 0,
        align: NOTE_ALIGN as u64,
    };
    put_phdr(&mut file, 0, &note);
    file
}
