//! Structs and enums in storage, at keys that are chosen or derived.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod storage_items {
    use ink::{
        prelude::{collections::BTreeMap, string::String, vec::Vec},
        storage::{
            traits::{ManualKey, StorageKey},
            Lazy, Mapping, StorageVec,
        },
    };

    /// Plain data, packed where it is used.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub struct Point {
        /// To the right.
        pub x: i32,
        /// Up.
        pub y: i32,
    }

    /// An enum with every kind of variant, some of which hold others of its kind.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub enum Figure {
        /// No fields.
        #[default]
        Empty,
        /// Fields without names.
        Circle(Point, u32),
        /// Fields with names.
        Polygon {
            /// In order.
            corners: Vec<Point>,
            /// What to fill it with.
            fill: Option<[u8; 3]>,
        },
        /// An outcome.
        Measured(Result<u64, String>),
    }

    /// Not packed: each field that can has a key of its own, derived from that of the item.
    #[ink::storage_item]
    #[derive(Debug, Default)]
    pub struct Layer {
        /// Packed.
        pub visible: bool,
        /// Looked up by name.
        pub figures: Mapping<String, Figure>,
        /// Grows.
        pub history: StorageVec<String>,
        /// An item within an item.
        pub style: Style,
    }

    /// An item whose key is chosen, so that it stays when the fields around it change.
    #[ink::storage_item]
    #[derive(Debug, Default)]
    pub struct Style<KEY: StorageKey = ManualKey<0x5354_594C>> {
        /// A key derived from the chosen one.
        pub width: Lazy<u32>,
        /// Another.
        pub dashes: Lazy<Vec<u8>>,
    }

    /// Whether a line shows, and where it begins.
    pub type Line = (bool, Option<Point>);

    /// A drawing of two layers, a table and marks.
    #[ink(storage)]
    #[derive(Default)]
    pub struct StorageItems {
        front: Layer,
        back: Lazy<Box, ManualKey<0x4241_434B>>,
        table: BTreeMap<u8, Line>,
        marks: [Option<u16>; 4],
    }

    /// What the back of the drawing is: packed under one key.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub struct Box {
        /// From here.
        pub from: Point,
        /// To there.
        pub to: Point,
        /// What is in it.
        pub content: Vec<(String, Figure)>,
    }

    /// Why nothing was done.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Error {
        /// No figure has this name.
        NoFigure(String),
        /// The number has no place.
        NoPlace {
            /// The number.
            index: u8,
            /// How many places there are.
            places: u8,
        },
    }

    impl StorageItems {
        /// An empty drawing.
        #[ink(constructor)]
        pub fn new() -> Self {
            let mut drawing = Self::default();
            drawing.front.visible = true;
            drawing
        }

        /// Draws a figure in front, and returns the one that was there.
        #[ink(message)]
        pub fn draw(&mut self, name: String, figure: Figure) -> Option<Figure> {
            let before = self.front.figures.get(&name);
            self.front.figures.insert(&name, &figure);
            self.front.history.push(&name);
            before
        }

        /// A figure in front.
        ///
        /// # Errors
        /// [`Error::NoFigure`].
        #[ink(message)]
        pub fn figure(&self, name: String) -> Result<Figure, Error> {
            self.front.figures.get(&name).ok_or(Error::NoFigure(name))
        }

        /// What was drawn last in front, and how much in all.
        #[ink(message)]
        pub fn history(&self) -> (Option<String>, u32) {
            (self.front.history.peek(), self.front.history.len())
        }

        /// Sets the style.
        #[ink(message)]
        pub fn set_style(&mut self, width: u32, dashes: Option<Vec<u8>>) {
            self.front.style.width.set(&width);
            if let Some(dashes) = dashes {
                self.front.style.dashes.set(&dashes);
            }
        }

        /// The style, as far as it was set.
        #[ink(message)]
        pub fn style(&self) -> (Option<u32>, Option<Vec<u8>>) {
            (self.front.style.width.get(), self.front.style.dashes.get())
        }

        /// Puts a figure into the box behind.
        #[ink(message)]
        pub fn put_behind(&mut self, name: String, figure: Figure) {
            let mut behind = self.back.get_or_default();
            behind.content.push((name, figure));
            self.back.set(&behind);
        }

        /// The box behind, if there is one.
        #[ink(message)]
        pub fn behind(&self) -> Option<Box> {
            self.back.get()
        }

        /// Sets a line of the table.
        #[ink(message)]
        pub fn set_line(&mut self, line: u8, value: Option<Line>) {
            match value {
                Some(value) => self.table.insert(line, value),
                None => self.table.remove(&line),
            };
        }

        /// The table.
        #[ink(message)]
        pub fn table(&self) -> BTreeMap<u8, Line> {
            self.table.clone()
        }

        /// Sets a mark, and returns the one that was there.
        ///
        /// # Errors
        /// [`Error::NoPlace`].
        #[ink(message)]
        pub fn mark(&mut self, index: u8, value: Option<u16>) -> Result<Option<u16>, Error> {
            let places = self.marks.len() as u8;
            let place = self.marks.get_mut(usize::from(index)).ok_or(Error::NoPlace { index, places })?;
            Ok(core::mem::replace(place, value))
        }

        /// The marks.
        #[ink(message)]
        pub fn marks(&self) -> [Option<u16>; 4] {
            self.marks
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[ink::test]
        fn figures_are_kept() {
            let mut drawing = StorageItems::new();
            let circle = Figure::Circle(Point { x: -1, y: 2 }, 3);
            assert_eq!(drawing.draw("c".into(), circle.clone()), None);
            assert_eq!(drawing.draw("c".into(), Figure::Empty), Some(circle));
            assert_eq!(drawing.figure("c".into()), Ok(Figure::Empty));
            assert_eq!(drawing.figure("d".into()), Err(Error::NoFigure("d".into())));
            assert_eq!(drawing.history(), (Some("c".into()), 2));
        }

        #[ink::test]
        fn items_do_not_share_keys() {
            let mut drawing = StorageItems::new();
            assert_eq!(drawing.style(), (None, None));
            drawing.set_style(7, Some(vec![1, 2]));
            drawing.put_behind("b".into(), Figure::Measured(Err("too small".into())));
            drawing.draw("f".into(), Figure::Measured(Ok(1)));
            assert_eq!(drawing.style(), (Some(7), Some(vec![1, 2])));
            assert_eq!(drawing.behind().unwrap().content.len(), 1);
            assert_eq!(drawing.history(), (Some("f".into()), 1));
        }

        #[ink::test]
        fn table_and_marks_change() {
            let mut drawing = StorageItems::new();
            drawing.set_line(3, Some((true, None)));
            drawing.set_line(4, Some((false, Some(Point::default()))));
            drawing.set_line(3, None);
            assert_eq!(drawing.table().into_keys().collect::<Vec<_>>(), [4]);
            assert_eq!(drawing.mark(2, Some(9)), Ok(None));
            assert_eq!(drawing.mark(2, None), Ok(Some(9)));
            assert_eq!(drawing.mark(4, None), Err(Error::NoPlace { index: 4, places: 4 }));
            assert_eq!(drawing.marks(), [None; 4]);
        }
    }
}
