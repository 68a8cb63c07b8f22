"""`python3 -m tests.study FOLDER`: the study on recorded candles; `--download` records them."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from pathlib import Path

from tests.study.candle_files import LONGEST_PAUSES, CandleFileError, Folder
from tests.study.publish import publish
from tests.study.results import results
from tests.study.study import BITCOIN, no_interrupts, study
from tests.study.tables import blocks, details
from tests.study.walk import STRIDES

COINS = (
    "BTC ETH BNB XRP ADA LTC BCH LINK XLM ETC TRX EOS XMR DOGE DOT SOL AVAX ATOM UNI ALGO FIL VET "
    "THETA AAVE NEAR"
)


def main() -> int:
    """Run what the command line asks for; returns the exit code."""
    arguments = parsed()
    try:
        return fetched(arguments) if arguments.download else studied(arguments)
    except (OSError, MemoryError, BrokenProcessPool, CandleFileError) as err:
        print(f"This failed: {err or type(err).__name__}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = " What has come is kept." if arguments.download else ""
        print(f"\nStopped.{kept}", file=sys.stderr)
        return 130


def studied(arguments: argparse.Namespace) -> int:
    """Walk over the candles in the folder, and print what was found."""
    folder = Folder.of(arguments.folder, arguments.kind)
    if not folder.files:
        names = f"{arguments.kind}-BTC_USDT-4h.npz"
        print(
            f"{arguments.folder} has no candles: no file such as {names}. Record some with "
            "--download, which needs a network.",
            file=sys.stderr,
        )
        return 1
    if faults := list(folder.faults()):
        print(*faults, "Mend or remove these files.", sep="\n", file=sys.stderr)
        return 1
    if arguments.kind == "crypto" and not folder.files.get(BITCOIN, {}).keys() & {"1d", "1h"}:
        told(f"There is no {BITCOIN} on 1d or 1h: no signal is told by Bitcoin's daily one.")
    cases = study(folder, arguments.processes, progress=told)
    if not len(cases):
        print("No series is long enough: a case needs 224 candles.", file=sys.stderr)
        return 1
    found = results(cases, folder.markets)
    found["about"]["date"] = date.today().isoformat()
    for name, lines in {**blocks(found), **details(found)}.items():
        print(f"\n{name}\n\n{lines}")
    if arguments.write:
        with no_interrupts():
            publish(arguments.kind, found)
    return 0


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.study",
        description="Counts on recorded candles how often the rules' signals came true.",
    )
    parser.add_argument("folder", type=Path, help="with files such as crypto-BTC_USDT-4h.npz")
    parser.add_argument(
        "--kind", choices=LONGEST_PAUSES, default="crypto", help="which files (default: crypto)"
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="default: one for each core"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the tables into docs/signals.md and engram/market/evidence.py",
    )
    record = parser.add_argument_group("to record candles")
    record.add_argument("--download", action="store_true", help="from an exchange into FOLDER")
    record.add_argument("--exchange", default="binance", help="an id of ccxt (default: binance)")
    record.add_argument("--api-url", metavar="URL", help="another address of the exchange")
    record.add_argument("--since", type=int, default=2019, help="a year (default: 2019)")
    record.add_argument("--symbols", nargs="+", default=[f"{one}/USDT" for one in COINS.split()])
    record.add_argument("--timeframes", nargs="+", choices=STRIDES, default=list(STRIDES))
    arguments = parser.parse_args()
    if arguments.processes < 1:
        parser.error(f"--processes is {arguments.processes}, it must be at least 1")
    if not 2000 <= arguments.since <= date.today().year:
        parser.error(f"--since is {arguments.since}, it must be a year from 2000 to this one")
    return arguments


def fetched(arguments: argparse.Namespace) -> int:
    """Record candles; go on where an earlier run was interrupted."""
    import ccxt

    from engram.market.exchanges.lines import moved, spot_only
    from tests.study.download import download

    if arguments.exchange not in ccxt.exchanges:
        print(f"--exchange {arguments.exchange}: ccxt knows no such exchange", file=sys.stderr)
        return 1
    client = getattr(ccxt, arguments.exchange)({"enableRateLimit": True})
    client.options = {**client.options, **spot_only(client.options)}
    if arguments.api_url:
        client.urls["api"] = moved(client.urls["api"], arguments.api_url.rstrip("/"))
    try:
        download(
            client, arguments.folder, arguments.symbols, arguments.timeframes, arguments.since, told
        )
    except ccxt.BaseError as err:
        print(
            f"{arguments.exchange} failed ({type(err).__name__}): {str(err)[:200]}. What has come "
            "is kept: run the same command again to go on.",
            file=sys.stderr,
        )
        return 1
    return 0


def told(line: str) -> None:
    """Say how far it is."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
