//! The list of steps.

use super::exec::*;
#[cfg(target_family = "wasm")]
use super::{State, Step, Text};
use crate::code::Op;

/// What the second half of a pair takes of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Nothing, or the register.
    None,
    /// Its first operand, which nothing else sees.
    Into,
    /// The base of a store, which nothing else sees.
    IntoBase,
    /// Its first operand, which others may see.
    Also,
    /// The base of a store, which others may see.
    AlsoBase,
}

macro_rules! list {
    (
        whole { $($whole:ident = $whole_fn:expr,)* }
        plain { $($plain:ident = $plain_ty:ty,)* }
        branches { $($branch:ident $branch_fn:ident $cond:ident,)* }
        pairs { $($pair:ident = $first:ident $second:ident,)* }
        into { $($into:ident = $into_first:ident $into_second:ident,)* }
        into_base { $($into_base:ident = $into_base_first:ident $into_base_second:ident,)* }
        also { $($also:ident = $also_first:ident $also_second:ident,)* }
        also_base { $($also_base:ident = $also_base_first:ident $also_base_second:ident,)* }
        choices { $($choice:ident = $choice_fn:ident $choosing:ident,)* }
        then_choice { $($then_choice:ident = $before_choice:ident $chosen_by:ident $branch_before:ident,)* }
        choice_by { $($choice_by:ident = $chosen_value:ident $chosen_cond:ident $branch_by_before:ident,)* }
        then_exit { $($returning:ident = $last:ident,)* }
        then_mul_high { $($multiplying:ident = $factor:ident,)* }
        then_enter { $($entering:ident = $before_enter:ident,)* }
        then_jump { $($jumping:ident = $before:ident,)* }
        then_branch { $($branching:ident = $part:ident $by:ident,)* }
        then_branch_imm { $($branching_imm:ident = $part_imm:ident $by_imm:ident,)* }
        branch_by { $($deciding:ident = $decider:ident $decision:ident,)* }
        branch_by_imm { $($deciding_imm:ident = $decider_imm:ident $decision_imm:ident,)* }
    ) => {
        /// What a step does. Those that have the name of an operation do that.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(super) enum Do {
            $($whole,)* $($plain,)* $($branch,)* $($pair,)* $($into,)* $($into_base,)* $($also,)* $($also_base,)*
            $($choice,)* $($then_choice,)* $($choice_by,)* $($returning,)* $($multiplying,)* $($entering,)* $($jumping,)*
            $($branching,)* $($branching_imm,)* $($deciding,)* $($deciding_imm,)*
        }

        /// Types of the halves that are steps of their own, by their names.
        mod half {
            #![allow(non_camel_case_types, dead_code, reason = "a name is a step's")]
            use super::super::exec::*;
            $(pub type $plain = $plain_ty;)*
        }

        /// Conditions of branches, by their names.
        mod condition {
            #![allow(dead_code, reason = "not all are in pairs")]
            $(pub type $branch = super::super::exec::$cond;)*
        }

        /// What executes each.
        #[cfg(not(target_family = "wasm"))]
        pub(super) const FUNCTIONS: &[Function] = &[
            $($whole_fn,)*
            $(one::<half::$plain>,)*
            $($branch_fn::<condition::$branch>,)*
            $(two::<half::$first, half::$second>,)*
            $(into::<half::$into_first, half::$into_second, Given>,)*
            $(into::<half::$into_base_first, half::$into_base_second, GivenBase>,)*
            $(also::<half::$also_first, half::$also_second, Given>,)*
            $(also::<half::$also_base_first, half::$also_base_second, GivenBase>,)*
            $($choice_fn::<condition::$choosing>,)*
            $(then_choice::<half::$before_choice, condition::$chosen_by>,)*
            $(choice_by::<half::$chosen_value, condition::$chosen_cond>,)*
            $(then_exit::<half::$last>,)*
            $(then_mul_high::<half::$factor>,)*
            $(then_enter::<half::$before_enter>,)*
            $(then_jump::<half::$before>,)*
            $(then_branch::<half::$part, condition::$by>,)*
            $(then_branch_imm::<half::$part_imm, condition::$by_imm>,)*
            $(branch_by::<half::$decider, condition::$decision>,)*
            $(branch_by_imm::<half::$decider_imm, condition::$decision_imm>,)*
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
                $(Do::$plain => one::<half::$plain>(step, rest, gas, state, text),)*
                $(Do::$branch => $branch_fn::<condition::$branch>(step, rest, gas, state, text),)*
                $(Do::$pair => two::<half::$first, half::$second>(step, rest, gas, state, text),)*
                $(Do::$into => into::<half::$into_first, half::$into_second, Given>(step, rest, gas, state, text),)*
                $(Do::$into_base => {
                    into::<half::$into_base_first, half::$into_base_second, GivenBase>(step, rest, gas, state, text)
                })*
                $(Do::$also => also::<half::$also_first, half::$also_second, Given>(step, rest, gas, state, text),)*
                $(Do::$also_base => {
                    also::<half::$also_base_first, half::$also_base_second, GivenBase>(step, rest, gas, state, text)
                })*
                $(Do::$choice => $choice_fn::<condition::$choosing>(step, rest, gas, state, text),)*
                $(Do::$then_choice => {
                    then_choice::<half::$before_choice, condition::$chosen_by>(step, rest, gas, state, text)
                })*
                $(Do::$choice_by => {
                    choice_by::<half::$chosen_value, condition::$chosen_cond>(step, rest, gas, state, text)
                })*
                $(Do::$returning => then_exit::<half::$last>(step, rest, gas, state, text),)*
                $(Do::$multiplying => then_mul_high::<half::$factor>(step, rest, gas, state, text),)*
                $(Do::$entering => then_enter::<half::$before_enter>(step, rest, gas, state, text),)*
                $(Do::$jumping => then_jump::<half::$before>(step, rest, gas, state, text),)*
                $(Do::$branching => then_branch::<half::$part, condition::$by>(step, rest, gas, state, text),)*
                $(Do::$branching_imm => {
                    then_branch_imm::<half::$part_imm, condition::$by_imm>(step, rest, gas, state, text)
                })*
                $(Do::$deciding => {
                    branch_by::<half::$decider, condition::$decision>(step, rest, gas, state, text)
                })*
                $(Do::$deciding_imm => {
                    branch_by_imm::<half::$decider_imm, condition::$decision_imm>(step, rest, gas, state, text)
                })*
            }
        }

        impl Do {
            /// The pair that the two are, whose halves have this to do with each other.
            pub const fn pair(first: Do, second: Do, link: Link) -> Option<Do> {
                match (link, first, second) {
                    $((Link::None, Do::$first, Do::$second) => Some(Do::$pair),)*
                    $((Link::None, Do::$last, Do::Exit) => Some(Do::$returning),)*
                    $((Link::None, Do::$factor, Do::MulHigh) => Some(Do::$multiplying),)*
                    $((Link::None, Do::$before_enter, Do::Enter) => Some(Do::$entering),)*
                    $((Link::None, Do::$before, Do::Ja) => Some(Do::$jumping),)*
                    $((Link::None, Do::$part, Do::$by) => Some(Do::$branching),)*
                    $((Link::None, Do::$part_imm, Do::$by_imm) => Some(Do::$branching_imm),)*
                    $((Link::Into, Do::$into_first, Do::$into_second) => Some(Do::$into),)*
                    $((Link::IntoBase, Do::$into_base_first, Do::$into_base_second) => Some(Do::$into_base),)*
                    $((Link::Also, Do::$also_first, Do::$also_second) => Some(Do::$also),)*
                    $((Link::AlsoBase, Do::$also_base_first, Do::$also_base_second) => Some(Do::$also_base),)*
                    $((Link::Also, Do::$decider, Do::$decision) => Some(Do::$deciding),)*
                    $((Link::Also, Do::$decider_imm, Do::$decision_imm) => Some(Do::$deciding_imm),)*
                    _ => None,
                }
            }

            /// The choice that a branch is whose only other way is one move.
            pub const fn choice(branch: Do) -> Option<Do> {
                match branch {
                    $(Do::$choosing => Some(Do::$choice),)*
                    $(Do::$branch_before => Some(Do::$then_choice),)*
                    $(Do::$branch_by_before => Some(Do::$choice_by),)*
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

            /// Whether it is a half of its own, and not one that leads elsewhere.
            pub const fn is_plain(self) -> bool {
                matches!(self, $(Do::$plain)|*)
            }

            /// Whether it is an intrinsic.
            pub const fn is_intrinsic(self) -> bool {
                match self {
                    Do::MemoryIntrinsic | Do::WideIntrinsic | Do::MulHigh | Do::MulTi => true,
                    _ => false,
                }
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
    pairs {
        Add32ImmAdd32Imm = Add32Imm Add32Imm, Add32ImmAdd64Reg = Add32Imm Add64Reg, Add32ImmFrameLoad32 = Add32Imm FrameLoad32, Add32ImmFrameStore32 = Add32Imm FrameStore32, Add32ImmLoad16 = Add32Imm Load16, Add32ImmLoad8 = Add32Imm Load8, Add32ImmMov64Imm = Add32Imm Mov64Imm, Add32ImmRsh32Imm = Add32Imm Rsh32Imm,
        Add32RegLoad16 = Add32Reg Load16, Add32RegXor32Reg = Add32Reg Xor32Reg,
        Add64ImmAdd32Imm = Add64Imm Add32Imm, Add64ImmAdd64Imm = Add64Imm Add64Imm, Add64ImmAnd64Imm = Add64Imm And64Imm, Add64ImmAnd64Reg = Add64Imm And64Reg, Add64ImmFieldLeft32 = Add64Imm FieldLeft32, Add64ImmFrameLoad32 = Add64Imm FrameLoad32, Add64ImmFrameLoad64 = Add64Imm FrameLoad64, Add64ImmFrameStore64 = Add64Imm FrameStore64, Add64ImmLoad32 = Add64Imm Load32, Add64ImmLoad64 = Add64Imm Load64, Add64ImmLoad8 = Add64Imm Load8, Add64ImmMov64Imm = Add64Imm Mov64Imm, Add64ImmXor64Reg = Add64Imm Xor64Reg,
        Add64RegAdd32Imm = Add64Reg Add32Imm, Add64RegAdd64Imm = Add64Reg Add64Imm, Add64RegAdd64Reg = Add64Reg Add64Reg, Add64RegFrameLoad64 = Add64Reg FrameLoad64, Add64RegMov64Imm = Add64Reg Mov64Imm, Add64RegRsh64Imm = Add64Reg Rsh64Imm,
        AddFrame64Add64Reg = AddFrame64 Add64Reg, AddFrame64FrameLoad64 = AddFrame64 FrameLoad64, AddFrame64Mov64Imm = AddFrame64 Mov64Imm,
        And32ImmAdd32Imm = And32Imm Add32Imm, And32ImmAdd64Imm = And32Imm Add64Imm, And32ImmMov64Imm = And32Imm Mov64Imm,
        And32RegAnd32Reg = And32Reg And32Reg,
        And64ImmFrameLoad64 = And64Imm FrameLoad64,
        And64RegFrameLoad64 = And64Reg FrameLoad64, And64RegXor64Imm = And64Reg Xor64Imm, And64RegXor64Reg = And64Reg Xor64Reg,
        FieldLeft32Add64Imm = FieldLeft32 Add64Imm,
        FieldRight32FieldRight32 = FieldRight32 FieldRight32, FieldRight32Load32 = FieldRight32 Load32,
        FrameLoad32Add64Imm = FrameLoad32 Add64Imm, FrameLoad32FrameLoad32 = FrameLoad32 FrameLoad32,
        FrameLoad64Add64Imm = FrameLoad64 Add64Imm, FrameLoad64FrameLoad64 = FrameLoad64 FrameLoad64, FrameLoad64Store64Reg = FrameLoad64 Store64Reg,
        FrameStore32Add32Imm = FrameStore32 Add32Imm, FrameStore32Add64Imm = FrameStore32 Add64Imm, FrameStore32AddFrame32 = FrameStore32 AddFrame32, FrameStore32And32Imm = FrameStore32 And32Imm, FrameStore32FrameLoad32 = FrameStore32 FrameLoad32, FrameStore32FrameLoad64 = FrameStore32 FrameLoad64, FrameStore32Load32 = FrameStore32 Load32, FrameStore32Lsh32Imm = FrameStore32 Lsh32Imm, FrameStore32Mov64Imm = FrameStore32 Mov64Imm, FrameStore32Rotate32 = FrameStore32 Rotate32, FrameStore32Xor32Reg = FrameStore32 Xor32Reg, FrameStore32XorFrame32 = FrameStore32 XorFrame32,
        FrameStore64Add64Imm = FrameStore64 Add64Imm, FrameStore64Add64Reg = FrameStore64 Add64Reg, FrameStore64AddFrame64 = FrameStore64 AddFrame64, FrameStore64And32Imm = FrameStore64 And32Imm, FrameStore64And64Imm = FrameStore64 And64Imm, FrameStore64And64Reg = FrameStore64 And64Reg, FrameStore64FrameLoad64 = FrameStore64 FrameLoad64, FrameStore64FrameStore64 = FrameStore64 FrameStore64, FrameStore64Load64 = FrameStore64 Load64, FrameStore64Lsh64Imm = FrameStore64 Lsh64Imm, FrameStore64Mul64Reg = FrameStore64 Mul64Reg, FrameStore64Rotate64 = FrameStore64 Rotate64, FrameStore64Rsh64Imm = FrameStore64 Rsh64Imm, FrameStore64Xor64Imm = FrameStore64 Xor64Imm, FrameStore64Xor64Reg = FrameStore64 Xor64Reg, FrameStore64XorFrame64 = FrameStore64 XorFrame64, FrameStore64XorRotate64 = FrameStore64 XorRotate64,
        Load16Add32Imm = Load16 Add32Imm, Load16FrameLoad64 = Load16 FrameLoad64,
        Load32Add64Imm = Load32 Add64Imm, Load32FieldLeft32 = Load32 FieldLeft32, Load32Load32 = Load32 Load32,
        Load64Load64 = Load64 Load64, Load64Mov64Imm = Load64 Mov64Imm,
        Load8Load8 = Load8 Load8, Load8Mov64Imm = Load8 Mov64Imm,
        LoadSum8Add64Imm = LoadSum8 Add64Imm, LoadSum8Lsh64Imm = LoadSum8 Lsh64Imm,
        Lsh64ImmFrameLoad64 = Lsh64Imm FrameLoad64, Lsh64ImmRsh64Imm = Lsh64Imm Rsh64Imm,
        Mov64ImmAdd64Imm = Mov64Imm Add64Imm, Mov64ImmFrameLoad64 = Mov64Imm FrameLoad64, Mov64ImmFrameStore64 = Mov64Imm FrameStore64, Mov64ImmMov64Imm = Mov64Imm Mov64Imm,
        MovSx16To32FrameLoad64 = MovSx16To32 FrameLoad64,
        Mul64RegFrameLoad64 = Mul64Reg FrameLoad64,
        Or64RegAdd64Imm = Or64Reg Add64Imm, Or64RegAdd64Reg = Or64Reg Add64Reg, Or64RegAddFrame64 = Or64Reg AddFrame64,
        Rotate32FrameLoad32 = Rotate32 FrameLoad32, Rotate32FrameStore32 = Rotate32 FrameStore32, Rotate32Rotate32 = Rotate32 Rotate32, Rotate32Xor32Reg = Rotate32 Xor32Reg,
        Rotate64Add64Imm = Rotate64 Add64Imm, Rotate64FrameLoad32 = Rotate64 FrameLoad32, Rotate64FrameLoad64 = Rotate64 FrameLoad64,
        Rsh32ImmAdd32Imm = Rsh32Imm Add32Imm, Rsh32ImmFieldRight32 = Rsh32Imm FieldRight32,
        Rsh64ImmAdd64Reg = Rsh64Imm Add64Reg, Rsh64ImmFrameLoad64 = Rsh64Imm FrameLoad64, Rsh64ImmLsh64Imm = Rsh64Imm Lsh64Imm,
        Store16RegAdd32Imm = Store16Reg Add32Imm,
        Store32RegAdd64Imm = Store32Reg Add64Imm, Store32RegStore32Reg = Store32Reg Store32Reg,
        Store64RegStore64Reg = Store64Reg Store64Reg,
        Store8RegAdd64Imm = Store8Reg Add64Imm,
        Sub64RegAdd64Reg = Sub64Reg Add64Reg, Sub64RegFrameLoad64 = Sub64Reg FrameLoad64,
        Xor32RegAddFrame32 = Xor32Reg AddFrame32, Xor32RegFrameLoad32 = Xor32Reg FrameLoad32, Xor32RegFrameStore32 = Xor32Reg FrameStore32, Xor32RegRotate32 = Xor32Reg Rotate32, Xor32RegRsh32Imm = Xor32Reg Rsh32Imm, Xor32RegXor32Reg = Xor32Reg Xor32Reg,
        Xor64ImmAdd64Imm = Xor64Imm Add64Imm, Xor64ImmFrameLoad64 = Xor64Imm FrameLoad64,
        Xor64RegFrameLoad64 = Xor64Reg FrameLoad64, Xor64RegXor64Reg = Xor64Reg Xor64Reg,
        XorFrame64Add64Imm = XorFrame64 Add64Imm,
        XorRotate64Add64Imm = XorRotate64 Add64Imm, XorRotate64AddFrame64 = XorRotate64 AddFrame64, XorRotate64FrameLoad64 = XorRotate64 FrameLoad64,
    }
    into {
        Add32RegIntoFrameStore32 = Add32Reg FrameStore32,
        Add64ImmIntoAdd64Reg = Add64Imm Add64Reg, Add64ImmIntoAddFrame64 = Add64Imm AddFrame64, Add64ImmIntoFrameStore64 = Add64Imm FrameStore64, Add64ImmIntoMulFrame64 = Add64Imm MulFrame64, Add64ImmIntoXorFrame64 = Add64Imm XorFrame64,
        Add64RegIntoAdd64Reg = Add64Reg Add64Reg, Add64RegIntoAddFrame64 = Add64Reg AddFrame64, Add64RegIntoXor64Reg = Add64Reg Xor64Reg,
        AddFrame32IntoAdd32Reg = AddFrame32 Add32Reg, AddFrame32IntoFrameStore32 = AddFrame32 FrameStore32,
        AddFrame64IntoAdd64Reg = AddFrame64 Add64Reg, AddFrame64IntoAddFrame64 = AddFrame64 AddFrame64, AddFrame64IntoFrameStore64 = AddFrame64 FrameStore64, AddFrame64IntoLsh64Imm = AddFrame64 Lsh64Imm,
        And32RegIntoXor32Reg = And32Reg Xor32Reg,
        And64RegIntoXor64Reg = And64Reg Xor64Reg,
        FieldLeft32IntoLoad64 = FieldLeft32 Load64,
        FieldRight32IntoAdd64Reg = FieldRight32 Add64Reg,
        FrameLoad32IntoAdd32Imm = FrameLoad32 Add32Imm, FrameLoad32IntoAnd32Imm = FrameLoad32 And32Imm, FrameLoad32IntoRsh32Imm = FrameLoad32 Rsh32Imm,
        FrameLoad64IntoAddFrame64 = FrameLoad64 AddFrame64, FrameLoad64IntoMod64Reg = FrameLoad64 Mod64Reg, FrameLoad64IntoMulFrame64 = FrameLoad64 MulFrame64, FrameLoad64IntoRotate64 = FrameLoad64 Rotate64, FrameLoad64IntoRsh64Imm = FrameLoad64 Rsh64Imm,
        Load16IntoAdd32Imm = Load16 Add32Imm, Load16IntoXor32Reg = Load16 Xor32Reg,
        Load32IntoMul32Reg = Load32 Mul32Reg, Load32IntoXor64Reg = Load32 Xor64Reg,
        Load8IntoAdd64Reg = Load8 Add64Reg, Load8IntoLsh32Imm = Load8 Lsh32Imm, Load8IntoXor32Reg = Load8 Xor32Reg,
        LoadSum8IntoAdd32Imm = LoadSum8 Add32Imm,
        Lsh32ImmIntoOr32Reg = Lsh32Imm Or32Reg,
        Lsh64ImmIntoAdd64Reg = Lsh64Imm Add64Reg, Lsh64ImmIntoLoad16 = Lsh64Imm Load16, Lsh64ImmIntoLoad32 = Lsh64Imm Load32, Lsh64ImmIntoOr64Reg = Lsh64Imm Or64Reg,
        Lsh64RegIntoAnd64Reg = Lsh64Reg And64Reg,
        Mov64ImmIntoLsh64Reg = Mov64Imm Lsh64Reg, Mov64ImmIntoSub64Reg = Mov64Imm Sub64Reg,
        Mul32RegIntoAdd32Reg = Mul32Reg Add32Reg,
        Mul64ImmIntoAdd64Reg = Mul64Imm Add64Reg,
        Mul64RegIntoAdd64Reg = Mul64Reg Add64Reg, Mul64RegIntoRotate64 = Mul64Reg Rotate64,
        MulFrame64IntoAdd64Reg = MulFrame64 Add64Reg,
        Rotate32IntoXor32Reg = Rotate32 Xor32Reg,
        Rotate64IntoFrameStore64 = Rotate64 FrameStore64,
        Rsh32ImmIntoXor32Reg = Rsh32Imm Xor32Reg,
        Rsh64ImmIntoAdd64Reg = Rsh64Imm Add64Reg, Rsh64ImmIntoAnd64Reg = Rsh64Imm And64Reg, Rsh64ImmIntoOr64Reg = Rsh64Imm Or64Reg,
        Xor32RegIntoAddFrame32 = Xor32Reg AddFrame32, Xor32RegIntoAnd32Reg = Xor32Reg And32Reg, Xor32RegIntoMovSx16To32 = Xor32Reg MovSx16To32,
        Xor64RegIntoFrameStore64 = Xor64Reg FrameStore64, Xor64RegIntoMul64Reg = Xor64Reg Mul64Reg,
        XorFrame32IntoFrameStore32 = XorFrame32 FrameStore32,
        XorFrame64IntoFrameStore64 = XorFrame64 FrameStore64, XorFrame64IntoRotate64 = XorFrame64 Rotate64,
        XorRotate64IntoFrameStore64 = XorRotate64 FrameStore64,
    }
    into_base {
    }
    also {
        Add32ImmAlsoAnd32Imm = Add32Imm And32Imm, Add32ImmAlsoFrameStore32 = Add32Imm FrameStore32, Add32ImmAlsoStore16Reg = Add32Imm Store16Reg,
        Add32RegAlsoAdd32Reg = Add32Reg Add32Reg, Add32RegAlsoFrameStore32 = Add32Reg FrameStore32, Add32RegAlsoRotate32 = Add32Reg Rotate32,
        Add64ImmAlsoAdd64Imm = Add64Imm Add64Imm, Add64ImmAlsoFrameStore64 = Add64Imm FrameStore64, Add64ImmAlsoLoad16 = Add64Imm Load16, Add64ImmAlsoLoad8 = Add64Imm Load8, Add64ImmAlsoStore64Reg = Add64Imm Store64Reg,
        Add64RegAlsoAdd64Imm = Add64Reg Add64Imm, Add64RegAlsoFrameStore64 = Add64Reg FrameStore64, Add64RegAlsoLoad16 = Add64Reg Load16, Add64RegAlsoLoad8 = Add64Reg Load8, Add64RegAlsoLsh64Imm = Add64Reg Lsh64Imm,
        AddFrame32AlsoFrameStore32 = AddFrame32 FrameStore32,
        AddFrame64AlsoFrameStore64 = AddFrame64 FrameStore64, AddFrame64AlsoXorRotate64 = AddFrame64 XorRotate64,
        And64ImmAlsoLsh64Imm = And64Imm Lsh64Imm,
        FieldLeft32AlsoAdd64Imm = FieldLeft32 Add64Imm,
        FrameLoad32AlsoAdd32Imm = FrameLoad32 Add32Imm, FrameLoad32AlsoAdd32Reg = FrameLoad32 Add32Reg, FrameLoad32AlsoAddFrame32 = FrameLoad32 AddFrame32, FrameLoad32AlsoRotate32 = FrameLoad32 Rotate32, FrameLoad32AlsoXor32Reg = FrameLoad32 Xor32Reg,
        FrameLoad64AlsoAdd64Imm = FrameLoad64 Add64Imm, FrameLoad64AlsoAdd64Reg = FrameLoad64 Add64Reg, FrameLoad64AlsoAnd64Reg = FrameLoad64 And64Reg, FrameLoad64AlsoFrameStore64 = FrameLoad64 FrameStore64, FrameLoad64AlsoLoad64 = FrameLoad64 Load64, FrameLoad64AlsoMul32Reg = FrameLoad64 Mul32Reg, FrameLoad64AlsoMul64Reg = FrameLoad64 Mul64Reg, FrameLoad64AlsoXor64Imm = FrameLoad64 Xor64Imm, FrameLoad64AlsoXor64Reg = FrameLoad64 Xor64Reg,
        Load32AlsoFieldRight32 = Load32 FieldRight32,
        Load64AlsoAdd64Imm = Load64 Add64Imm, Load64AlsoFrameStore64 = Load64 FrameStore64, Load64AlsoLoadSum8 = Load64 LoadSum8, Load64AlsoXor64Reg = Load64 Xor64Reg,
        LoadSum8AlsoStore8Reg = LoadSum8 Store8Reg,
        Lsh64ImmAlsoAdd64Imm = Lsh64Imm Add64Imm, Lsh64ImmAlsoAdd64Reg = Lsh64Imm Add64Reg,
        Lsh64RegAlsoFrameStore64 = Lsh64Reg FrameStore64,
        Mod64RegAlsoAdd64Reg = Mod64Reg Add64Reg,
        Mul32ImmAlsoAdd32Reg = Mul32Imm Add32Reg,
        Mul64RegAlsoAdd64Reg = Mul64Reg Add64Reg,
        MulFrame64AlsoAdd64Reg = MulFrame64 Add64Reg,
        Or64RegAlsoFrameStore64 = Or64Reg FrameStore64,
        Rotate64AlsoFrameStore64 = Rotate64 FrameStore64,
        Rsh64ImmAlsoLoad8 = Rsh64Imm Load8,
        Xor32RegAlsoAdd32Reg = Xor32Reg Add32Reg, Xor32RegAlsoFrameStore32 = Xor32Reg FrameStore32, Xor32RegAlsoStore8Reg = Xor32Reg Store8Reg,
        Xor64ImmAlsoAnd64Reg = Xor64Imm And64Reg,
        Xor64RegAlsoFrameStore64 = Xor64Reg FrameStore64,
        XorRotate64AlsoFrameStore64 = XorRotate64 FrameStore64,
    }
    also_base {
        Add64ImmAlsoUnderStore16Reg = Add64Imm Store16Reg, Add64ImmAlsoUnderStore8Imm = Add64Imm Store8Imm,
        Add64RegAlsoUnderStore32Reg = Add64Reg Store32Reg,
    }
    choices {
        ChooseEq64Imm = choice_imm JEq64Imm, ChooseNe64Imm = choice_imm JNe64Imm, ChooseGt64Imm = choice_imm JGt64Imm,
        ChooseLt64Imm = choice_imm JLt64Imm, ChooseSGt64Imm = choice_imm JSGt64Imm,
        ChooseEq32Imm = choice_imm JEq32Imm, ChooseNe32Imm = choice_imm JNe32Imm,
        ChooseEq64Reg = choice JEq64Reg, ChooseNe64Reg = choice JNe64Reg, ChooseGt64Reg = choice JGt64Reg,
        ChooseGe64Reg = choice JGe64Reg, ChooseLt64Reg = choice JLt64Reg, ChooseLe64Reg = choice JLe64Reg,
    }
    then_choice {
        Add64ImmChooseLt64Reg = Add64Imm JLt64Reg Add64ImmJLt64Reg,
        FrameLoad64ChooseLt64Reg = FrameLoad64 JLt64Reg FrameLoad64JLt64Reg,
        FrameStore64ChooseLt64Reg = FrameStore64 JLt64Reg FrameStore64JLt64Reg,
        Mov64ImmChooseLt64Reg = Mov64Imm JLt64Reg Mov64ImmJLt64Reg,
    }
    choice_by {
        Add64ImmChooseByLt64Reg = Add64Imm JLt64Reg Add64ImmByJLt64Reg,
        Add64RegChooseByGt64Reg = Add64Reg JGt64Reg Add64RegByJGt64Reg,
        Add64RegChooseByLt64Reg = Add64Reg JLt64Reg Add64RegByJLt64Reg,
        FrameLoad64ChooseByGt64Reg = FrameLoad64 JGt64Reg FrameLoad64ByJGt64Reg,
        FrameLoad64ChooseByLt64Reg = FrameLoad64 JLt64Reg FrameLoad64ByJLt64Reg,
    }
    then_exit {
        Add64RegExit = Add64Reg, MovSx16To32Exit = MovSx16To32,
    }
    then_mul_high {
        Add64ImmMulHigh = Add64Imm, FrameLoad64MulHigh = FrameLoad64,
    }
    then_enter {
        Add32ImmEnter = Add32Imm, Add64ImmEnter = Add64Imm, Add64RegEnter = Add64Reg, Mov64ImmEnter = Mov64Imm, Store64RegEnter = Store64Reg,
    }
    then_jump {
        Add32ImmJa = Add32Imm, Add64ImmJa = Add64Imm, Mov64ImmJa = Mov64Imm, Store32RegJa = Store32Reg,
    }
    then_branch {
        Add32RegJGe64Reg = Add32Reg JGe64Reg,
        Add64ImmJGe64Reg = Add64Imm JGe64Reg, Add64ImmJLt64Reg = Add64Imm JLt64Reg,
        FrameLoad64JLt64Reg = FrameLoad64 JLt64Reg,
        FrameStore64JLt64Reg = FrameStore64 JLt64Reg,
        Mov64ImmJLt64Reg = Mov64Imm JLt64Reg,
    }
    then_branch_imm {
        Add32ImmJEq32Imm = Add32Imm JEq32Imm, Add32ImmJLt64Imm = Add32Imm JLt64Imm, Add32ImmJSGt32Imm = Add32Imm JSGt32Imm,
        Add64ImmJLt32Imm = Add64Imm JLt32Imm, Add64ImmJLt64Imm = Add64Imm JLt64Imm,
        Mov64ImmJEq32Imm = Mov64Imm JEq32Imm,
        Store16RegJNe64Imm = Store16Reg JNe64Imm,
    }
    branch_by {
        Add64ImmByJEq64Reg = Add64Imm JEq64Reg, Add64ImmByJGe64Reg = Add64Imm JGe64Reg, Add64ImmByJLt64Reg = Add64Imm JLt64Reg,
        Add64RegByJGe64Reg = Add64Reg JGe64Reg, Add64RegByJGt64Reg = Add64Reg JGt64Reg, Add64RegByJLt64Reg = Add64Reg JLt64Reg,
        And32ImmByJEq32Reg = And32Imm JEq32Reg,
        FrameLoad32ByJSGt32Reg = FrameLoad32 JSGt32Reg,
        FrameLoad64ByJGt64Reg = FrameLoad64 JGt64Reg, FrameLoad64ByJLt64Reg = FrameLoad64 JLt64Reg,
        Load32ByJGe32Reg = Load32 JGe32Reg, Load32ByJLe32Reg = Load32 JLe32Reg,
        Load64ByJLe64Reg = Load64 JLe64Reg,
        Load8ByJNe32Reg = Load8 JNe32Reg,
    }
    branch_by_imm {
        Add64ImmByJEq64Imm = Add64Imm JEq64Imm, Add64ImmByJLt64Imm = Add64Imm JLt64Imm, Add64ImmByJNe64Imm = Add64Imm JNe64Imm,
        And32ImmByJEq32Imm = And32Imm JEq32Imm, And32ImmByJGe32Imm = And32Imm JGe32Imm, And32ImmByJLt32Imm = And32Imm JLt32Imm,
        And64RegByJEq64Imm = And64Reg JEq64Imm,
        FrameLoad32ByJEq32Imm = FrameLoad32 JEq32Imm,
        FrameLoad64ByJEq64Imm = FrameLoad64 JEq64Imm,
        Load8ByJNe32Imm = Load8 JNe32Imm,
        LoadSum8ByJGt32Imm = LoadSum8 JGt32Imm, LoadSum8ByJNe32Imm = LoadSum8 JNe32Imm, LoadSum8ByJSGt32Imm = LoadSum8 JSGt32Imm,
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
    /// The step that does what this operation does, with the same operands in the same places, if there is one:
    /// `dst` in `a` and, where it is read, in `b`; a source in `c`; the immediate or offset in `imm`. Steps
    /// whose operands are elsewhere are [`super::translate`]'s.
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

    /// Whether it reads a register in b, and one in c. Of steps of one half that are no branches.
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

    /// Whether it puts something in a. Of steps of one half.
    pub const fn writes_a(self) -> bool {
        use Do::*;
        self.is_plain() && !self.is_store_base() && !matches!(self, FrameStore32 | FrameStore64 | FrameCopy64)
    }

    /// Whether it stores to what a points to.
    pub const fn is_store_base(self) -> bool {
        use Do::*;
        self.is_store_imm() || matches!(self, Store8Reg | Store16Reg | Store32Reg | Store64Reg)
    }

    /// Whether b and c may change places.
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

    /// The branch that asks the same of two registers in the other order.
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
