# Two strong definitions of one name.
# expect error `twice` is defined in a.s and again in b.s
.globl deploy
deploy:
  exit
.globl call
call:
  exit
.globl twice
twice:
  exit
