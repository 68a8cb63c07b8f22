"""`python -m engram.chat.attachments.child picture`: bytes on standard input -> what is in them."""

import sys

from engram.chat.attachments.child.work import main

if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer)
