//! The list of steps.

use super::exec::*;
#[cfg(target_family = "wasm")]
use super::{State, Step, Text};
use crate::code::Op;

/// How a part of a step depends on the one before: the bonds of [`super::exec`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Only through registers, if at all.
    Apart,
    /// It takes its first operand from it; nothing else sees that value.
    Into,
    /// It takes the base of a store from it; nothing else sees that value.
    IntoBase,
    /// It takes its first operand from it; others may see that value.
    Also,
    /// It takes the base of a store from it; others may see that value.
    AlsoBase,
}

macro_rules! list {
    (
        whole { $($whole:ident = $whole_fn:expr,)* }
        plain { $($plain:ident = $plain_ty:ty,)* }
        branches { $($branch:ident $branch_fn:ident $cond:ident,)* }
        choices { $($choice:ident = $choice_fn:ident $choosing:ident,)* }
        pairs { $($pair:ident = $pair1:ident $pair2:ident $pair_bond:ident,)* }
        triples { $($triple:ident = $triple1:ident $triple2:ident $triple_bond1:ident $triple3:ident $triple_bond2:ident,)* }
        then_branch { $($branch2:ident = $branch21:ident $branch22:ident $branch2_bond:ident,)* }
        then_branch_imm { $($imm2:ident = $imm21:ident $imm22:ident $imm2_bond:ident,)* }
        then_choice { $($choice2:ident = $choice21:ident $choice22:ident $choice2_bond:ident of $choice2_of:ident,)* }
        two_branch { $($branch3:ident = $branch31:ident $branch32:ident $branch3_bond1:ident $branch33:ident $branch3_bond2:ident,)* }
        two_branch_imm { $($imm3:ident = $imm31:ident $imm32:ident $imm3_bond1:ident $imm33:ident $imm3_bond2:ident,)* }
        then_exit { $($returning:ident = $last:ident,)* }
        then_mul_high { $($multiplying:ident = $factor:ident,)* }
        then_enter { $($entering:ident = $before_enter:ident,)* }
        then_jump { $($jumping:ident = $before:ident,)* }
    ) => {
        /// The operation of a step. A variant with the name of an instruction's operation does the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(super) enum Do {
            $($whole,)* $($plain,)* $($branch,)* $($choice,)* $($pair,)* $($triple,)* $($branch2,)* $($imm2,)*
            $($choice2,)* $($branch3,)* $($imm3,)* $($returning,)* $($multiplying,)* $($entering,)* $($jumping,)*
        }

        /// Types of the parts that are also steps of their own, by name.
        mod part {
            #![allow(non_camel_case_types, dead_code, reason = "a name is a step's")]
            use super::super::exec::*;
            $(pub type $plain = $plain_ty;)*
        }

        /// Conditions of branches, by name.
        mod condition {
            #![allow(dead_code, reason = "not all are in pairs")]
            $(pub type $branch = super::super::exec::$cond;)*
        }

        /// The function that executes each.
        #[cfg(not(target_family = "wasm"))]
        pub(super) const FUNCTIONS: &[Function] = &[
            $($whole_fn,)*
            $(one::<part::$plain>,)*
            $($branch_fn::<condition::$branch>,)*
            $($choice_fn::<condition::$choosing>,)*
            $(two::<part::$pair1, part::$pair2, $pair_bond>,)*
            $(three::<part::$triple1, part::$triple2, part::$triple3, $triple_bond1, $triple_bond2>,)*
            $(then_branch::<part::$branch21, condition::$branch22, $branch2_bond>,)*
            $(then_branch_imm::<part::$imm21, condition::$imm22, $imm2_bond>,)*
            $(then_choice::<part::$choice21, condition::$choice22, $choice2_bond>,)*
            $(two_branch::<part::$branch31, part::$branch32, condition::$branch33, $branch3_bond1, $branch3_bond2>,)*
            $(two_branch_imm::<part::$imm31, part::$imm32, condition::$imm33, $imm3_bond1, $imm3_bond2>,)*
            $(then_exit::<part::$last>,)*
            $(then_mul_high::<part::$factor>,)*
            $(then_enter::<part::$before_enter>,)*
            $(then_jump::<part::$before>,)*
        ];

        /// Executes a step.
        #[cfg(target_family = "wasm")]
        #[inline(always)]
        pub(super) fn execute<'a>(
            step: &'a Step,
            rest: &'a [Step],
            gas: u64,
            state: &mut State,
            text: &Text<'a>,
        ) -> Out<'a> {
            match step.what {
                $(Do::$whole => $whole_fn(step, rest, gas, state, text),)*
                $(Do::$plain => one::<part::$plain>(step, rest, gas, state, text),)*
                $(Do::$branch => $branch_fn::<condition::$branch>(step, rest, gas, state, text),)*
                $(Do::$choice => $choice_fn::<condition::$choosing>(step, rest, gas, state, text),)*
                $(Do::$pair => two::<part::$pair1, part::$pair2, $pair_bond>(step, rest, gas, state, text),)*
                $(Do::$triple => {
                    three::<part::$triple1, part::$triple2, part::$triple3, $triple_bond1, $triple_bond2>(
                        step, rest, gas, state, text,
                    )
                })*
                $(Do::$branch2 => {
                    then_branch::<part::$branch21, condition::$branch22, $branch2_bond>(step, rest, gas, state, text)
                })*
                $(Do::$imm2 => {
                    then_branch_imm::<part::$imm21, condition::$imm22, $imm2_bond>(step, rest, gas, state, text)
                })*
                $(Do::$choice2 => {
                    then_choice::<part::$choice21, condition::$choice22, $choice2_bond>(step, rest, gas, state, text)
                })*
                $(Do::$branch3 => {
                    two_branch::<part::$branch31, part::$branch32, condition::$branch33, $branch3_bond1, $branch3_bond2>(
                        step, rest, gas, state, text,
                    )
                })*
                $(Do::$imm3 => {
                    two_branch_imm::<part::$imm31, part::$imm32, condition::$imm33, $imm3_bond1, $imm3_bond2>(
                        step, rest, gas, state, text,
                    )
                })*
                $(Do::$returning => then_exit::<part::$last>(step, rest, gas, state, text),)*
                $(Do::$multiplying => then_mul_high::<part::$factor>(step, rest, gas, state, text),)*
                $(Do::$entering => then_enter::<part::$before_enter>(step, rest, gas, state, text),)*
                $(Do::$jumping => then_jump::<part::$before>(step, rest, gas, state, text),)*
            }
        }

        /// Steps of several parts, and their parts, each with its bond to the one before.
        #[cfg(all(test, not(target_family = "wasm")))]
        pub(super) const JOINED: &[(Do, &[(Do, Link)])] = &[
            $((Do::$pair, &[(Do::$pair1, Link::Apart), (Do::$pair2, Link::$pair_bond)]),)*
            $((Do::$triple, &[
                (Do::$triple1, Link::Apart),
                (Do::$triple2, Link::$triple_bond1),
                (Do::$triple3, Link::$triple_bond2),
            ]),)*
            $((Do::$branch2, &[(Do::$branch21, Link::Apart), (Do::$branch22, Link::$branch2_bond)]),)*
            $((Do::$imm2, &[(Do::$imm21, Link::Apart), (Do::$imm22, Link::$imm2_bond)]),)*
            $((Do::$branch3, &[
                (Do::$branch31, Link::Apart),
                (Do::$branch32, Link::$branch3_bond1),
                (Do::$branch33, Link::$branch3_bond2),
            ]),)*
            $((Do::$imm3, &[
                (Do::$imm31, Link::Apart),
                (Do::$imm32, Link::$imm3_bond1),
                (Do::$imm33, Link::$imm3_bond2),
            ]),)*
        ];

        impl Do {
            /// The step that combines the two with this bond.
            pub const fn pair(first: Do, second: Do, link: Link) -> Option<Do> {
                match (first, second, link) {
                    $((Do::$pair1, Do::$pair2, Link::$pair_bond) => Some(Do::$pair),)*
                    $((Do::$branch21, Do::$branch22, Link::$branch2_bond) => Some(Do::$branch2),)*
                    $((Do::$imm21, Do::$imm22, Link::$imm2_bond) => Some(Do::$imm2),)*
                    $((Do::$last, Do::Exit, Link::Apart) => Some(Do::$returning),)*
                    $((Do::$factor, Do::MulHigh, Link::Apart) => Some(Do::$multiplying),)*
                    $((Do::$before_enter, Do::Enter, Link::Apart) => Some(Do::$entering),)*
                    $((Do::$before, Do::Ja, Link::Apart) => Some(Do::$jumping),)*
                    _ => None,
                }
            }

            /// The step that combines the three with these bonds.
            pub const fn triple(first: Do, second: Do, link: Link, third: Do, link2: Link) -> Option<Do> {
                match (first, second, link, third, link2) {
                    $((Do::$triple1, Do::$triple2, Link::$triple_bond1, Do::$triple3, Link::$triple_bond2) => {
                        Some(Do::$triple)
                    })*
                    $((Do::$branch31, Do::$branch32, Link::$branch3_bond1, Do::$branch33, Link::$branch3_bond2) => {
                        Some(Do::$branch3)
                    })*
                    $((Do::$imm31, Do::$imm32, Link::$imm3_bond1, Do::$imm33, Link::$imm3_bond2) => {
                        Some(Do::$imm3)
                    })*
                    _ => None,
                }
            }

            /// Whether some triple begins with these two.
            #[allow(unreachable_patterns, reason = "many begin alike")]
            pub const fn may_be_triple(first: Do, second: Do) -> bool {
                match (first, second) {
                    $((Do::$triple1, Do::$triple2) => true,)*
                    $((Do::$branch31, Do::$branch32) => true,)*
                    $((Do::$imm31, Do::$imm32) => true,)*
                    _ => false,
                }
            }

            /// The choice that replaces a branch whose other way is only one move.
            pub const fn choice(branch: Do) -> Option<Do> {
                match branch {
                    $(Do::$choosing => Some(Do::$choice),)*
                    $(Do::$choice2_of => Some(Do::$choice2),)*
                    _ => None,
                }
            }

            /// Whether it stores a constant.
            pub const fn is_store_imm(self) -> bool {
                matches!(self, Do::Store8Imm | Do::Store16Imm | Do::Store32Imm | Do::Store64Imm)
            }

            /// Whether it is a branch that compares with a constant.
            pub const fn is_branch_imm(self) -> bool {
                self as u16 >= Do::JEq64Imm as u16 && self as u16 <= Do::JSLe32Imm as u16
            }

            /// Whether it is a part of its own that does not lead elsewhere.
            pub const fn is_plain(self) -> bool {
                matches!(self, $(Do::$plain)|*)
            }

            /// Whether it is an intrinsic.
            pub const fn is_intrinsic(self) -> bool {
                matches!(self, Do::MemoryIntrinsic | Do::WideIntrinsic | Do::MulHigh | Do::MulTi)
            }

            /// Whether it is a branch.
            pub const fn is_branch(self) -> bool {
                self as u16 >= Do::JEq64Imm as u16 && self as u16 <= Do::JSLe32Reg as u16
            }
        }
    };
}

list! {
    whole {
        Enter = enter_step,
        Other = other,
        Ja = always,
        GotoX = goto_pointer,
        CallLocal = call,
        CallX = call_pointer,
        Exit = exit,
        Syscall = syscall,
        MemoryIntrinsic = bulk,
        WideIntrinsic = wide_intrinsic,
        MulHigh = product::<MUL_HIGH>,
        MulTi = product::<MUL_TI>,
    }
    plain {
        Add32Imm = Imm<Add32>, Add32Reg = Regs<Add32>, Sub32Imm = Imm<Sub32>, Sub32Reg = Regs<Sub32>,
        Mul32Imm = Imm<Mul32>, Mul32Reg = Regs<Mul32>, Or32Imm = Imm<Or32>, Or32Reg = Regs<Or32>,
        And32Imm = Imm<And32>, And32Reg = Regs<And32>, Xor32Imm = Imm<Xor32>, Xor32Reg = Regs<Xor32>,
        Lsh32Imm = Imm<Lsh32>, Lsh32Reg = Regs<Lsh32>, Rsh32Imm = Imm<Rsh32>, Rsh32Reg = Regs<Rsh32>,
        Arsh32Imm = Imm<Arsh32>, Arsh32Reg = Regs<Arsh32>,
        Add64Imm = Imm<Add64>, Add64Reg = Regs<Add64>, Sub64Imm = Imm<Sub64>, Sub64Reg = Regs<Sub64>,
        Mul64Imm = Imm<Mul64>, Mul64Reg = Regs<Mul64>, Or64Imm = Imm<Or64>, Or64Reg = Regs<Or64>,
        And64Imm = Imm<And64>, And64Reg = Regs<And64>, Xor64Imm = Imm<Xor64>, Xor64Reg = Regs<Xor64>,
        Lsh64Imm = Imm<Lsh64>, Lsh64Reg = Regs<Lsh64>, Rsh64Imm = Imm<Rsh64>, Rsh64Reg = Regs<Rsh64>,
        Arsh64Imm = Imm<Arsh64>, Arsh64Reg = Regs<Arsh64>,
        Div32Imm = Imm<Div32>, Div32Reg = Regs<Div32>, SDiv32Imm = Imm<SDiv32>, SDiv32Reg = Regs<SDiv32>,
        Mod32Imm = Imm<Mod32>, Mod32Reg = Regs<Mod32>, SMod32Imm = Imm<SMod32>, SMod32Reg = Regs<SMod32>,
        Div64Imm = Imm<Div64>, Div64Reg = Regs<Div64>, SDiv64Imm = Imm<SDiv64>, SDiv64Reg = Regs<SDiv64>,
        Mod64Imm = Imm<Mod64>, Mod64Reg = Regs<Mod64>, SMod64Imm = Imm<SMod64>, SMod64Reg = Regs<SMod64>,
        Neg32 = Of<Negated32>, Neg64 = Of<Negated64>,
        MovSx8To32 = Of<Sx8To32>, MovSx16To32 = Of<Sx16To32>,
        MovSx8To64 = Of<Sx8To64>, MovSx16To64 = Of<Sx16To64>, MovSx32To64 = Of<Sx32To64>,
        Le16 = Of<Low16>, Le32 = Of<Low32>, Swap16 = Of<Swapped16>, Swap32 = Of<Swapped32>, Swap64 = Of<Swapped64>,
        Rotate32 = Imm<Rotated32>, Rotate64 = Imm<Rotated64>,
        AddFrame64 = WithFrame<Add64, U64>, MulFrame64 = WithFrame<Mul64, U64>, XorFrame64 = WithFrame<Xor64, U64>,
        AndFrame64 = WithFrame<And64, U64>, OrFrame64 = WithFrame<Or64, U64>, AddFrame32 = WithFrame<Add32, U32>,
        XorFrame32 = WithFrame<Xor32, U32>, AndFrame32 = WithFrame<And32, U32>, FrameCopy64 = InFrameCopy<U64>,
        XorRotate64 = Both<Rotated64, Xor64>, XorRotate32 = Both<Rotated32, Xor32>,
        AndNot64 = Regs<NotAnd64>, AndNot32 = Regs<NotAnd32>, LshAdd64 = Scaled, FieldRight32 = FieldRight, FieldLeft32 = FieldLeft,
        Mov64Imm = Const, LdImm64 = Wide,
        RotateKeepRight32 = AndShifted<Rotated32, Rsh32>, RotateKeepLeft32 = AndShifted<Rotated32, Lsh32>,
        RotateKeepRight64 = AndShifted<Rotated64, Rsh64>, RotateKeepLeft64 = AndShifted<Rotated64, Lsh64>,
        Load8 = At<U8>, Load16 = At<U16>, Load32 = At<U32>, Load64 = At<U64>,
        LoadSum8 = AtSum<U8>, LoadSum16 = AtSum<U16>, LoadSum32 = AtSum<U32>, LoadSum64 = AtSum<U64>,
        LoadSx8 = At<S8>, LoadSx16 = At<S16>, LoadSx32 = At<S32>,
        FrameLoad32 = InFrame<U32>, FrameLoad64 = InFrame<U64>,
        Store8Reg = To<U8>, Store16Reg = To<U16>, Store32Reg = To<U32>, Store64Reg = To<U64>,
        FrameStore32 = ToFrame<U32>, FrameStore64 = ToFrame<U64>,
        Store8Imm = ConstTo<U8>, Store16Imm = ConstTo<U16>, Store32Imm = ConstTo<U32>, Store64Imm = ConstTo<U64>,
    }
    branches {
        JEq64Imm branch_imm Eq64, JNe64Imm branch_imm Ne64, JSet64Imm branch_imm Set64, JGt64Imm branch_imm Gt64,
        JGe64Imm branch_imm Ge64, JLt64Imm branch_imm Lt64, JLe64Imm branch_imm Le64, JSGt64Imm branch_imm SGt64,
        JSGe64Imm branch_imm SGe64, JSLt64Imm branch_imm SLt64, JSLe64Imm branch_imm SLe64,
        JEq32Imm branch_imm Eq32, JNe32Imm branch_imm Ne32, JSet32Imm branch_imm Set32, JGt32Imm branch_imm Gt32,
        JGe32Imm branch_imm Ge32, JLt32Imm branch_imm Lt32, JLe32Imm branch_imm Le32, JSGt32Imm branch_imm SGt32,
        JSGe32Imm branch_imm SGe32, JSLt32Imm branch_imm SLt32, JSLe32Imm branch_imm SLe32,
        JEq64Reg branch Eq64, JNe64Reg branch Ne64, JSet64Reg branch Set64, JGt64Reg branch Gt64,
        JGe64Reg branch Ge64, JLt64Reg branch Lt64, JLe64Reg branch Le64, JSGt64Reg branch SGt64,
        JSGe64Reg branch SGe64, JSLt64Reg branch SLt64, JSLe64Reg branch SLe64,
        JEq32Reg branch Eq32, JNe32Reg branch Ne32, JSet32Reg branch Set32, JGt32Reg branch Gt32,
        JGe32Reg branch Ge32, JLt32Reg branch Lt32, JLe32Reg branch Le32, JSGt32Reg branch SGt32,
        JSGe32Reg branch SGe32, JSLt32Reg branch SLt32, JSLe32Reg branch SLe32,
    }
    choices {
        ChooseEq64Imm = choice_imm JEq64Imm, ChooseNe64Imm = choice_imm JNe64Imm, ChooseGt64Imm = choice_imm JGt64Imm,
        ChooseLt64Imm = choice_imm JLt64Imm, ChooseSGt64Imm = choice_imm JSGt64Imm,
        ChooseEq32Imm = choice_imm JEq32Imm, ChooseNe32Imm = choice_imm JNe32Imm,
        ChooseEq64Reg = choice JEq64Reg, ChooseNe64Reg = choice JNe64Reg, ChooseGt64Reg = choice JGt64Reg,
        ChooseGe64Reg = choice JGe64Reg, ChooseLt64Reg = choice JLt64Reg, ChooseLe64Reg = choice JLe64Reg,
    }
    pairs {
        Add32ImmAdd32Imm = Add32Imm Add32Imm Apart,
        Add32ImmAlsoAddFrame32 = Add32Imm AddFrame32 Also,
        Add32ImmAnd32Imm = Add32Imm And32Imm Apart,
        Add32ImmAnd64Imm = Add32Imm And64Imm Apart,
        Add32ImmFrameLoad32 = Add32Imm FrameLoad32 Apart,
        Add32ImmFrameLoad64 = Add32Imm FrameLoad64 Apart,
        Add32ImmAlsoFrameStore32 = Add32Imm FrameStore32 Also,
        Add32ImmFrameStore32 = Add32Imm FrameStore32 Apart,
        Add32ImmAlsoFrameStore64 = Add32Imm FrameStore64 Also,
        Add32ImmLoad16 = Add32Imm Load16 Apart,
        Add32ImmLsh32Imm = Add32Imm Lsh32Imm Apart,
        Add32ImmAlsoStore8Reg = Add32Imm Store8Reg Also,
        Add32RegAdd32Imm = Add32Reg Add32Imm Apart,
        Add32RegIntoAdd32Reg = Add32Reg Add32Reg Into,
        Add32RegIntoAnd32Imm = Add32Reg And32Imm Into,
        Add32RegFrameLoad32 = Add32Reg FrameLoad32 Apart,
        Add32RegAlsoFrameStore32 = Add32Reg FrameStore32 Also,
        Add32RegIntoFrameStore32 = Add32Reg FrameStore32 Into,
        Add32RegMovSx16To32 = Add32Reg MovSx16To32 Apart,
        Add32RegIntoRsh32Imm = Add32Reg Rsh32Imm Into,
        Add32RegXor32Reg = Add32Reg Xor32Reg Apart,
        Add64ImmAdd32Imm = Add64Imm Add32Imm Apart,
        Add64ImmAlsoAdd64Imm = Add64Imm Add64Imm Also,
        Add64ImmAdd64Imm = Add64Imm Add64Imm Apart,
        Add64ImmAlsoAdd64Reg = Add64Imm Add64Reg Also,
        Add64ImmIntoAddFrame64 = Add64Imm AddFrame64 Into,
        Add64ImmAnd64Imm = Add64Imm And64Imm Apart,
        Add64ImmAnd64Reg = Add64Imm And64Reg Apart,
        Add64ImmIntoAnd64Reg = Add64Imm And64Reg Into,
        Add64ImmFrameLoad64 = Add64Imm FrameLoad64 Apart,
        Add64ImmAlsoFrameStore64 = Add64Imm FrameStore64 Also,
        Add64ImmFrameStore64 = Add64Imm FrameStore64 Apart,
        Add64ImmAlsoLoad16 = Add64Imm Load16 Also,
        Add64ImmLoad32 = Add64Imm Load32 Apart,
        Add64ImmAlsoLoad64 = Add64Imm Load64 Also,
        Add64ImmIntoLoadSum8 = Add64Imm LoadSum8 Into,
        Add64ImmIntoLoadSx8 = Add64Imm LoadSx8 Into,
        Add64ImmMov64Imm = Add64Imm Mov64Imm Apart,
        Add64ImmIntoMulFrame64 = Add64Imm MulFrame64 Into,
        Add64ImmRsh64Imm = Add64Imm Rsh64Imm Apart,
        Add64ImmAlsoStore64Reg = Add64Imm Store64Reg Also,
        Add64ImmIntoStore64Reg = Add64Imm Store64Reg Into,
        Add64RegAlsoAdd64Imm = Add64Reg Add64Imm Also,
        Add64RegAdd64Imm = Add64Reg Add64Imm Apart,
        Add64RegAlsoAdd64Reg = Add64Reg Add64Reg Also,
        Add64RegAdd64Reg = Add64Reg Add64Reg Apart,
        Add64RegIntoAdd64Reg = Add64Reg Add64Reg Into,
        Add64RegAddFrame64 = Add64Reg AddFrame64 Apart,
        Add64RegIntoAddFrame64 = Add64Reg AddFrame64 Into,
        Add64RegAnd32Imm = Add64Reg And32Imm Apart,
        Add64RegAndFrame64 = Add64Reg AndFrame64 Apart,
        Add64RegFrameLoad64 = Add64Reg FrameLoad64 Apart,
        Add64RegAlsoFrameStore64 = Add64Reg FrameStore64 Also,
        Add64RegFrameStore64 = Add64Reg FrameStore64 Apart,
        Add64RegIntoLsh64Imm = Add64Reg Lsh64Imm Into,
        Add64RegMov64Imm = Add64Reg Mov64Imm Apart,
        Add64RegMul64Reg = Add64Reg Mul64Reg Apart,
        Add64RegRsh64Imm = Add64Reg Rsh64Imm Apart,
        Add64RegSub64Reg = Add64Reg Sub64Reg Apart,
        AddFrame32IntoAdd32Reg = AddFrame32 Add32Reg Into,
        AddFrame32AlsoFrameStore32 = AddFrame32 FrameStore32 Also,
        AddFrame32IntoFrameStore32 = AddFrame32 FrameStore32 Into,
        AddFrame32AlsoRotate32 = AddFrame32 Rotate32 Also,
        AddFrame64AlsoAdd64Reg = AddFrame64 Add64Reg Also,
        AddFrame64Add64Reg = AddFrame64 Add64Reg Apart,
        AddFrame64IntoAdd64Reg = AddFrame64 Add64Reg Into,
        AddFrame64IntoAddFrame64 = AddFrame64 AddFrame64 Into,
        AddFrame64FrameLoad64 = AddFrame64 FrameLoad64 Apart,
        AddFrame64AlsoFrameStore64 = AddFrame64 FrameStore64 Also,
        AddFrame64IntoFrameStore64 = AddFrame64 FrameStore64 Into,
        AddFrame64IntoLsh64Imm = AddFrame64 Lsh64Imm Into,
        AddFrame64Mov64Imm = AddFrame64 Mov64Imm Apart,
        AddFrame64AlsoUnderStore32Reg = AddFrame64 Store32Reg AlsoBase,
        AddFrame64AlsoXorRotate64 = AddFrame64 XorRotate64 Also,
        And32ImmAlsoAdd32Reg = And32Imm Add32Reg Also,
        And32ImmFrameLoad32 = And32Imm FrameLoad32 Apart,
        And32ImmAlsoFrameStore32 = And32Imm FrameStore32 Also,
        And32RegIntoXor32Reg = And32Reg Xor32Reg Into,
        And64ImmRsh64Reg = And64Imm Rsh64Reg Apart,
        And64ImmAlsoXor64Imm = And64Imm Xor64Imm Also,
        And64RegAlsoAdd64Imm = And64Reg Add64Imm Also,
        And64RegIntoAdd64Reg = And64Reg Add64Reg Into,
        And64RegFrameLoad64 = And64Reg FrameLoad64 Apart,
        And64RegIntoMul64Reg = And64Reg Mul64Reg Into,
        And64RegRsh64Imm = And64Reg Rsh64Imm Apart,
        And64RegXor64Imm = And64Reg Xor64Imm Apart,
        And64RegAlsoXor64Reg = And64Reg Xor64Reg Also,
        And64RegXor64Reg = And64Reg Xor64Reg Apart,
        And64RegIntoXor64Reg = And64Reg Xor64Reg Into,
        AndFrame32And32Reg = AndFrame32 And32Reg Apart,
        AndFrame64IntoFrameStore64 = AndFrame64 FrameStore64 Into,
        AndFrame64Mul64Imm = AndFrame64 Mul64Imm Apart,
        Arsh32RegAlsoStore32Reg = Arsh32Reg Store32Reg Also,
        FrameCopy64FrameLoad64 = FrameCopy64 FrameLoad64 Apart,
        FrameLoad32AlsoAdd32Imm = FrameLoad32 Add32Imm Also,
        FrameLoad32AlsoAdd32Reg = FrameLoad32 Add32Reg Also,
        FrameLoad32AlsoAddFrame32 = FrameLoad32 AddFrame32 Also,
        FrameLoad32IntoAnd32Imm = FrameLoad32 And32Imm Into,
        FrameLoad32FrameLoad64 = FrameLoad32 FrameLoad64 Apart,
        FrameLoad32AlsoRotate32 = FrameLoad32 Rotate32 Also,
        FrameLoad32IntoRotate32 = FrameLoad32 Rotate32 Into,
        FrameLoad32IntoRsh32Imm = FrameLoad32 Rsh32Imm Into,
        FrameLoad64AlsoAdd32Reg = FrameLoad64 Add32Reg Also,
        FrameLoad64AlsoAdd64Imm = FrameLoad64 Add64Imm Also,
        FrameLoad64Add64Imm = FrameLoad64 Add64Imm Apart,
        FrameLoad64AlsoAdd64Reg = FrameLoad64 Add64Reg Also,
        FrameLoad64IntoAddFrame64 = FrameLoad64 AddFrame64 Into,
        FrameLoad64AlsoAnd64Reg = FrameLoad64 And64Reg Also,
        FrameLoad64FrameLoad64 = FrameLoad64 FrameLoad64 Apart,
        FrameLoad64AlsoFrameStore64 = FrameLoad64 FrameStore64 Also,
        FrameLoad64FrameStore64 = FrameLoad64 FrameStore64 Apart,
        FrameLoad64AlsoLoad64 = FrameLoad64 Load64 Also,
        FrameLoad64IntoLsh64Imm = FrameLoad64 Lsh64Imm Into,
        FrameLoad64Mov64Imm = FrameLoad64 Mov64Imm Apart,
        FrameLoad64AlsoMul32Reg = FrameLoad64 Mul32Reg Also,
        FrameLoad64AlsoMul64Reg = FrameLoad64 Mul64Reg Also,
        FrameLoad64IntoMulFrame64 = FrameLoad64 MulFrame64 Into,
        FrameLoad64IntoRotate64 = FrameLoad64 Rotate64 Into,
        FrameLoad64IntoRsh64Imm = FrameLoad64 Rsh64Imm Into,
        FrameLoad64IntoStore64Reg = FrameLoad64 Store64Reg Into,
        FrameLoad64Sub64Reg = FrameLoad64 Sub64Reg Apart,
        FrameLoad64IntoXor64Imm = FrameLoad64 Xor64Imm Into,
        FrameLoad64AlsoXor64Reg = FrameLoad64 Xor64Reg Also,
        FrameStore32Add32Imm = FrameStore32 Add32Imm Apart,
        FrameStore32Add32Reg = FrameStore32 Add32Reg Apart,
        FrameStore32AddFrame32 = FrameStore32 AddFrame32 Apart,
        FrameStore32FrameLoad32 = FrameStore32 FrameLoad32 Apart,
        FrameStore32FrameLoad64 = FrameStore32 FrameLoad64 Apart,
        FrameStore32Load32 = FrameStore32 Load32 Apart,
        FrameStore32Mov64Imm = FrameStore32 Mov64Imm Apart,
        FrameStore32Rotate32 = FrameStore32 Rotate32 Apart,
        FrameStore32Rsh32Imm = FrameStore32 Rsh32Imm Apart,
        FrameStore32Xor32Reg = FrameStore32 Xor32Reg Apart,
        FrameStore32XorFrame32 = FrameStore32 XorFrame32 Apart,
        FrameStore64Add64Imm = FrameStore64 Add64Imm Apart,
        FrameStore64Add64Reg = FrameStore64 Add64Reg Apart,
        FrameStore64AddFrame64 = FrameStore64 AddFrame64 Apart,
        FrameStore64And64Reg = FrameStore64 And64Reg Apart,
        FrameStore64FrameLoad64 = FrameStore64 FrameLoad64 Apart,
        FrameStore64FrameStore64 = FrameStore64 FrameStore64 Apart,
        FrameStore64Load64 = FrameStore64 Load64 Apart,
        FrameStore64Lsh64Imm = FrameStore64 Lsh64Imm Apart,
        FrameStore64Mov64Imm = FrameStore64 Mov64Imm Apart,
        FrameStore64Mul64Reg = FrameStore64 Mul64Reg Apart,
        FrameStore64Rotate64 = FrameStore64 Rotate64 Apart,
        FrameStore64Rsh64Imm = FrameStore64 Rsh64Imm Apart,
        FrameStore64Xor64Imm = FrameStore64 Xor64Imm Apart,
        FrameStore64Xor64Reg = FrameStore64 Xor64Reg Apart,
        FrameStore64XorRotate64 = FrameStore64 XorRotate64 Apart,
        Load16AlsoAnd32Imm = Load16 And32Imm Also,
        Load16FrameLoad64 = Load16 FrameLoad64 Apart,
        Load16IntoXor32Reg = Load16 Xor32Reg Into,
        Load32IntoAdd32Reg = Load32 Add32Reg Into,
        Load32AlsoFrameStore32 = Load32 FrameStore32 Also,
        Load64AlsoAdd64Imm = Load64 Add64Imm Also,
        Load64IntoAdd64Imm = Load64 Add64Imm Into,
        Load64FrameLoad64 = Load64 FrameLoad64 Apart,
        Load64AlsoFrameStore64 = Load64 FrameStore64 Also,
        Load64Load64 = Load64 Load64 Apart,
        Load64AlsoLoadSum8 = Load64 LoadSum8 Also,
        Load64IntoLoadSum8 = Load64 LoadSum8 Into,
        Load64Mov64Imm = Load64 Mov64Imm Apart,
        Load64IntoXor64Reg = Load64 Xor64Reg Into,
        Load8Load8 = Load8 Load8 Apart,
        Load8IntoNeg64 = Load8 Neg64 Into,
        LoadSum64FrameLoad64 = LoadSum64 FrameLoad64 Apart,
        Lsh32ImmIntoOr32Reg = Lsh32Imm Or32Reg Into,
        Lsh64ImmAlsoAdd64Reg = Lsh64Imm Add64Reg Also,
        Lsh64ImmIntoAdd64Reg = Lsh64Imm Add64Reg Into,
        Lsh64ImmFrameLoad64 = Lsh64Imm FrameLoad64 Apart,
        Lsh64ImmFrameStore64 = Lsh64Imm FrameStore64 Apart,
        Lsh64ImmAlsoOr64Reg = Lsh64Imm Or64Reg Also,
        Lsh64ImmIntoOr64Reg = Lsh64Imm Or64Reg Into,
        Lsh64ImmXor64Imm = Lsh64Imm Xor64Imm Apart,
        Lsh64RegAlsoOr64Reg = Lsh64Reg Or64Reg Also,
        Mov64ImmAdd64Imm = Mov64Imm Add64Imm Apart,
        Mov64ImmFrameLoad64 = Mov64Imm FrameLoad64 Apart,
        Mov64ImmAlsoLoad32 = Mov64Imm Load32 Also,
        Mov64ImmMov64Imm = Mov64Imm Mov64Imm Apart,
        Mov64ImmNeg64 = Mov64Imm Neg64 Apart,
        Mov64ImmIntoSub64Reg = Mov64Imm Sub64Reg Into,
        Mul32RegIntoAdd32Reg = Mul32Reg Add32Reg Into,
        Mul32RegLoad16 = Mul32Reg Load16 Apart,
        Mul64RegAlsoAdd64Reg = Mul64Reg Add64Reg Also,
        Mul64RegIntoAdd64Reg = Mul64Reg Add64Reg Into,
        Mul64RegFrameLoad64 = Mul64Reg FrameLoad64 Apart,
        Mul64RegMulFrame64 = Mul64Reg MulFrame64 Apart,
        Mul64RegIntoRsh64Imm = Mul64Reg Rsh64Imm Into,
        MulFrame64AlsoAdd64Reg = MulFrame64 Add64Reg Also,
        Neg64Neg64 = Neg64 Neg64 Apart,
        Or32RegAlsoAdd64Reg = Or32Reg Add64Reg Also,
        Or32RegFrameLoad32 = Or32Reg FrameLoad32 Apart,
        Or32RegIntoFrameStore32 = Or32Reg FrameStore32 Into,
        Or64RegAdd64Imm = Or64Reg Add64Imm Apart,
        Or64RegAdd64Reg = Or64Reg Add64Reg Apart,
        Or64RegIntoAdd64Reg = Or64Reg Add64Reg Into,
        Or64RegIntoAddFrame64 = Or64Reg AddFrame64 Into,
        Or64RegAlsoFrameStore64 = Or64Reg FrameStore64 Also,
        Or64RegLsh64Reg = Or64Reg Lsh64Reg Apart,
        Rotate32FrameLoad32 = Rotate32 FrameLoad32 Apart,
        Rotate32IntoFrameStore32 = Rotate32 FrameStore32 Into,
        Rotate32Rotate32 = Rotate32 Rotate32 Apart,
        Rotate32Rsh32Imm = Rotate32 Rsh32Imm Apart,
        Rotate32Xor32Reg = Rotate32 Xor32Reg Apart,
        Rotate32IntoXor32Reg = Rotate32 Xor32Reg Into,
        Rotate64AlsoAdd64Imm = Rotate64 Add64Imm Also,
        Rotate64AddFrame64 = Rotate64 AddFrame64 Apart,
        Rotate64FrameLoad64 = Rotate64 FrameLoad64 Apart,
        Rotate64IntoFrameStore64 = Rotate64 FrameStore64 Into,
        Rsh32ImmAdd32Imm = Rsh32Imm Add32Imm Apart,
        Rsh32ImmIntoAnd32Imm = Rsh32Imm And32Imm Into,
        Rsh32ImmFieldLeft32 = Rsh32Imm FieldLeft32 Apart,
        Rsh32ImmIntoXor32Reg = Rsh32Imm Xor32Reg Into,
        Rsh32ImmIntoXorFrame32 = Rsh32Imm XorFrame32 Into,
        Rsh64ImmAlsoAdd64Reg = Rsh64Imm Add64Reg Also,
        Rsh64ImmIntoAdd64Reg = Rsh64Imm Add64Reg Into,
        Rsh64ImmIntoAnd64Reg = Rsh64Imm And64Reg Into,
        Rsh64ImmFrameLoad64 = Rsh64Imm FrameLoad64 Apart,
        Rsh64ImmAlsoOr64Reg = Rsh64Imm Or64Reg Also,
        Rsh64ImmIntoOr64Reg = Rsh64Imm Or64Reg Into,
        Rsh64RegLsh64Reg = Rsh64Reg Lsh64Reg Apart,
        Store16RegAdd32Imm = Store16Reg Add32Imm Apart,
        Store16RegAdd64Imm = Store16Reg Add64Imm Apart,
        Store64RegFrameLoad64 = Store64Reg FrameLoad64 Apart,
        Store64RegMov64Imm = Store64Reg Mov64Imm Apart,
        Store64RegRsh64Reg = Store64Reg Rsh64Reg Apart,
        Store64RegStore32Imm = Store64Reg Store32Imm Apart,
        Store64RegStore64Reg = Store64Reg Store64Reg Apart,
        Store8RegAdd64Imm = Store8Reg Add64Imm Apart,
        Store8RegLoad8 = Store8Reg Load8 Apart,
        Sub64RegAdd64Imm = Sub64Reg Add64Imm Apart,
        Sub64RegIntoAdd64Reg = Sub64Reg Add64Reg Into,
        Sub64RegAnd64Imm = Sub64Reg And64Imm Apart,
        Sub64RegMov64Imm = Sub64Reg Mov64Imm Apart,
        Sub64RegIntoStore64Reg = Sub64Reg Store64Reg Into,
        Sub64RegSub64Reg = Sub64Reg Sub64Reg Apart,
        Swap64AlsoAdd64Imm = Swap64 Add64Imm Also,
        Xor32ImmAlsoMovSx16To32 = Xor32Imm MovSx16To32 Also,
        Xor32RegAlsoAdd32Reg = Xor32Reg Add32Reg Also,
        Xor32RegAlsoAddFrame32 = Xor32Reg AddFrame32 Also,
        Xor32RegAddFrame32 = Xor32Reg AddFrame32 Apart,
        Xor32RegAlsoAnd32Imm = Xor32Reg And32Imm Also,
        Xor32RegIntoAnd32Reg = Xor32Reg And32Reg Into,
        Xor32RegFrameLoad32 = Xor32Reg FrameLoad32 Apart,
        Xor32RegAlsoFrameStore32 = Xor32Reg FrameStore32 Also,
        Xor32RegIntoFrameStore32 = Xor32Reg FrameStore32 Into,
        Xor32RegIntoLsh64Imm = Xor32Reg Lsh64Imm Into,
        Xor32RegAlsoMovSx16To32 = Xor32Reg MovSx16To32 Also,
        Xor32RegIntoMovSx16To32 = Xor32Reg MovSx16To32 Into,
        Xor32RegRotate32 = Xor32Reg Rotate32 Apart,
        Xor32RegRsh32Imm = Xor32Reg Rsh32Imm Apart,
        Xor32RegXor32Reg = Xor32Reg Xor32Reg Apart,
        Xor64ImmAdd64Imm = Xor64Imm Add64Imm Apart,
        Xor64ImmAlsoAnd64Reg = Xor64Imm And64Reg Also,
        Xor64ImmIntoAnd64Reg = Xor64Imm And64Reg Into,
        Xor64ImmIntoAndFrame64 = Xor64Imm AndFrame64 Into,
        Xor64ImmFrameLoad64 = Xor64Imm FrameLoad64 Apart,
        Xor64ImmXor64Reg = Xor64Imm Xor64Reg Apart,
        Xor64RegIntoAdd64Imm = Xor64Reg Add64Imm Into,
        Xor64RegFrameLoad64 = Xor64Reg FrameLoad64 Apart,
        Xor64RegAlsoFrameStore64 = Xor64Reg FrameStore64 Also,
        Xor64RegFrameStore64 = Xor64Reg FrameStore64 Apart,
        Xor64RegIntoFrameStore64 = Xor64Reg FrameStore64 Into,
        Xor64RegIntoMul64Reg = Xor64Reg Mul64Reg Into,
        Xor64RegAlsoXor64Reg = Xor64Reg Xor64Reg Also,
        Xor64RegXor64Reg = Xor64Reg Xor64Reg Apart,
        XorFrame32IntoAnd32Reg = XorFrame32 And32Reg Into,
        XorFrame32FrameLoad32 = XorFrame32 FrameLoad32 Apart,
        XorFrame32IntoFrameStore32 = XorFrame32 FrameStore32 Into,
        XorFrame64IntoFrameStore64 = XorFrame64 FrameStore64 Into,
        XorFrame64AlsoRotate64 = XorFrame64 Rotate64 Also,
        XorFrame64Rotate64 = XorFrame64 Rotate64 Apart,
        XorFrame64IntoRotate64 = XorFrame64 Rotate64 Into,
        XorFrame64XorFrame64 = XorFrame64 XorFrame64 Apart,
        XorRotate64Add64Reg = XorRotate64 Add64Reg Apart,
        XorRotate64FrameLoad64 = XorRotate64 FrameLoad64 Apart,
        XorRotate64AlsoFrameStore64 = XorRotate64 FrameStore64 Also,
        XorRotate64IntoFrameStore64 = XorRotate64 FrameStore64 Into,
    }
    triples {
        Add32ImmAdd32ImmAlsoFrameStore32 = Add32Imm Add32Imm Apart FrameStore32 Also,
        Add32ImmFrameLoad32AlsoXor32Reg = Add32Imm FrameLoad32 Apart Xor32Reg Also,
        Add32ImmFrameStore32Lsh32Imm = Add32Imm FrameStore32 Apart Lsh32Imm Apart,
        Add32ImmLoad8Mov64Imm = Add32Imm Load8 Apart Mov64Imm Apart,
        Add32ImmLsh64ImmAlsoAdd64Imm = Add32Imm Lsh64Imm Apart Add64Imm Also,
        Add32ImmRsh32ImmFieldRight32 = Add32Imm Rsh32Imm Apart FieldRight32 Apart,
        Add32RegAlsoRotate32Rotate32 = Add32Reg Rotate32 Also Rotate32 Apart,
        Add32RegXor32RegFrameLoad32 = Add32Reg Xor32Reg Apart FrameLoad32 Apart,
        Add64ImmAdd32ImmAdd64Reg = Add64Imm Add32Imm Apart Add64Reg Apart,
        Add64ImmAdd64ImmAlsoAdd64Imm = Add64Imm Add64Imm Apart Add64Imm Also,
        Add64ImmAdd64ImmAdd64Imm = Add64Imm Add64Imm Apart Add64Imm Apart,
        Add64ImmAdd64ImmFrameLoad64 = Add64Imm Add64Imm Apart FrameLoad64 Apart,
        Add64ImmIntoAddFrame64AlsoFrameStore64 = Add64Imm AddFrame64 Into FrameStore64 Also,
        Add64ImmAnd64ImmFrameLoad64 = Add64Imm And64Imm Apart FrameLoad64 Apart,
        Add64ImmFieldLeft32Add64Imm = Add64Imm FieldLeft32 Apart Add64Imm Apart,
        Add64ImmFrameLoad32AlsoAdd32Imm = Add64Imm FrameLoad32 Apart Add32Imm Also,
        Add64ImmFrameLoad64AlsoAdd64Imm = Add64Imm FrameLoad64 Apart Add64Imm Also,
        Add64ImmIntoFrameStore64FrameLoad64 = Add64Imm FrameStore64 Into FrameLoad64 Apart,
        Add64ImmLoad32Load32 = Add64Imm Load32 Apart Load32 Apart,
        Add64ImmLoad64Load64 = Add64Imm Load64 Apart Load64 Apart,
        Add64ImmLoad8Load8 = Add64Imm Load8 Apart Load8 Apart,
        Add64ImmMov64ImmAdd64Imm = Add64Imm Mov64Imm Apart Add64Imm Apart,
        Add64ImmAlsoStore64RegAnd64Imm = Add64Imm Store64Reg Also And64Imm Apart,
        Add64ImmAlsoUnderStore8ImmAdd64Reg = Add64Imm Store8Imm AlsoBase Add64Reg Apart,
        Add64ImmIntoXorFrame64Add64Imm = Add64Imm XorFrame64 Into Add64Imm Apart,
        Add64ImmIntoXorFrame64IntoRotate64 = Add64Imm XorFrame64 Into Rotate64 Into,
        Add64RegAdd64ImmAdd64Imm = Add64Reg Add64Imm Apart Add64Imm Apart,
        Add64RegFrameLoad64IntoMulFrame64 = Add64Reg FrameLoad64 Apart MulFrame64 Into,
        Add64RegAlsoFrameStore64Add64Imm = Add64Reg FrameStore64 Also Add64Imm Apart,
        Add64RegAlsoFrameStore64Xor64Reg = Add64Reg FrameStore64 Also Xor64Reg Apart,
        Add64RegAlsoFrameStore64XorFrame64 = Add64Reg FrameStore64 Also XorFrame64 Apart,
        Add64RegAlsoFrameStore64XorRotate64 = Add64Reg FrameStore64 Also XorRotate64 Apart,
        Add64RegAlsoLoad16IntoAdd32Imm = Add64Reg Load16 Also Add32Imm Into,
        Add64RegMov64ImmFrameStore64 = Add64Reg Mov64Imm Apart FrameStore64 Apart,
        AddFrame64IntoAdd64RegAlsoFrameStore64 = AddFrame64 Add64Reg Into FrameStore64 Also,
        AddFrame64IntoAddFrame64IntoLsh64Imm = AddFrame64 AddFrame64 Into Lsh64Imm Into,
        AddFrame64FrameLoad64IntoMulFrame64 = AddFrame64 FrameLoad64 Apart MulFrame64 Into,
        AddFrame64AlsoFrameStore64XorRotate64 = AddFrame64 FrameStore64 Also XorRotate64 Apart,
        And32ImmMov64ImmIntoLsh64Reg = And32Imm Mov64Imm Apart Lsh64Reg Into,
        And32RegAnd32RegIntoXor32Reg = And32Reg And32Reg Apart Xor32Reg Into,
        And64ImmAlsoLsh64ImmIntoLoad16 = And64Imm Lsh64Imm Also Load16 Into,
        And64RegIntoXor64RegIntoFrameStore64 = And64Reg Xor64Reg Into FrameStore64 Into,
        FieldLeft32AlsoAdd64ImmAlsoLoad16 = FieldLeft32 Add64Imm Also Load16 Also,
        FieldLeft32AlsoAdd64ImmAlsoUnderStore16Reg = FieldLeft32 Add64Imm Also Store16Reg AlsoBase,
        FieldRight32IntoAdd64RegAdd64Reg = FieldRight32 Add64Reg Into Add64Reg Apart,
        FrameLoad32IntoAdd32ImmAlsoFrameStore32 = FrameLoad32 Add32Imm Into FrameStore32 Also,
        FrameLoad32AlsoAdd32RegIntoFrameStore32 = FrameLoad32 Add32Reg Also FrameStore32 Into,
        FrameLoad32FrameLoad32AlsoAdd32Reg = FrameLoad32 FrameLoad32 Apart Add32Reg Also,
        FrameLoad32AlsoXor32RegIntoAnd32Reg = FrameLoad32 Xor32Reg Also And32Reg Into,
        FrameLoad64AlsoAdd64ImmIntoAddFrame64 = FrameLoad64 Add64Imm Also AddFrame64 Into,
        FrameLoad64AlsoAdd64ImmFrameLoad64 = FrameLoad64 Add64Imm Also FrameLoad64 Apart,
        FrameLoad64IntoAddFrame64IntoAdd64Reg = FrameLoad64 AddFrame64 Into Add64Reg Into,
        FrameLoad64IntoAddFrame64AlsoFrameStore64 = FrameLoad64 AddFrame64 Into FrameStore64 Also,
        FrameLoad64IntoAddFrame64IntoFrameStore64 = FrameLoad64 AddFrame64 Into FrameStore64 Into,
        FrameLoad64FrameLoad64FrameLoad64 = FrameLoad64 FrameLoad64 Apart FrameLoad64 Apart,
        FrameLoad64AlsoFrameStore64Xor64Reg = FrameLoad64 FrameStore64 Also Xor64Reg Apart,
        FrameLoad64IntoMod64RegAlsoAdd64Reg = FrameLoad64 Mod64Reg Into Add64Reg Also,
        FrameLoad64AlsoMul32RegAlsoAdd32Reg = FrameLoad64 Mul32Reg Also Add32Reg Also,
        FrameLoad64AlsoMul64RegIntoAdd64Reg = FrameLoad64 Mul64Reg Also Add64Reg Into,
        FrameLoad64IntoMulFrame64AlsoAdd64Reg = FrameLoad64 MulFrame64 Into Add64Reg Also,
        FrameLoad64AlsoXor64ImmFrameLoad64 = FrameLoad64 Xor64Imm Also FrameLoad64 Apart,
        FrameLoad64AlsoXor64RegIntoFrameStore64 = FrameLoad64 Xor64Reg Also FrameStore64 Into,
        FrameStore32Add64ImmFrameLoad32 = FrameStore32 Add64Imm Apart FrameLoad32 Apart,
        FrameStore32AddFrame32IntoFrameStore32 = FrameStore32 AddFrame32 Apart FrameStore32 Into,
        FrameStore32Mov64ImmIntoSub64Reg = FrameStore32 Mov64Imm Apart Sub64Reg Into,
        FrameStore32Rotate32Rotate32 = FrameStore32 Rotate32 Apart Rotate32 Apart,
        FrameStore64Add64ImmAdd64Imm = FrameStore64 Add64Imm Apart Add64Imm Apart,
        FrameStore64Add64ImmFrameLoad64 = FrameStore64 Add64Imm Apart FrameLoad64 Apart,
        FrameStore64Add64ImmIntoXorFrame64 = FrameStore64 Add64Imm Apart XorFrame64 Into,
        FrameStore64Add64RegFrameLoad64 = FrameStore64 Add64Reg Apart FrameLoad64 Apart,
        FrameStore64And64ImmAlsoLsh64Imm = FrameStore64 And64Imm Apart Lsh64Imm Also,
        FrameStore64FrameLoad64AlsoAdd64Imm = FrameStore64 FrameLoad64 Apart Add64Imm Also,
        FrameStore64FrameLoad64IntoAddFrame64 = FrameStore64 FrameLoad64 Apart AddFrame64 Into,
        FrameStore64FrameLoad64FrameLoad64 = FrameStore64 FrameLoad64 Apart FrameLoad64 Apart,
        FrameStore64FrameLoad64IntoRotate64 = FrameStore64 FrameLoad64 Apart Rotate64 Into,
        FrameStore64FrameStore64Add64Imm = FrameStore64 FrameStore64 Apart Add64Imm Apart,
        FrameStore64FrameStore64FrameStore64 = FrameStore64 FrameStore64 Apart FrameStore64 Apart,
        FrameStore64Load64AlsoFrameStore64 = FrameStore64 Load64 Apart FrameStore64 Also,
        FrameStore64XorFrame64IntoFrameStore64 = FrameStore64 XorFrame64 Apart FrameStore64 Into,
        FrameStore64XorFrame64IntoRotate64 = FrameStore64 XorFrame64 Apart Rotate64 Into,
        FrameStore64XorRotate64Add64Imm = FrameStore64 XorRotate64 Apart Add64Imm Apart,
        FrameStore64XorRotate64AddFrame64 = FrameStore64 XorRotate64 Apart AddFrame64 Apart,
        FrameStore64XorRotate64FrameLoad64 = FrameStore64 XorRotate64 Apart FrameLoad64 Apart,
        FrameStore64XorRotate64IntoFrameStore64 = FrameStore64 XorRotate64 Apart FrameStore64 Into,
        Load16Add32ImmAdd32Imm = Load16 Add32Imm Apart Add32Imm Apart,
        Load16IntoXor32RegIntoMovSx16To32 = Load16 Xor32Reg Into MovSx16To32 Into,
        Load32Add64ImmAdd64Imm = Load32 Add64Imm Apart Add64Imm Apart,
        Load32Load32FieldLeft32 = Load32 Load32 Apart FieldLeft32 Apart,
        Load32IntoXor64RegIntoMul64Reg = Load32 Xor64Reg Into Mul64Reg Into,
        Load64AlsoFrameStore64Load64 = Load64 FrameStore64 Also Load64 Apart,
        Load64Load64Load64 = Load64 Load64 Apart Load64 Apart,
        Load64AlsoLoadSum8FrameLoad32 = Load64 LoadSum8 Also FrameLoad32 Apart,
        Load8Load8IntoLsh32Imm = Load8 Load8 Apart Lsh32Imm Into,
        Load8IntoXor32RegAlsoStore8Reg = Load8 Xor32Reg Into Store8Reg Also,
        LoadSum8IntoAdd32ImmAlsoAnd32Imm = LoadSum8 Add32Imm Into And32Imm Also,
        LoadSum8Add64ImmIntoAdd64Reg = LoadSum8 Add64Imm Apart Add64Reg Into,
        LoadSum8Lsh64ImmIntoOr64Reg = LoadSum8 Lsh64Imm Apart Or64Reg Into,
        LoadSum8AlsoStore8RegAdd64Imm = LoadSum8 Store8Reg Also Add64Imm Apart,
        Lsh32ImmIntoOr32RegFrameLoad32 = Lsh32Imm Or32Reg Into FrameLoad32 Apart,
        Lsh32ImmIntoOr32RegLoad8 = Lsh32Imm Or32Reg Into Load8 Apart,
        Lsh32ImmIntoOr32RegAlsoMul32Imm = Lsh32Imm Or32Reg Into Mul32Imm Also,
        Lsh64ImmAlsoAdd64ImmAdd32Imm = Lsh64Imm Add64Imm Also Add32Imm Apart,
        Lsh64ImmAlsoAdd64RegAdd64Imm = Lsh64Imm Add64Reg Also Add64Imm Apart,
        Lsh64ImmAlsoAdd64RegAnd32Imm = Lsh64Imm Add64Reg Also And32Imm Apart,
        Lsh64ImmAlsoAdd64RegAlsoUnderStore32Reg = Lsh64Imm Add64Reg Also Store32Reg AlsoBase,
        Lsh64ImmIntoAdd64RegAdd64Imm = Lsh64Imm Add64Reg Into Add64Imm Apart,
        Lsh64ImmFrameLoad64IntoRsh64Imm = Lsh64Imm FrameLoad64 Apart Rsh64Imm Into,
        Lsh64ImmIntoLoad32AlsoFieldRight32 = Lsh64Imm Load32 Into FieldRight32 Also,
        Mov64ImmAdd64ImmAdd64Imm = Mov64Imm Add64Imm Apart Add64Imm Apart,
        Mov64ImmLoad64Load64 = Mov64Imm Load64 Apart Load64 Apart,
        Mov64ImmIntoLsh64RegIntoAnd64Reg = Mov64Imm Lsh64Reg Into And64Reg Into,
        Mul64ImmAdd64ImmAdd64Imm = Mul64Imm Add64Imm Apart Add64Imm Apart,
        Mul64ImmIntoAdd64RegAdd64Imm = Mul64Imm Add64Reg Into Add64Imm Apart,
        Mul64RegAlsoAdd64RegMov64Imm = Mul64Reg Add64Reg Also Mov64Imm Apart,
        Mul64RegIntoAdd64RegMov64Imm = Mul64Reg Add64Reg Into Mov64Imm Apart,
        Mul64RegIntoRotate64FrameLoad32 = Mul64Reg Rotate64 Into FrameLoad32 Apart,
        MulFrame64AlsoAdd64RegMov64Imm = MulFrame64 Add64Reg Also Mov64Imm Apart,
        MulFrame64IntoAdd64RegMov64Imm = MulFrame64 Add64Reg Into Mov64Imm Apart,
        Or32RegAdd64ImmAlsoLoad8 = Or32Reg Add64Imm Apart Load8 Also,
        Rotate32Rotate32Xor32Reg = Rotate32 Rotate32 Apart Xor32Reg Apart,
        Rotate32Rotate32IntoXor32Reg = Rotate32 Rotate32 Apart Xor32Reg Into,
        Rotate64FrameLoad64AlsoFrameStore64 = Rotate64 FrameLoad64 Apart FrameStore64 Also,
        Rsh32ImmAdd32ImmFrameStore32 = Rsh32Imm Add32Imm Apart FrameStore32 Apart,
        Rsh32ImmIntoLsh64ImmAlsoAdd64Imm = Rsh32Imm Lsh64Imm Into Add64Imm Also,
        Rsh64ImmAlsoLoad8IntoAdd64Reg = Rsh64Imm Load8 Also Add64Reg Into,
        Rsh64ImmLsh64ImmIntoOr64Reg = Rsh64Imm Lsh64Imm Apart Or64Reg Into,
        Store32RegStore32RegAdd64Imm = Store32Reg Store32Reg Apart Add64Imm Apart,
        Xor32RegIntoAddFrame32IntoAdd32Reg = Xor32Reg AddFrame32 Into Add32Reg Into,
        Xor32RegXor32RegRsh32Imm = Xor32Reg Xor32Reg Apart Rsh32Imm Apart,
        Xor64ImmFrameLoad64AlsoAnd64Reg = Xor64Imm FrameLoad64 Apart And64Reg Also,
        Xor64RegFrameLoad64AlsoFrameStore64 = Xor64Reg FrameLoad64 Apart FrameStore64 Also,
        Xor64RegIntoFrameStore64Xor64Imm = Xor64Reg FrameStore64 Into Xor64Imm Apart,
        Xor64RegIntoFrameStore64Xor64Reg = Xor64Reg FrameStore64 Into Xor64Reg Apart,
        XorFrame64Add64ImmIntoXorFrame64 = XorFrame64 Add64Imm Apart XorFrame64 Into,
        XorFrame64IntoFrameStore64Add64Imm = XorFrame64 FrameStore64 Into Add64Imm Apart,
        XorFrame64IntoRotate64AlsoFrameStore64 = XorFrame64 Rotate64 Into FrameStore64 Also,
        XorRotate64Add64ImmIntoAddFrame64 = XorRotate64 Add64Imm Apart AddFrame64 Into,
        XorRotate64AddFrame64IntoAdd64Reg = XorRotate64 AddFrame64 Apart Add64Reg Into,
        XorRotate64FrameLoad64IntoAddFrame64 = XorRotate64 FrameLoad64 Apart AddFrame64 Into,
    }
    then_branch {
        Add32ImmJNe64Reg = Add32Imm JNe64Reg Apart,
        Add32ImmAlsoJSGe32Reg = Add32Imm JSGe32Reg Also,
        Add64ImmAlsoJEq64Reg = Add64Imm JEq64Reg Also,
        Add64ImmAlsoJGe64Reg = Add64Imm JGe64Reg Also,
        Add64ImmAlsoJGt64Reg = Add64Imm JGt64Reg Also,
        Add64ImmAlsoJLt64Reg = Add64Imm JLt64Reg Also,
        Add64ImmJLt64Reg = Add64Imm JLt64Reg Apart,
        Add64ImmAlsoJNe64Reg = Add64Imm JNe64Reg Also,
        Add64RegAlsoJGe64Reg = Add64Reg JGe64Reg Also,
        Add64RegAlsoJGt64Reg = Add64Reg JGt64Reg Also,
        Add64RegAlsoJLt64Reg = Add64Reg JLt64Reg Also,
        AddFrame64AlsoJGt64Reg = AddFrame64 JGt64Reg Also,
        AddFrame64AlsoJLt64Reg = AddFrame64 JLt64Reg Also,
        And32ImmAlsoJEq32Reg = And32Imm JEq32Reg Also,
        FrameLoad32AlsoJSGt32Reg = FrameLoad32 JSGt32Reg Also,
        FrameLoad64AlsoJGt64Reg = FrameLoad64 JGt64Reg Also,
        FrameLoad64AlsoJLt64Reg = FrameLoad64 JLt64Reg Also,
        FrameLoad64JLt64Reg = FrameLoad64 JLt64Reg Apart,
        FrameStore64JLt64Reg = FrameStore64 JLt64Reg Apart,
        Load32AlsoJGe32Reg = Load32 JGe32Reg Also,
        Load32AlsoJLe32Reg = Load32 JLe32Reg Also,
        Load32AlsoJNe32Reg = Load32 JNe32Reg Also,
        Mov64ImmJEq64Reg = Mov64Imm JEq64Reg Apart,
        Mov64ImmJLt64Reg = Mov64Imm JLt64Reg Apart,
        Sub64RegAlsoJGt64Reg = Sub64Reg JGt64Reg Also,
        Sub64RegJLt64Reg = Sub64Reg JLt64Reg Apart,
    }
    then_branch_imm {
        Add32ImmJLt64Imm = Add32Imm JLt64Imm Apart,
        Add32ImmJNe32Imm = Add32Imm JNe32Imm Apart,
        Add32ImmJSGt32Imm = Add32Imm JSGt32Imm Apart,
        Add32ImmJSLe32Imm = Add32Imm JSLe32Imm Apart,
        Add64ImmAlsoJEq64Imm = Add64Imm JEq64Imm Also,
        Add64ImmJEq64Imm = Add64Imm JEq64Imm Apart,
        Add64ImmJLt32Imm = Add64Imm JLt32Imm Apart,
        Add64ImmAlsoJLt64Imm = Add64Imm JLt64Imm Also,
        Add64ImmJLt64Imm = Add64Imm JLt64Imm Apart,
        Add64ImmAlsoJNe64Imm = Add64Imm JNe64Imm Also,
        Add64ImmJNe64Imm = Add64Imm JNe64Imm Apart,
        And32ImmAlsoJEq32Imm = And32Imm JEq32Imm Also,
        And32ImmAlsoJGt32Imm = And32Imm JGt32Imm Also,
        And32ImmAlsoJLt32Imm = And32Imm JLt32Imm Also,
        And32ImmAlsoJNe32Imm = And32Imm JNe32Imm Also,
        And32ImmAlsoJSGt32Imm = And32Imm JSGt32Imm Also,
        And64ImmAlsoJEq64Imm = And64Imm JEq64Imm Also,
        FrameLoad32AlsoJEq32Imm = FrameLoad32 JEq32Imm Also,
        FrameLoad32JNe32Imm = FrameLoad32 JNe32Imm Apart,
        FrameLoad32AlsoJSLt32Imm = FrameLoad32 JSLt32Imm Also,
        FrameLoad64AlsoJEq64Imm = FrameLoad64 JEq64Imm Also,
        FrameLoad64JEq64Imm = FrameLoad64 JEq64Imm Apart,
        FrameLoad64JGe64Imm = FrameLoad64 JGe64Imm Apart,
        Load8AlsoJNe32Imm = Load8 JNe32Imm Also,
        LoadSum8AlsoJGt32Imm = LoadSum8 JGt32Imm Also,
        LoadSum8AlsoJSGt32Imm = LoadSum8 JSGt32Imm Also,
        Mov64ImmJEq32Imm = Mov64Imm JEq32Imm Apart,
        Mov64ImmJNe32Imm = Mov64Imm JNe32Imm Apart,
        Store16RegJNe64Imm = Store16Reg JNe64Imm Apart,
        Store64RegJEq64Imm = Store64Reg JEq64Imm Apart,
        Sub64RegAlsoJEq64Imm = Sub64Reg JEq64Imm Also,
        Sub64RegAlsoJGt64Imm = Sub64Reg JGt64Imm Also,
        Sub64RegAlsoJLt64Imm = Sub64Reg JLt64Imm Also,
    }
    then_choice {
        Add64ImmAlsoChooseGt64Reg = Add64Imm JGt64Reg Also of Add64ImmAlsoJGt64Reg,
        Add64ImmAlsoChooseLt64Reg = Add64Imm JLt64Reg Also of Add64ImmAlsoJLt64Reg,
        Add64ImmChooseLt64Reg = Add64Imm JLt64Reg Apart of Add64ImmJLt64Reg,
        Add64RegAlsoChooseGt64Reg = Add64Reg JGt64Reg Also of Add64RegAlsoJGt64Reg,
        Add64RegAlsoChooseLt64Reg = Add64Reg JLt64Reg Also of Add64RegAlsoJLt64Reg,
        AddFrame64AlsoChooseGt64Reg = AddFrame64 JGt64Reg Also of AddFrame64AlsoJGt64Reg,
        AddFrame64AlsoChooseLt64Reg = AddFrame64 JLt64Reg Also of AddFrame64AlsoJLt64Reg,
        FrameLoad64AlsoChooseGt64Reg = FrameLoad64 JGt64Reg Also of FrameLoad64AlsoJGt64Reg,
        FrameLoad64AlsoChooseLt64Reg = FrameLoad64 JLt64Reg Also of FrameLoad64AlsoJLt64Reg,
        FrameLoad64ChooseLt64Reg = FrameLoad64 JLt64Reg Apart of FrameLoad64JLt64Reg,
        FrameStore64ChooseLt64Reg = FrameStore64 JLt64Reg Apart of FrameStore64JLt64Reg,
        Mov64ImmChooseLt64Reg = Mov64Imm JLt64Reg Apart of Mov64ImmJLt64Reg,
        Sub64RegAlsoChooseGt64Reg = Sub64Reg JGt64Reg Also of Sub64RegAlsoJGt64Reg,
        Sub64RegChooseLt64Reg = Sub64Reg JLt64Reg Apart of Sub64RegJLt64Reg,
    }
    two_branch {
        Add64ImmAdd64ImmJGe64Reg = Add64Imm Add64Imm Apart JGe64Reg Apart,
        Add64ImmAdd64ImmAlsoJLt64Reg = Add64Imm Add64Imm Apart JLt64Reg Also,
        Add64ImmAdd64ImmJLt64Reg = Add64Imm Add64Imm Apart JLt64Reg Apart,
        Add64RegAlsoAdd64ImmJLt64Reg = Add64Reg Add64Imm Also JLt64Reg Apart,
        Add64RegMov64ImmJLt64Reg = Add64Reg Mov64Imm Apart JLt64Reg Apart,
        Load32Store32RegJLe64Reg = Load32 Store32Reg Apart JLe64Reg Apart,
        Load64Load64AlsoJLe64Reg = Load64 Load64 Apart JLe64Reg Also,
        Mov64ImmFrameStore64JLt64Reg = Mov64Imm FrameStore64 Apart JLt64Reg Apart,
        Mul32ImmAlsoAdd32RegJGe64Reg = Mul32Imm Add32Reg Also JGe64Reg Apart,
        Mul32RegIntoAdd32RegJGe64Reg = Mul32Reg Add32Reg Into JGe64Reg Apart,
    }
    two_branch_imm {
        Add32ImmAlsoAnd32ImmAlsoJLt32Imm = Add32Imm And32Imm Also JLt32Imm Also,
        Add32ImmMov64ImmJEq32Imm = Add32Imm Mov64Imm Apart JEq32Imm Apart,
        Add64ImmAdd64ImmAlsoJNe64Imm = Add64Imm Add64Imm Apart JNe64Imm Also,
        Add64ImmLoad8AlsoJNe32Imm = Add64Imm Load8 Apart JNe32Imm Also,
        And32ImmAdd32ImmJEq32Imm = And32Imm Add32Imm Apart JEq32Imm Apart,
        FrameStore32And32ImmAlsoJGe32Imm = FrameStore32 And32Imm Apart JGe32Imm Also,
        FrameStore64And32ImmAlsoJGe32Imm = FrameStore64 And32Imm Apart JGe32Imm Also,
        FrameStore64FrameLoad64AlsoJEq64Imm = FrameStore64 FrameLoad64 Apart JEq64Imm Also,
        Mov64ImmAnd32ImmAlsoJLt32Imm = Mov64Imm And32Imm Apart JLt32Imm Also,
    }
    then_exit {
        Add64RegExit = Add64Reg,
        FrameLoad32Exit = FrameLoad32,
        MovSx16To32Exit = MovSx16To32,
        Store64RegExit = Store64Reg,
    }
    then_mul_high {
        Add64ImmMulHigh = Add64Imm,
        FrameLoad64MulHigh = FrameLoad64,
        FrameStore64MulHigh = FrameStore64,
    }
    then_enter {
        Add32ImmEnter = Add32Imm,
        Add64ImmEnter = Add64Imm,
        Add64RegEnter = Add64Reg,
        And64ImmEnter = And64Imm,
        FrameLoad32Enter = FrameLoad32,
        FrameLoad64Enter = FrameLoad64,
        FrameStore32Enter = FrameStore32,
        Load64Enter = Load64,
        Mov64ImmEnter = Mov64Imm,
        Neg64Enter = Neg64,
        Rsh64ImmEnter = Rsh64Imm,
        Store32RegEnter = Store32Reg,
        Store64ImmEnter = Store64Imm,
        Store64RegEnter = Store64Reg,
    }
    then_jump {
        Add32ImmJa = Add32Imm,
        Add64ImmJa = Add64Imm,
        FrameStore32Ja = FrameStore32,
        Mov64ImmJa = Mov64Imm,
        Or32RegJa = Or32Reg,
        Store32RegJa = Store32Reg,
    }
}

macro_rules! namesakes {
    ($op:expr; $($name:ident)*) => {
        match $op {
            $(Op::$name => Some(Do::$name),)*
            _ => None,
        }
    };
}

impl Do {
    /// The step with the same effect as this operation and the same operands in the same places, if there is one: `dst`
    /// in `a` and, where it is read, in `b`; a source in `c`; the immediate or offset in `imm`. [`super::translate`]
    /// handles steps whose operands are elsewhere.
    pub const fn namesake(op: Op) -> Option<Do> {
        namesakes! { op;
            Add32Imm Add32Reg Sub32Imm Sub32Reg Mul32Imm Mul32Reg Or32Imm Or32Reg And32Imm And32Reg Xor32Imm
            Xor32Reg Lsh32Imm Lsh32Reg Rsh32Imm Rsh32Reg Arsh32Imm Arsh32Reg
            Add64Imm Add64Reg Sub64Imm Sub64Reg Mul64Imm Mul64Reg Or64Imm Or64Reg And64Imm And64Reg Xor64Imm
            Xor64Reg Lsh64Imm Lsh64Reg Rsh64Imm Rsh64Reg Arsh64Imm Arsh64Reg
            Div32Imm Div32Reg SDiv32Imm SDiv32Reg Mod32Imm Mod32Reg SMod32Imm SMod32Reg
            Div64Imm Div64Reg SDiv64Imm SDiv64Reg Mod64Imm Mod64Reg SMod64Imm SMod64Reg
            Neg32 Neg64 MovSx8To32 MovSx16To32 MovSx8To64 MovSx16To64 MovSx32To64
            Le16 Le32 Swap16 Swap32 Swap64
            Load8 Load16 Load32 Load64 LoadSx8 LoadSx16 LoadSx32
            Store8Reg Store16Reg Store32Reg Store64Reg Store8Imm Store16Imm Store32Imm Store64Imm
            JEq64Imm JNe64Imm JSet64Imm JGt64Imm JGe64Imm JLt64Imm JLe64Imm JSGt64Imm JSGe64Imm JSLt64Imm JSLe64Imm
            JEq32Imm JNe32Imm JSet32Imm JGt32Imm JGe32Imm JLt32Imm JLe32Imm JSGt32Imm JSGe32Imm JSLt32Imm JSLe32Imm
            JEq64Reg JNe64Reg JSet64Reg JGt64Reg JGe64Reg JLt64Reg JLe64Reg JSGt64Reg JSGe64Reg JSLt64Reg JSLe64Reg
            JEq32Reg JNe32Reg JSet32Reg JGt32Reg JGe32Reg JLt32Reg JLe32Reg JSGt32Reg JSGe32Reg JSLt32Reg JSLe32Reg
            Ja GotoX CallLocal CallX Exit Syscall MemoryIntrinsic WideIntrinsic
        }
    }

    /// Whether it reads a register in b, and one in c. For steps of one part that are not branches.
    pub const fn reads(self) -> (bool, bool) {
        use Do::*;
        match self {
            Add32Reg | Sub32Reg | Mul32Reg | Or32Reg | And32Reg | Xor32Reg | Lsh32Reg | Rsh32Reg
            | Arsh32Reg | Add64Reg | Sub64Reg | Mul64Reg | Or64Reg | And64Reg | Xor64Reg | Lsh64Reg
            | Rsh64Reg | Arsh64Reg | Div32Reg | SDiv32Reg | Mod32Reg | SMod32Reg | Div64Reg | SDiv64Reg
            | Mod64Reg | SMod64Reg | XorRotate64 | XorRotate32 | AndNot64 | AndNot32 | LshAdd64
            | LoadSum8 | LoadSum16 | LoadSum32 | LoadSum64 => (true, true),
            Mov64Imm | LdImm64 | FrameLoad32 | FrameLoad64 | FrameCopy64 | Store8Imm | Store16Imm
            | Store32Imm | Store64Imm => (false, false),
            what => (what.is_plain(), false),
        }
    }

    /// Whether it writes a. For steps of one part.
    pub const fn writes_a(self) -> bool {
        use Do::*;
        self.is_plain() && !self.is_store_base() && !matches!(self, FrameStore32 | FrameStore64 | FrameCopy64)
    }

    /// Whether it stores to what a points to.
    pub const fn is_store_base(self) -> bool {
        use Do::*;
        self.is_store_imm() || matches!(self, Store8Reg | Store16Reg | Store32Reg | Store64Reg)
    }

    /// Whether b and c may be swapped.
    pub const fn commutes(self) -> bool {
        use Do::*;
        matches!(
            self,
            Add32Reg
                | Mul32Reg
                | Or32Reg
                | And32Reg
                | Xor32Reg
                | Add64Reg
                | Mul64Reg
                | Or64Reg
                | And64Reg
                | Xor64Reg
                | XorRotate64
                | XorRotate32
                | LoadSum8
                | LoadSum16
                | LoadSum32
                | LoadSum64
        )
    }

    /// The branch with the same condition for two registers in the other order.
    pub const fn swapped(self) -> Option<Do> {
        use Do::*;
        Some(match self {
            JEq64Reg | JNe64Reg | JSet64Reg | JEq32Reg | JNe32Reg | JSet32Reg => self,
            JGt64Reg => JLt64Reg,
            JGe64Reg => JLe64Reg,
            JLt64Reg => JGt64Reg,
            JLe64Reg => JGe64Reg,
            JSGt64Reg => JSLt64Reg,
            JSGe64Reg => JSLe64Reg,
            JSLt64Reg => JSGt64Reg,
            JSLe64Reg => JSGe64Reg,
            JGt32Reg => JLt32Reg,
            JGe32Reg => JLe32Reg,
            JLt32Reg => JGt32Reg,
            JLe32Reg => JGe32Reg,
            JSGt32Reg => JSLt32Reg,
            JSGe32Reg => JSLe32Reg,
            JSLt32Reg => JSGt32Reg,
            JSLe32Reg => JSGe32Reg,
            _ => return None,
        })
    }
}
