# A chain of functions that only call the next, one that only computes, and one that may not be
# replaced because it uses what differs between two functions.
# rewrite small_functions

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  call first
  call number
  call saved
  exit

.globl first
.type first,@function
first:
  call second
  exit

.globl second
.type second,@function
second:
  call 5
  exit

.globl number
.type number,@function
number:
  r0 = r2
  exit

.globl saved
.type saved,@function
saved:
  r6 = r1
  exit

# expect listing call
# | call 5
# | r0 = r2
# | call function 2
# | exit
# expect functions 3
