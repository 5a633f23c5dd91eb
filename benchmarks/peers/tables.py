"""Numbers into Markdown tables, and tables into a file."""

import statistics
from pathlib import Path

from runtimes import PEERS, TASKS


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """The first quartile, the median and the third."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    first, median, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, median, third


def digits(value: float) -> str:
    """At least three of them."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratios(ours: list[list[float]], theirs: list[list[float]]) -> str:
    """The ratio of the medians of a round, over the rounds: its median and quartiles."""
    first, median, third = quartiles(
        [statistics.median(a) / statistics.median(b) for a, b in zip(ours, theirs, strict=True)])
    return f"{median:.2f} ({first:.2f} to {third:.2f})"


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def comparison(results: dict[str, dict], unit: float, name: str, extra: dict[str, str]) -> str:
    """One row for each contestant: its times, extra columns, and the ratio of each mode of mtan to it."""
    ours = [key for key, result in results.items() if result["runtime"] == "mtan" and "rounds" in result]
    header = ["runtime", "precision", name, "quartiles", *extra]
    header += [f"mtan {results[key]['precision']} / this" for key in ours]
    rows = []
    for result in results.values():
        row = [result["runtime"], result["precision"]]
        if "rounds" in result:
            first, median, third = quartiles([value for turn in result["rounds"] for value in turn])
            row += [digits(median / unit), f"{digits(first / unit)} to {digits(third / unit)}"]
            row += [extra[column](result) for column in extra]
            row += [ratios(results[key]["rounds"], result["rounds"]) for key in ours]
        else:
            row += [f"skipped: {result['skipped']}"] + [""] * (len(header) - 3)
        rows.append(row)
    return table(header, rows)


def latency(results: dict[str, dict]) -> str:
    columns = {task: lambda result, task=task: f"{result['errors'][task]:.1e}" for task in TASKS}
    columns["same class"] = lambda result: f"{100 * result['errors']['classes']:.2f} %"
    return comparison(results, 1, "median ms", columns)


def first_result(results: dict[str, dict]) -> str:
    def memory(result: dict) -> str:
        return f"{statistics.median(result['peakMemoryBytes']) / 2**20:.0f}"

    return comparison(results, 1000, "median s", {"peak memory MiB": memory})


def caption(report: dict, runs: str) -> str:
    """The conditions, as a sentence; `runs` says how many there were."""
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    held = ", all held to AVX2" if report["avx2"] else ""
    return (f"{report['processor']}, {report['threads']} threads{held}, {runs}, {report['date']}; "
            f"mtan {report['commit']}, {versions}.")


def publish(file: Path, section: str, text: str) -> None:
    """Replaces what is between the section's markers."""
    begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->"
    content = file.read_text()
    if begin not in content or end not in content:
        raise SystemExit(f"{file} has no section {section}")
    before, rest = content.split(begin, 1)
    file.write_text(before + begin + text + "\n" + end + rest.split(end, 1)[1])


def packages() -> list[str]:
    return sorted({peer.package for peer in PEERS.values()})
