"""What the bench found, as a table on a terminal, Markdown, JSON and a picture."""
import json
import math
from xml.sax.saxutils import escape

MARKS = {True: "met", False: "not met", None: ""}


def number(value):
    """Three digits that matter, thousands apart."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread(row):
    samples = row["samples"]
    if len(samples) < 2:
        return ""
    return f"{number(min(samples))} … {number(max(samples))}"


def line(row):
    """`name value unit`, and what else is to be said of it."""
    if row["value"] is None:
        return f"{row['name']} - not measured: {row['note']}"
    more = [f"[{spread(row)}]"] if spread(row) else []
    if row["goal"]:
        more.append(f"goal {row['goal']}: {MARKS[row['met']]}")
    if row["note"]:
        more.append(f"({row['note']})")
    value = number(row["value"]).replace(",", "")
    return " ".join([row["name"], value, row["unit"], *more])


def markdown(result):
    machine = result["machine"]
    out = ["# What `make bench` found", "",
           f"{result['kind']} run of {result['when']}, {result['seconds']} s. "
           f"{machine['processor']}, {machine['processors']} processors, "
           f"{machine['memory_mib'] // 1024} GiB, Linux {machine['kernel']}, "
           f"{machine['filesystem']} on {machine['disk']}: "
           f"{number(machine['fdatasync_per_s'])} fdatasync/s of 4 KiB, the worst "
           f"{number(machine['fdatasync_worst_ms'])} ms. Load before {machine['load_before']:.1f}; "
           f"the host took away {result['stolen_percent']:.1f} % of the processors' time.", "",
           "![rates](rates.svg)", "",
           "A figure is the median of its rounds, which are interleaved with those of what it is "
           "compared with; the range in brackets holds all of them. A ratio is a median over a "
           "median, its range that of the rounds' own ratios. `bench/run.py --only NAME` measures "
           "one of them again.", "",
           "| figure | value | range | goal | |", "|---|---|---|---|---|"]
    for row in result["rows"]:
        value = f"{number(row['value'])} {row['unit']}" if row["value"] is not None else "-"
        note = row["note"] if row["value"] is not None else f"not measured: {row['note']}"
        mark = MARKS[row["met"]]
        out.append(f"| `{row['name']}` | {value} | {spread(row)} | {row['goal']} | "
                   f"{'; '.join(part for part in (mark, note) if part)} |")
    if result["peers"]:
        out += ["", "Peers: " + "; ".join(f"{name} {version}" for name, version in
                                         sorted(result["peers"].items())) + "."]
    return "\n".join(out) + "\n"


def bars(result):
    """Rows that are rates, by who made them."""
    return [row for row in result["rows"]
            if row["unit"] == "redemptions/s" and row["value"] and row["bar"]]


COLOURS = {"titoli": "#0059b3", "postgres": "#b35900", "redis": "#b30000", "sqlite": "#4d7326",
           "echo": "#666666"}


def picture(result):
    """Bars on a logarithmic scale: redemptions each second, singles and batches."""
    rows = bars(result)
    if not rows:
        return None
    left, right, height, top = 270, 760, 22, 58
    least = 10 ** math.floor(math.log10(min(row["value"] for row in rows)))
    most = 10 ** math.ceil(math.log10(max(row["value"] for row in rows) * 1.01))

    def place(value):
        share = math.log10(max(value, least) / least) / math.log10(most / least)
        return left + share * (right - left)

    bottom = top + height * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {bottom + 40}" '
           'font-family="sans-serif" font-size="12" role="img">',
           "<title>Redemptions per second, each durable before its answer</title>",
           f'<rect width="860" height="{bottom + 40}" fill="#ffffff"/>',
           '<text x="12" y="22" font-size="15">Redemptions per second, each on disk before its '
           "answer</text>",
           f'<text x="12" y="41" fill="#555555">{escape(result["machine"]["processor"])}, '
           f'{result["machine"]["processors"]} processors; logarithmic scale; thin lines: the range '
           "of the rounds</text>"]
    tick = least
    while tick <= most:
        x = place(tick)
        out.append(f'<line x1="{x:.1f}" y1="{top - 6}" x2="{x:.1f}" y2="{bottom}" '
                   'stroke="#dddddd"/>')
        out.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle" '
                   f'fill="#555555">{tick:,.0f}</text>')
        tick *= 10
    for index, row in enumerate(rows):
        y = top + index * height
        colour = COLOURS.get(row["bar"], "#999999")
        end = place(row["value"])
        out.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">'
                   f'{escape(row["name"].removesuffix("_per_s"))}</text>')
        out.append(f'<rect x="{left}" y="{y + 3}" width="{end - left:.1f}" height="14" '
                   f'fill="{colour}"/>')
        low, high = place(min(row["samples"])), place(max(row["samples"]))
        out.append(f'<line x1="{low:.1f}" y1="{y + 10}" x2="{high:.1f}" y2="{y + 10}" '
                   'stroke="#000000" stroke-width="1.5"/>')
        out.append(f'<text x="{max(end, high) + 6:.1f}" y="{y + 14}">{number(row["value"])}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def write(result, folder):
    """results.json, results.md and rates.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    drawn = picture(result)
    if drawn:
        (folder / "rates.svg").write_text(drawn)
    (folder / "results.md").write_text(markdown(result))
