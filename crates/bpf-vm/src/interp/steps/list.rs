//! The list of steps.

use super::exec::*;
#[cfg(target_family = "wasm")]
use super::{State, Step, Text};
use crate::code::Op;

macro_rules! list {
    (
        whole { $($whole:ident = $whole_fn:expr,)* }
        plain { $($plain:ident = $plain_ty:ty,)* }
        branches { $($branch:ident $branch_fn:ident $cond:ident,)* }
        pairs { $($pair:ident = $first:ident $second:ident,)* }
        choices { $($choice:ident = $choice_fn:ident $choosing:ident,)* }
        then_choice { $($then_choice:ident = $before_choice:ident $chosen_by:ident $branch_before:ident,)* }
        then_exit { $($returning:ident = $last:ident,)* }
        then_mul_high { $($multiplying:ident = $factor:ident,)* }
        then_jump { $($jumping:ident = $before:ident,)* }
        then_branch { $($branching:ident = $part:ident $by:ident,)* }
        then_branch_imm { $($branching_imm:ident = $part_imm:ident $by_imm:ident,)* }
    ) => {
        /// What a step does. Those that have the name of an operation do that.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(super) enum Do {
            $($whole,)* $($plain,)* $($branch,)* $($pair,)* $($choice,)* $($then_choice,)* $($returning,)* $($multiplying,)* $($jumping,)* $($branching,)* $($branching_imm,)*
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
        pub(super) const FUNCTIONS: [Function; Do::COUNT] = [
            $($whole_fn,)*
            $(one::<half::$plain>,)*
            $($branch_fn::<condition::$branch>,)*
            $(two::<half::$first, half::$second>,)*
            $($choice_fn::<condition::$choosing>,)*
            $(then_choice::<half::$before_choice, condition::$chosen_by>,)*
            $(then_exit::<half::$last>,)*
            $(then_mul_high::<half::$factor>,)*
            $(then_jump::<half::$before>,)*
            $(then_branch::<half::$part, condition::$by>,)*
            $(then_branch_imm::<half::$part_imm, condition::$by_imm>,)*
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
                $(Do::$choice => $choice_fn::<condition::$choosing>(step, rest, gas, state, text),)*
                $(Do::$then_choice => {
                    then_choice::<half::$before_choice, condition::$chosen_by>(step, rest, gas, state, text)
                })*
                $(Do::$returning => then_exit::<half::$last>(step, rest, gas, state, text),)*
                $(Do::$multiplying => then_mul_high::<half::$factor>(step, rest, gas, state, text),)*
                $(Do::$jumping => then_jump::<half::$before>(step, rest, gas, state, text),)*
                $(Do::$branching => then_branch::<half::$part, condition::$by>(step, rest, gas, state, text),)*
                $(Do::$branching_imm => {
                    then_branch_imm::<half::$part_imm, condition::$by_imm>(step, rest, gas, state, text)
                })*
            }
        }

        impl Do {
            #[cfg(not(target_family = "wasm"))]
            const COUNT: usize = [$(Do::$whole,)* $(Do::$plain,)* $(Do::$branch,)* $(Do::$pair,)* $(Do::$choice,)* $(Do::$then_choice,)* $(Do::$returning,)* $(Do::$multiplying,)* $(Do::$jumping,)* $(Do::$branching,)* $(Do::$branching_imm,)*].len();

            /// The pair that the two are.
            pub const fn pair(first: Do, second: Do) -> Option<Do> {
                match (first, second) {
                    $((Do::$first, Do::$second) => Some(Do::$pair),)*
                    $((Do::$last, Do::Exit) => Some(Do::$returning),)*
                    $((Do::$factor, Do::MulHigh) => Some(Do::$multiplying),)*
                    $((Do::$before, Do::Ja) => Some(Do::$jumping),)*
                    $((Do::$part, Do::$by) => Some(Do::$branching),)*
                    $((Do::$part_imm, Do::$by_imm) => Some(Do::$branching_imm),)*
                    _ => None,
                }
            }

            /// The choice that a branch is whose only other way is one move.
            pub const fn choice(branch: Do) -> Option<Do> {
                match branch {
                    $(Do::$choosing => Some(Do::$choice),)*
                    $(Do::$branch_before => Some(Do::$then_choice),)*
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
        AndNot64 = Regs<NotAnd64>, AndNot32 = Regs<NotAnd32>, LshAdd64 = Scaled, Field32 = Field,
        Mov64Imm = Const, LdImm64 = Wide,
        RotateKeepRight32 = AndShifted<Rotated32, Rsh32>, RotateKeepLeft32 = AndShifted<Rotated32, Lsh32>,
        RotateKeepRight64 = AndShifted<Rotated64, Rsh64>, RotateKeepLeft64 = AndShifted<Rotated64, Lsh64>,
        Load8 = At<U8>, Load16 = At<U16>, Load32 = At<U32>, Load64 = At<U64>,
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
        Add32ImmAdd32Imm = Add32Imm Add32Imm, Add32ImmAdd64Imm = Add32Imm Add64Imm, Add32ImmAdd64Reg = Add32Imm Add64Reg, Add32ImmAnd32Imm = Add32Imm And32Imm, Add32ImmFrameLoad32 = Add32Imm FrameLoad32, Add32ImmFrameStore32 = Add32Imm FrameStore32, Add32ImmLoad16 = Add32Imm Load16, Add32ImmMov64Imm = Add32Imm Mov64Imm, Add32ImmRsh32Imm = Add32Imm Rsh32Imm, Add32ImmStore16Reg = Add32Imm Store16Reg,
        Add32RegAdd32Reg = Add32Reg Add32Reg, Add32RegFrameStore32 = Add32Reg FrameStore32, Add32RegLoad16 = Add32Reg Load16, Add32RegRotate32 = Add32Reg Rotate32, Add32RegXor32Reg = Add32Reg Xor32Reg,
        Add64ImmAdd32Imm = Add64Imm Add32Imm, Add64ImmAdd64Imm = Add64Imm Add64Imm, Add64ImmAdd64Reg = Add64Imm Add64Reg, Add64ImmAddFrame64 = Add64Imm AddFrame64, Add64ImmAnd64Imm = Add64Imm And64Imm, Add64ImmAnd64Reg = Add64Imm And64Reg, Add64ImmField32 = Add64Imm Field32, Add64ImmFrameLoad32 = Add64Imm FrameLoad32, Add64ImmFrameLoad64 = Add64Imm FrameLoad64, Add64ImmFrameStore64 = Add64Imm FrameStore64, Add64ImmLoad16 = Add64Imm Load16, Add64ImmLoad32 = Add64Imm Load32, Add64ImmLoad64 = Add64Imm Load64, Add64ImmLoad8 = Add64Imm Load8, Add64ImmMov64Imm = Add64Imm Mov64Imm, Add64ImmMulFrame64 = Add64Imm MulFrame64, Add64ImmStore16Reg = Add64Imm Store16Reg, Add64ImmStore64Reg = Add64Imm Store64Reg, Add64ImmStore8Imm = Add64Imm Store8Imm, Add64ImmXor64Reg = Add64Imm Xor64Reg, Add64ImmXorFrame64 = Add64Imm XorFrame64,
        Add64RegAdd32Imm = Add64Reg Add32Imm, Add64RegAdd64Imm = Add64Reg Add64Imm, Add64RegAdd64Reg = Add64Reg Add64Reg, Add64RegAddFrame64 = Add64Reg AddFrame64, Add64RegFrameLoad64 = Add64Reg FrameLoad64, Add64RegFrameStore64 = Add64Reg FrameStore64, Add64RegLoad16 = Add64Reg Load16, Add64RegLoad64 = Add64Reg Load64, Add64RegLoad8 = Add64Reg Load8, Add64RegLsh64Imm = Add64Reg Lsh64Imm, Add64RegMov64Imm = Add64Reg Mov64Imm, Add64RegRsh64Imm = Add64Reg Rsh64Imm, Add64RegStore32Reg = Add64Reg Store32Reg, Add64RegXor64Reg = Add64Reg Xor64Reg,
        AddFrame32Add32Reg = AddFrame32 Add32Reg, AddFrame32FrameStore32 = AddFrame32 FrameStore32,
        AddFrame64Add64Reg = AddFrame64 Add64Reg, AddFrame64AddFrame64 = AddFrame64 AddFrame64, AddFrame64FrameLoad64 = AddFrame64 FrameLoad64, AddFrame64FrameStore64 = AddFrame64 FrameStore64, AddFrame64Lsh64Imm = AddFrame64 Lsh64Imm, AddFrame64Mov64Imm = AddFrame64 Mov64Imm, AddFrame64XorRotate64 = AddFrame64 XorRotate64,
        And32ImmAdd32Imm = And32Imm Add32Imm, And32ImmAdd64Imm = And32Imm Add64Imm, And32ImmMov64Imm = And32Imm Mov64Imm,
        And32RegAnd32Reg = And32Reg And32Reg, And32RegXor32Reg = And32Reg Xor32Reg,
        And64ImmFrameLoad64 = And64Imm FrameLoad64, And64ImmLsh64Imm = And64Imm Lsh64Imm,
        And64RegFrameLoad64 = And64Reg FrameLoad64, And64RegXor64Imm = And64Reg Xor64Imm, And64RegXor64Reg = And64Reg Xor64Reg,
        Field32Add64Imm = Field32 Add64Imm, Field32Add64Reg = Field32 Add64Reg, Field32Field32 = Field32 Field32, Field32Load32 = Field32 Load32,
        FrameLoad32Add32Imm = FrameLoad32 Add32Imm, FrameLoad32Add32Reg = FrameLoad32 Add32Reg, FrameLoad32Add64Imm = FrameLoad32 Add64Imm, FrameLoad32AddFrame32 = FrameLoad32 AddFrame32, FrameLoad32And32Imm = FrameLoad32 And32Imm, FrameLoad32FrameLoad32 = FrameLoad32 FrameLoad32, FrameLoad32Rotate32 = FrameLoad32 Rotate32, FrameLoad32Rsh32Imm = FrameLoad32 Rsh32Imm, FrameLoad32Xor32Reg = FrameLoad32 Xor32Reg,
        FrameLoad64Add64Imm = FrameLoad64 Add64Imm, FrameLoad64Add64Reg = FrameLoad64 Add64Reg, FrameLoad64AddFrame64 = FrameLoad64 AddFrame64, FrameLoad64And64Reg = FrameLoad64 And64Reg, FrameLoad64FrameLoad32 = FrameLoad64 FrameLoad32, FrameLoad64FrameLoad64 = FrameLoad64 FrameLoad64, FrameLoad64FrameStore64 = FrameLoad64 FrameStore64, FrameLoad64Load64 = FrameLoad64 Load64, FrameLoad64Mod64Reg = FrameLoad64 Mod64Reg, FrameLoad64Mul32Reg = FrameLoad64 Mul32Reg, FrameLoad64Mul64Reg = FrameLoad64 Mul64Reg, FrameLoad64MulFrame64 = FrameLoad64 MulFrame64, FrameLoad64Rotate64 = FrameLoad64 Rotate64, FrameLoad64Rsh64Imm = FrameLoad64 Rsh64Imm, FrameLoad64Store64Reg = FrameLoad64 Store64Reg, FrameLoad64Xor64Imm = FrameLoad64 Xor64Imm, FrameLoad64Xor64Reg = FrameLoad64 Xor64Reg,
        FrameStore32Add32Imm = FrameStore32 Add32Imm, FrameStore32Add64Imm = FrameStore32 Add64Imm, FrameStore32AddFrame32 = FrameStore32 AddFrame32, FrameStore32And32Imm = FrameStore32 And32Imm, FrameStore32FrameLoad32 = FrameStore32 FrameLoad32, FrameStore32FrameLoad64 = FrameStore32 FrameLoad64, FrameStore32Load32 = FrameStore32 Load32, FrameStore32Lsh32Imm = FrameStore32 Lsh32Imm, FrameStore32Mov64Imm = FrameStore32 Mov64Imm, FrameStore32Rotate32 = FrameStore32 Rotate32, FrameStore32Xor32Reg = FrameStore32 Xor32Reg, FrameStore32XorFrame32 = FrameStore32 XorFrame32,
        FrameStore64Add64Imm = FrameStore64 Add64Imm, FrameStore64Add64Reg = FrameStore64 Add64Reg, FrameStore64AddFrame64 = FrameStore64 AddFrame64, FrameStore64And32Imm = FrameStore64 And32Imm, FrameStore64And64Imm = FrameStore64 And64Imm, FrameStore64And64Reg = FrameStore64 And64Reg, FrameStore64FrameLoad64 = FrameStore64 FrameLoad64, FrameStore64FrameStore64 = FrameStore64 FrameStore64, FrameStore64Load64 = FrameStore64 Load64, FrameStore64Lsh64Imm = FrameStore64 Lsh64Imm, FrameStore64Mul64Reg = FrameStore64 Mul64Reg, FrameStore64Rotate64 = FrameStore64 Rotate64, FrameStore64Rsh64Imm = FrameStore64 Rsh64Imm, FrameStore64Xor64Imm = FrameStore64 Xor64Imm, FrameStore64Xor64Reg = FrameStore64 Xor64Reg, FrameStore64XorFrame64 = FrameStore64 XorFrame64, FrameStore64XorRotate64 = FrameStore64 XorRotate64,
        Load16Add32Imm = Load16 Add32Imm, Load16FrameLoad64 = Load16 FrameLoad64, Load16Xor32Reg = Load16 Xor32Reg,
        Load32Add64Imm = Load32 Add64Imm, Load32Field32 = Load32 Field32, Load32Load32 = Load32 Load32, Load32Mul32Reg = Load32 Mul32Reg, Load32Xor64Reg = Load32 Xor64Reg,
        Load64Add64Imm = Load64 Add64Imm, Load64Add64Reg = Load64 Add64Reg, Load64FrameStore64 = Load64 FrameStore64, Load64Load64 = Load64 Load64, Load64Mov64Imm = Load64 Mov64Imm, Load64Xor64Reg = Load64 Xor64Reg,
        Load8Add32Imm = Load8 Add32Imm, Load8Add64Imm = Load8 Add64Imm, Load8Add64Reg = Load8 Add64Reg, Load8FrameLoad32 = Load8 FrameLoad32, Load8Load8 = Load8 Load8, Load8Lsh32Imm = Load8 Lsh32Imm, Load8Lsh64Imm = Load8 Lsh64Imm, Load8Mov64Imm = Load8 Mov64Imm, Load8Store8Reg = Load8 Store8Reg, Load8Xor32Reg = Load8 Xor32Reg,
        Lsh32ImmOr32Reg = Lsh32Imm Or32Reg,
        Lsh64ImmAdd64Imm = Lsh64Imm Add64Imm, Lsh64ImmAdd64Reg = Lsh64Imm Add64Reg, Lsh64ImmFrameLoad64 = Lsh64Imm FrameLoad64, Lsh64ImmOr64Reg = Lsh64Imm Or64Reg, Lsh64ImmRsh64Imm = Lsh64Imm Rsh64Imm,
        Lsh64RegAnd64Reg = Lsh64Reg And64Reg, Lsh64RegFrameStore64 = Lsh64Reg FrameStore64,
        Mod64RegAdd64Reg = Mod64Reg Add64Reg,
        Mov64ImmAdd64Imm = Mov64Imm Add64Imm, Mov64ImmFrameLoad64 = Mov64Imm FrameLoad64, Mov64ImmFrameStore64 = Mov64Imm FrameStore64, Mov64ImmLsh64Reg = Mov64Imm Lsh64Reg, Mov64ImmMov64Imm = Mov64Imm Mov64Imm, Mov64ImmSub64Reg = Mov64Imm Sub64Reg,
        MovSx16To32FrameLoad64 = MovSx16To32 FrameLoad64,
        Mul32ImmAdd32Reg = Mul32Imm Add32Reg,
        Mul32RegAdd32Reg = Mul32Reg Add32Reg,
        Mul64ImmAdd64Reg = Mul64Imm Add64Reg,
        Mul64RegAdd64Reg = Mul64Reg Add64Reg, Mul64RegFrameLoad64 = Mul64Reg FrameLoad64, Mul64RegRotate64 = Mul64Reg Rotate64,
        MulFrame64Add64Reg = MulFrame64 Add64Reg, MulFrame64FrameLoad64 = MulFrame64 FrameLoad64,
        Or32RegAdd64Imm = Or32Reg Add64Imm,
        Or64RegAdd64Imm = Or64Reg Add64Imm, Or64RegAdd64Reg = Or64Reg Add64Reg, Or64RegAddFrame64 = Or64Reg AddFrame64, Or64RegFrameStore64 = Or64Reg FrameStore64, Or64RegRsh64Imm = Or64Reg Rsh64Imm,
        Rotate32FrameLoad32 = Rotate32 FrameLoad32, Rotate32FrameStore32 = Rotate32 FrameStore32, Rotate32Rotate32 = Rotate32 Rotate32, Rotate32Xor32Reg = Rotate32 Xor32Reg,
        Rotate64Add64Imm = Rotate64 Add64Imm, Rotate64FrameLoad32 = Rotate64 FrameLoad32, Rotate64FrameLoad64 = Rotate64 FrameLoad64, Rotate64FrameStore64 = Rotate64 FrameStore64,
        Rsh32ImmAdd32Imm = Rsh32Imm Add32Imm, Rsh32ImmField32 = Rsh32Imm Field32, Rsh32ImmXor32Reg = Rsh32Imm Xor32Reg,
        Rsh64ImmAdd64Imm = Rsh64Imm Add64Imm, Rsh64ImmAdd64Reg = Rsh64Imm Add64Reg, Rsh64ImmAnd64Reg = Rsh64Imm And64Reg, Rsh64ImmFrameLoad64 = Rsh64Imm FrameLoad64, Rsh64ImmLsh64Imm = Rsh64Imm Lsh64Imm, Rsh64ImmOr64Reg = Rsh64Imm Or64Reg,
        Store16RegAdd32Imm = Store16Reg Add32Imm,
        Store32RegAdd64Imm = Store32Reg Add64Imm, Store32RegStore32Reg = Store32Reg Store32Reg,
        Store64RegStore64Reg = Store64Reg Store64Reg,
        Store8RegAdd64Imm = Store8Reg Add64Imm,
        Sub64RegAdd64Reg = Sub64Reg Add64Reg, Sub64RegFrameLoad64 = Sub64Reg FrameLoad64,
        Xor32RegAdd32Reg = Xor32Reg Add32Reg, Xor32RegAddFrame32 = Xor32Reg AddFrame32, Xor32RegAnd32Reg = Xor32Reg And32Reg, Xor32RegFrameLoad32 = Xor32Reg FrameLoad32, Xor32RegFrameStore32 = Xor32Reg FrameStore32, Xor32RegMovSx16To32 = Xor32Reg MovSx16To32, Xor32RegRotate32 = Xor32Reg Rotate32, Xor32RegRsh32Imm = Xor32Reg Rsh32Imm, Xor32RegStore8Reg = Xor32Reg Store8Reg, Xor32RegXor32Reg = Xor32Reg Xor32Reg,
        Xor64ImmAdd64Imm = Xor64Imm Add64Imm, Xor64ImmAnd64Reg = Xor64Imm And64Reg, Xor64ImmFrameLoad64 = Xor64Imm FrameLoad64,
        Xor64RegFrameLoad64 = Xor64Reg FrameLoad64, Xor64RegFrameStore64 = Xor64Reg FrameStore64, Xor64RegMul64Reg = Xor64Reg Mul64Reg, Xor64RegXor64Reg = Xor64Reg Xor64Reg,
        XorFrame32FrameStore32 = XorFrame32 FrameStore32,
        XorFrame64Add64Imm = XorFrame64 Add64Imm, XorFrame64FrameStore64 = XorFrame64 FrameStore64, XorFrame64Rotate64 = XorFrame64 Rotate64,
        XorRotate64Add64Imm = XorRotate64 Add64Imm, XorRotate64AddFrame64 = XorRotate64 AddFrame64, XorRotate64FrameLoad64 = XorRotate64 FrameLoad64, XorRotate64FrameStore64 = XorRotate64 FrameStore64,
    }
    choices {
        ChooseEq64Imm = choice_imm JEq64Imm, ChooseNe64Imm = choice_imm JNe64Imm, ChooseGt64Imm = choice_imm JGt64Imm,
        ChooseLt64Imm = choice_imm JLt64Imm, ChooseSGt64Imm = choice_imm JSGt64Imm,
        ChooseEq32Imm = choice_imm JEq32Imm, ChooseNe32Imm = choice_imm JNe32Imm,
        ChooseEq64Reg = choice JEq64Reg, ChooseNe64Reg = choice JNe64Reg, ChooseGt64Reg = choice JGt64Reg,
        ChooseGe64Reg = choice JGe64Reg, ChooseLt64Reg = choice JLt64Reg, ChooseLe64Reg = choice JLe64Reg,
    }
    then_choice {
        Mov64ImmChooseLt64Reg = Mov64Imm JLt64Reg Mov64ImmJLt64Reg,
        FrameStore64ChooseLt64Reg = FrameStore64 JLt64Reg FrameStore64JLt64Reg,
        FrameLoad64ChooseLt64Reg = FrameLoad64 JLt64Reg FrameLoad64JLt64Reg,
        Add64RegChooseLt64Reg = Add64Reg JLt64Reg Add64RegJLt64Reg,
        Add64ImmChooseLt64Reg = Add64Imm JLt64Reg Add64ImmJLt64Reg,
    }
    then_exit {
        Add64ImmExit = Add64Imm, Add64RegExit = Add64Reg, MovSx16To32Exit = MovSx16To32,
    }
    then_mul_high {
        Add64ImmMulHigh = Add64Imm, FrameLoad64MulHigh = FrameLoad64,
    }
    then_jump {
        Add32ImmJa = Add32Imm, Add64ImmJa = Add64Imm, Mov64ImmJa = Mov64Imm, Store32RegJa = Store32Reg,
    }
    then_branch {
        Add32ImmJSGe32Reg = Add32Imm JSGe32Reg,
        Add32RegJGe64Reg = Add32Reg JGe64Reg,
        Add64ImmJEq64Reg = Add64Imm JEq64Reg, Add64ImmJGe64Reg = Add64Imm JGe64Reg, Add64ImmJLt64Reg = Add64Imm JLt64Reg,
        Add64RegJGe64Reg = Add64Reg JGe64Reg, Add64RegJLt64Reg = Add64Reg JLt64Reg,
        And32ImmJEq32Reg = And32Imm JEq32Reg,
        FrameLoad32JSGt32Reg = FrameLoad32 JSGt32Reg,
        FrameLoad64JLt64Reg = FrameLoad64 JLt64Reg,
        FrameStore64JLt64Reg = FrameStore64 JLt64Reg,
        Load32JGe32Reg = Load32 JGe32Reg, Load32JLe32Reg = Load32 JLe32Reg,
        Load64JGe64Reg = Load64 JGe64Reg,
        Load8JNe32Reg = Load8 JNe32Reg,
        Mov64ImmJLt64Reg = Mov64Imm JLt64Reg,
    }
    then_branch_imm {
        Add32ImmJEq32Imm = Add32Imm JEq32Imm, Add32ImmJLt64Imm = Add32Imm JLt64Imm, Add32ImmJSGt32Imm = Add32Imm JSGt32Imm,
        Add64ImmJEq64Imm = Add64Imm JEq64Imm, Add64ImmJLt32Imm = Add64Imm JLt32Imm, Add64ImmJLt64Imm = Add64Imm JLt64Imm, Add64ImmJNe64Imm = Add64Imm JNe64Imm,
        And32ImmJEq32Imm = And32Imm JEq32Imm, And32ImmJGe32Imm = And32Imm JGe32Imm, And32ImmJLt32Imm = And32Imm JLt32Imm,
        And64RegJEq64Imm = And64Reg JEq64Imm,
        FrameLoad32JEq32Imm = FrameLoad32 JEq32Imm,
        FrameLoad64JEq64Imm = FrameLoad64 JEq64Imm,
        Load8JGt32Imm = Load8 JGt32Imm, Load8JNe32Imm = Load8 JNe32Imm, Load8JSGt32Imm = Load8 JSGt32Imm,
        Mov64ImmJEq32Imm = Mov64Imm JEq32Imm,
        Store16RegJNe64Imm = Store16Reg JNe64Imm,
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
}
