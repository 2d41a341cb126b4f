# A function that uses the stack and does not say how much of it.
# expect error in `call`: it uses the stack, but no entry in `.stack_sizes` says how much
.globl deploy
deploy:
  exit
.globl call
call:
  r1 = r10
  exit
